// Prompts as chips: the source's can be pointed at, the target's can be rewritten, inserted, deleted and weighted.
import { make, button } from './dom.js';

/** The words of a prompt as chips that can be pointed at. */
export function sourceChips(list, words, pointed) {
  list.replaceChildren(...words.map((word) => {
    const chip = make('button', { type: 'button', className: 'word', textContent: word.text, 'aria-label': `${word.text}: show where it is` });
    if (!word.seen) chip.classList.add('unseen-by-model');
    const item = make('li', { className: 'chip', data: { number: word.number } }, chip);
    point(item, () => pointed('source', word.number), () => pointed('source', null));
    return item;
  }));
}

/** Pointing is the mouse over it or the focus in it. */
function point(item, come, go) {
  item.addEventListener('mouseenter', come);
  item.addEventListener('focusin', come);
  item.addEventListener('mouseleave', go);
  item.addEventListener('focusout', go);
}

/**
 * The words of the target as chips to edit.
 *
 * words: {text, weight, blend}, a list that is changed in place.
 * told: {pointed(side, number), changed(what), letGo(), rebuilt()}: what is "text", "weight" or "blend"; a slider that is let go
 * needs no further waiting.
 */
export class TargetChips {
  constructor(list, told) {
    this.list = list;
    this.told = told;
    this.words = [];
    this.showing = false;
    this.offers = { weights: true, blend: 'Blend: only here may the picture change' };
  }

  /** Shows words. offers: what the method can do with them. */
  show(words, offers = this.offers) {
    this.words = words;
    this.offers = offers;
    let number = 0; // as the server counts: words that are still empty are none
    const chips = words.map((word, index) => this.#chip(word, index, word.text ? ++number : ''));
    this.showing = true;
    this.list.replaceChildren(...chips, make('li', { className: 'last' }, this.#insertButton(words.length, 'at the end')));
    this.showing = false;
  }

  #insertButton(index, where) {
    return button('', () => this.insert(index), { icon: 'plus', label: `Insert a word ${where}`, kind: 'insert' });
  }

  #chip(word, index, number) {
    const text = make('input', {
      type: 'text', value: word.text, size: Math.max(3, word.text.length), spellcheck: false, 'aria-label': `Word ${index + 1} of the target`,
      on: {
        input: () => { text.size = Math.max(3, text.value.length); },
        change: () => this.showing || this.rewrite(index, text.value), // what is removed while in focus says it changed
        keydown: (event) => this.#keys(event, index),
      },
    });
    const head = make('div', { className: 'word' }, text);
    if (this.offers.blend) {
      const blend = button('', () => this.toggleBlend(index, blend), { icon: 'target', label: `${this.offers.blend}: ${word.text}`, kind: 'blend' });
      blend.setAttribute('aria-pressed', String(Boolean(word.blend)));
      head.append(blend);
    }
    head.append(button('', () => this.remove(index), { icon: 'cross', label: `Delete ${word.text}`, kind: 'delete' }));
    const item = make('li', { className: 'chip', data: { number } }, this.#insertButton(index, `before ${word.text}`), make('div', { className: 'column' }, head));
    if (this.offers.weights) item.lastChild.append(this.#slider(word));
    point(item, () => this.told.pointed('target', Number(item.dataset.number) || null), () => this.told.pointed('target', null));
    return item;
  }

  /** Numbers and names after a word was rewritten in place. Its chip stays: a click that ended the writing must reach its button. */
  #relabel() {
    let number = 0;
    const name = (chip, selector, said) => {
      const control = chip.querySelector(selector);
      control?.setAttribute('aria-label', said);
      if (control?.title) control.title = said;
    };
    this.words.forEach((word, index) => {
      const chip = this.list.children[index];
      chip.dataset.number = word.text ? ++number : '';
      name(chip, '.insert', `Insert a word before ${word.text}`);
      name(chip, '.blend', `${this.offers.blend}: ${word.text}`);
      name(chip, '.delete', `Delete ${word.text}`);
      name(chip, 'input[type=range]', `Weight of ${word.text}`);
    });
  }

  #slider(word) {
    const shown = make('output', { textContent: weightText(word.weight) });
    const slider = make('input', {
      type: 'range', min: -2, max: 4, step: 0.1, 'aria-label': `Weight of ${word.text}`,
      on: {
        input: () => {
          word.weight = Number(slider.value);
          shown.textContent = weightText(word.weight);
          row.classList.toggle('changed', word.weight !== 1);
          this.told.changed('weight');
        },
        pointerup: () => this.told.letGo(),
        dblclick: () => {
          slider.value = 1;
          slider.dispatchEvent(new Event('input'));
        },
      },
    });
    slider.value = word.weight; // after the bounds, or it would be cut to 0 to 100
    const row = make('div', { className: 'weight', title: 'Double-click sets it back to 1' }, slider, shown);
    row.classList.toggle('changed', word.weight !== 1);
    return row;
  }

  #keys(event, index) {
    const text = event.target;
    if (event.key === 'Enter') {
      event.preventDefault();
      this.rewrite(index, text.value);
    } else if (event.key === 'Backspace' && text.value === '') {
      event.preventDefault();
      this.remove(index);
    } else if (event.key === ' ' && text.selectionStart === text.value.length && text.value.trim()) {
      event.preventDefault(); // a space ends the word: the next one begins
      this.rewrite(index, text.value);
      this.insert(index + 1);
    }
  }

  #settle(focus) {
    this.show(this.words);
    this.told.rebuilt();
    if (focus !== undefined) this.list.querySelectorAll('.chip input[type=text]')[Math.max(0, focus)]?.focus();
  }

  /** Another text for a word; several words become several chips, none deletes it. */
  rewrite(index, text) {
    const parts = text.trim().split(/\s+/).filter(Boolean);
    const old = this.words[index];
    if (!old || (parts.length === 1 && parts[0] === old.text)) return;
    if (parts.length === 1) {
      old.text = parts[0];
      this.#relabel();
      this.told.rebuilt();
      this.told.changed('text');
      return;
    }
    const rewritten = parts.map((part, i) => (i === 0 ? { ...old, text: part } : { text: part, weight: 1, blend: false }));
    this.words.splice(index, 1, ...rewritten);
    const inside = this.list.contains(document.activeElement);
    this.#settle(inside ? index + Math.max(0, parts.length - 1) : undefined);
    this.told.changed('text');
  }

  insert(index) {
    this.words.splice(index, 0, { text: '', weight: 1, blend: false });
    this.#settle(index);
  }

  remove(index) {
    const had = this.words[index].text !== '';
    this.words.splice(index, 1);
    this.#settle(index - 1);
    if (had) this.told.changed('text');
  }

  toggleBlend(index, pressed) {
    const word = this.words[index];
    word.blend = !word.blend;
    pressed.setAttribute('aria-pressed', String(word.blend));
    this.told.changed('blend');
  }
}

const weightText = (weight) => weight.toFixed(1);

/** Words of a prompt, without weights. */
export const wordsOf = (prompt) => prompt.trim().split(/\s+/).filter(Boolean).map((text) => ({ text, weight: 1, blend: false }));

/** The prompt that words make; those that are still empty are none. */
export const promptOf = (words) => words.map((word) => word.text).filter(Boolean).join(' ');
