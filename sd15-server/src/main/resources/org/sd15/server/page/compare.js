// Before and after in one place, with a dividing line to drag, and heat maps over both.
import { make } from './dom.js';
import { drawMap } from './heatmap.js';

const SMALL = 256; // pixels; what is smaller is enlarged as it is

export class Compare {
  constructor(place) {
    this.before = this.#side('before', 'Before');
    this.after = this.#side('after', 'After');
    // A range input is what a dividing line is: it can be dragged anywhere, and moved by arrow keys.
    this.line = make('input', {
      type: 'range', min: 0, max: 100, value: 50, step: 1, className: 'divider', 'aria-label': 'Dividing line between before and after',
      on: { input: () => this.#cut() },
    });
    this.frame = make('div', { className: 'compare' },
      this.before.side, this.after.side,
      make('span', { className: 'corner left', textContent: 'before' }), make('span', { className: 'corner right', textContent: 'after' }),
      make('div', { className: 'cutline', 'aria-hidden': 'true' }), this.line);
    place.replaceChildren(this.frame);
    this.#cut();
    this.show(null, null);
  }

  #side(name, alt) {
    const image = make('img', { alt, hidden: true, draggable: false });
    const heat = make('canvas', { className: 'heat', 'aria-hidden': 'true' });
    return { image, heat, side: make('div', { className: `side ${name}` }, image, heat) };
  }

  #cut() {
    this.frame.style.setProperty('--cut', `${this.line.value}%`);
  }

  /** Shows two pictures by their addresses; either may be null. */
  show(before, after) {
    this.#put(this.before.image, before);
    this.#put(this.after.image, after);
    this.frame.classList.toggle('both', Boolean(before && after));
    this.frame.classList.toggle('empty', !before && !after);
    this.line.disabled = !(before && after);
  }

  /** Shows a preview over what is there, which stays until the edit is done. */
  preview(address) {
    this.#put(this.after.image, address);
    this.frame.classList.remove('empty');
    this.frame.classList.toggle('both', !this.before.image.hidden);
    this.line.disabled = this.before.image.hidden;
  }

  #put(image, address) {
    image.hidden = !address;
    if (!address) {
      image.removeAttribute('src');
      return;
    }
    image.onload = () => {
      image.classList.toggle('small', image.naturalWidth < SMALL);
      this.frame.style.setProperty('--ratio', `${image.naturalWidth} / ${image.naturalHeight}`);
    };
    image.src = address;
  }

  /** Lays heat maps over the pictures, by their addresses; none where there are none. */
  heat(before, after) {
    drawMap(this.before.heat, before);
    drawMap(this.after.heat, after);
    this.frame.classList.toggle('heated', before.length + after.length > 0);
  }
}
