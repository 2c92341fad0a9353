// The steps of a run as a strip: each preview, small; pointing at one shows it large.
import { make } from './dom.js';

const MOST = 24; // more are thinned out: every other one goes

export class Strip {
  /** pointed(address) is told what to show large, null for nothing. */
  constructor(list, pointed) {
    this.list = list;
    this.pointed = pointed;
    this.clear();
  }

  clear() {
    this.every = 1;
    this.list.replaceChildren();
    this.list.hidden = true;
  }

  add({ step, image }) {
    if (step % this.every !== 0) return;
    const show = () => this.pointed(image);
    const hide = () => this.pointed(null);
    this.list.append(make('li', {}, make('button', {
      type: 'button', 'aria-label': `Step ${step}`, title: `Step ${step}`, data: { step },
      on: { mouseenter: show, focus: show, mouseleave: hide, blur: hide },
    }, make('img', { src: image, alt: '' }))));
    this.list.hidden = false;
    if (this.list.children.length > MOST) this.#thin();
  }

  #thin() {
    this.every *= 2;
    for (const item of [...this.list.children]) {
      if (Number(item.firstChild.dataset.step) % this.every !== 0) item.remove();
    }
  }
}
