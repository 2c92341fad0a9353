// What LEDITS++ adds or takes away: a row each.
import { make, button } from './dom.js';

export class Concepts {
  /** told: {changed(), pointed(number)}: number of the row, from 1, or null. */
  constructor(list, told) {
    this.list = list;
    this.told = told;
    this.rows = [];
  }

  /** Shows rows {prompt, remove, guidance, threshold}, a list that is changed in place. */
  show(rows) {
    this.rows = rows;
    if (!rows.length) rows.push({ prompt: '', remove: false, guidance: 5, threshold: 0.9 });
    this.list.replaceChildren(...rows.map((row, index) => this.#row(row, index)), make('li', {}, button('Another', () => {
      rows.push({ prompt: '', remove: false, guidance: 5, threshold: 0.9 });
      this.show(rows);
      this.list.querySelectorAll('input[type=text]')[rows.length - 1].focus();
    }, { icon: 'plus' })));
  }

  #row(row, index) {
    const what = make('select', { 'aria-label': `What to do with number ${index + 1}` },
      make('option', { value: 'add', textContent: 'Add' }), make('option', { value: 'remove', textContent: 'Take away' }));
    what.value = row.remove ? 'remove' : 'add';
    what.addEventListener('change', () => this.#set(row, { remove: what.value === 'remove' }));
    const text = make('input', {
      type: 'text', value: row.prompt, placeholder: 'red star', 'aria-label': `Number ${index + 1}: what`,
      on: { change: () => this.#set(row, { prompt: text.value.trim() }) },
    });
    const item = make('li', { className: 'concept' }, what, text,
      this.#range(row, 'guidance', 'Guidance', 0, 15, 0.5), this.#range(row, 'threshold', 'Edge of the mask', 0, 1, 0.05),
      button('', () => {
        this.rows.splice(index, 1);
        this.show(this.rows);
        this.told.changed();
      }, { icon: 'cross', label: `Delete number ${index + 1}` }));
    for (const event of ['mouseenter', 'focusin']) item.addEventListener(event, () => this.told.pointed(index + 1));
    for (const event of ['mouseleave', 'focusout']) item.addEventListener(event, () => this.told.pointed(null));
    return item;
  }

  #range(row, name, label, min, max, step) {
    const shown = make('output', { textContent: row[name] });
    const slider = make('input', { type: 'range', min, max, step, on: { input: () => {
      shown.textContent = slider.value;
      this.#set(row, { [name]: Number(slider.value) });
    } } });
    slider.value = row[name];
    return make('label', {}, make('span', { textContent: label }), slider, shown);
  }

  #set(row, change) {
    Object.assign(row, change);
    this.told.changed();
  }
}
