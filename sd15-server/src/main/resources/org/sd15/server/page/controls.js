// Forms from lists of settings: {name, label, type, min, max, step, choices, usual, hint}.
import { make, iconOf, button } from './dom.js';

const SHORT = (value) => String(Math.round(value * 1000) / 1000);

function numberInput(setting) {
  return make('input', {
    type: 'number', inputMode: 'decimal', min: setting.min ?? '', max: setting.max ?? '', step: setting.step ?? 1,
  });
}

function rangeInput(setting) {
  return make('input', { type: 'range', min: setting.min, max: setting.max, step: setting.step ?? 'any' });
}

function choiceInput(setting) {
  return make('select', {}, ...setting.choices.map((choice) => {
    const [value, text] = Array.isArray(choice) ? choice : [choice, choice];
    return make('option', { value, textContent: text });
  }));
}

const INPUTS = {
  text: (setting) => make('textarea', { rows: setting.rows ?? 2, spellcheck: false }),
  line: () => make('input', { type: 'text', spellcheck: false }),
  number: numberInput,
  range: rangeInput,
  choice: choiceInput,
  flag: () => make('input', { type: 'checkbox' }),
  seed: () => make('input', { type: 'text', inputMode: 'numeric', pattern: '-?[0-9]*', placeholder: 'drawn each time' }),
};

/** The option of a value; names that differ in case, blanks and hyphens are one. What the server knows but doesn't list comes in. */
function optionOf(select, value) {
  const plain = (name) => name.toLowerCase().replace(/[\s_-]/g, '');
  const known = [...select.options].find((option) => plain(option.value) === plain(value));
  if (known) return known.value;
  select.append(make('option', { value, textContent: value }));
  return value;
}

/** A form in an element. changed(name) is told of each change by the user. */
export class Controls {
  constructor(place, settings, changed) {
    this.settings = settings;
    this.inputs = new Map();
    this.problems = new Map();
    place.replaceChildren(...settings.map((setting) => this.#field(setting, changed)));
  }

  #field(setting, changed) {
    const input = INPUTS[setting.type](setting);
    const id = `field-${setting.name}-${Math.random().toString(36).slice(2, 8)}`; // a name may be in two forms
    const problem = make('span', { className: 'problem', id: `${id}-problem`, role: 'alert' });
    input.id = id;
    input.dataset.field = setting.name;
    input.setAttribute('aria-describedby', problem.id);
    if (setting.usual !== undefined) this.#put(input, setting.usual);
    const label = make('label', { htmlFor: id, textContent: setting.label });
    if (setting.hint) label.title = setting.hint;
    const field = make('div', { className: `field ${setting.type}` }, label);
    if (setting.type === 'seed') {
      field.append(this.#seed(input, setting, changed));
    } else {
      field.append(input);
    }
    if (setting.type === 'range') {
      const output = make('output', { htmlFor: id, textContent: SHORT(input.value) });
      input.shown = output;
      input.addEventListener('input', () => { output.textContent = SHORT(input.value); });
      field.append(output);
    }
    field.append(problem);
    input.addEventListener(setting.type === 'line' ? 'change' : 'input', () => {
      this.clearProblem(setting.name);
      changed(setting.name);
    });
    this.inputs.set(setting.name, input);
    this.problems.set(setting.name, problem);
    return field;
  }

  /** The seed has a die, which draws one that stays, and a button that forgets it. */
  #seed(input, setting, changed) {
    const set = (value) => {
      input.value = value;
      changed(setting.name);
    };
    return make('div', { className: 'joined' },
      input,
      button('', () => set(String(crypto.getRandomValues(new Uint32Array(1))[0])), { icon: 'die', label: 'Draw a seed', kind: 'die' }),
      make('label', { className: 'keep', title: 'Keep the seed for the next picture' },
        make('input', { type: 'checkbox', data: { field: 'keep' }, on: { change: (event) => {
          input.dispatchEvent(new CustomEvent('keep', { detail: event.target.checked }));
        } } }), iconOf('pin'), make('span', { className: 'unseen', textContent: 'Keep the seed' })));
  }

  #put(input, value) {
    if (input.type === 'checkbox') {
      input.checked = Boolean(value);
    } else {
      input.value = input.options ? optionOf(input, String(value ?? '')) : value ?? '';
    }
    if (input.shown) input.shown.textContent = SHORT(input.value);
  }

  /** Fills in the values that the form has a place for. */
  set(values) {
    for (const [name, value] of Object.entries(values)) {
      const isThere = value !== null && value !== undefined;
      if (isThere && this.inputs.has(name)) this.#put(this.inputs.get(name), value);
    }
  }

  input(name) {
    return this.inputs.get(name);
  }

  /** All values; what is empty is left out. */
  values() {
    const values = {};
    for (const setting of this.settings) {
      const input = this.inputs.get(setting.name);
      if (setting.type === 'flag') {
        values[setting.name] = input.checked;
      } else if (input.value !== '') {
        const isNumber = setting.type === 'number' || setting.type === 'range';
        values[setting.name] = isNumber ? Number(input.value) : input.value;
      }
    }
    return values;
  }

  /** Shows what the server says of a field; false if the form doesn't have it. */
  problem(name, message) {
    if (!this.problems.has(name)) return false;
    this.problems.get(name).textContent = message;
    this.inputs.get(name).setAttribute('aria-invalid', 'true');
    return true;
  }

  clearProblem(name) {
    this.problems.get(name).textContent = '';
    this.inputs.get(name).removeAttribute('aria-invalid');
  }

  clearProblems() {
    for (const name of this.problems.keys()) this.clearProblem(name);
  }
}
