// A brush for masks: white is where something happens. The mask is kept at the picture's size, the screen shows it enlarged.
import { make, button } from './dom.js';

export class Brush {
  /** In a frame that holds the picture; changed is told after each stroke. */
  constructor(frame, tools, changed) {
    this.frame = frame;
    this.changed = changed;
    this.canvas = make('canvas', { className: 'mask', tabIndex: 0, role: 'img', 'aria-label': 'Mask: paint with the pointer, or move with arrow keys and paint with space' });
    this.cursor = make('div', { className: 'brush-cursor', 'aria-hidden': 'true' });
    this.size = make('input', { type: 'range', min: 2, max: 50, value: 16, 'aria-label': 'Size of the brush' });
    this.on = make('input', { type: 'checkbox', on: { change: () => this.paint(this.on.checked) } });
    this.erase = make('input', { type: 'checkbox' });
    frame.append(this.canvas, this.cursor);
    tools.replaceChildren(
      make('label', { className: 'inline' }, this.on, make('span', { textContent: 'Paint' })),
      make('label', {}, make('span', { textContent: 'Brush' }), this.size),
      make('label', { className: 'inline' }, this.erase, make('span', { textContent: 'Erase' })),
      button('Invert', () => this.#invert()), button('Clear', () => this.clear()));
    this.at = { x: 0.5, y: 0.5 };
    this.resize(64, 64);
    this.#listen();
  }

  /** Whether the mask is seen and painted, or what came of it. */
  paint(on) {
    this.on.checked = on;
    this.frame.classList.toggle('painting', on);
  }

  #listen() {
    const where = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
    };
    this.canvas.addEventListener('pointerdown', (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      this.painting = true;
      this.#stroke(where(event), where(event));
    });
    this.canvas.addEventListener('pointermove', (event) => {
      const from = this.at;
      this.#moveTo(where(event));
      if (this.painting) this.#stroke(from, this.at);
    });
    this.canvas.addEventListener('pointerup', () => this.#finish());
    this.canvas.addEventListener('pointercancel', () => this.#finish());
    this.canvas.addEventListener('keydown', (event) => this.#key(event));
    this.size.addEventListener('input', () => this.#moveTo(this.at));
  }

  #finish() {
    if (this.painting) this.changed();
    this.painting = false;
  }

  #key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (!move && event.key !== ' ') return;
    event.preventDefault();
    const step = this.size.value / 400;
    const clamp = (value) => Math.min(1, Math.max(0, value));
    if (move) {
      this.#moveTo({ x: clamp(this.at.x + move[0] * step), y: clamp(this.at.y + move[1] * step) });
    } else {
      this.#stroke(this.at, this.at);
      this.changed();
    }
  }

  #moveTo(at) {
    this.at = at;
    this.cursor.style.left = `${at.x * 100}%`;
    this.cursor.style.top = `${at.y * 100}%`;
    this.cursor.style.width = `${this.size.value}%`;
  }

  #stroke(from, to) {
    this.#moveTo(to);
    const { width, height } = this.canvas;
    const pen = this.canvas.getContext('2d');
    pen.globalCompositeOperation = this.erase.checked ? 'destination-out' : 'source-over';
    pen.strokeStyle = '#fff';
    pen.lineCap = 'round';
    pen.lineWidth = Math.max(1, (this.size.value / 100) * width);
    pen.beginPath();
    pen.moveTo(from.x * width, from.y * height);
    pen.lineTo(to.x * width + 0.01, to.y * height); // a line of no length is not drawn
    pen.stroke();
  }

  /** Takes the size of a picture; what was painted goes with it. */
  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    const old = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    old.getContext('2d').drawImage(this.canvas, 0, 0);
    this.canvas.width = width;
    this.canvas.height = height;
    this.canvas.getContext('2d').drawImage(old, 0, 0, width, height);
    this.#moveTo(this.at);
  }

  clear() {
    this.canvas.getContext('2d').clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.changed();
  }

  #invert() {
    const pen = this.canvas.getContext('2d');
    pen.globalCompositeOperation = 'xor';
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.changed();
  }

  /** Whether anything is painted. */
  isEmpty() {
    const { data } = this.canvas.getContext('2d').getImageData(0, 0, this.canvas.width, this.canvas.height);
    for (let i = 3; i < data.length; i += 4) if (data[i] > 127) return false;
    return true;
  }

  /** White on black, as a data URL of a PNG; null if nothing is painted. */
  mask() {
    if (this.isEmpty()) return null;
    const flat = make('canvas', { width: this.canvas.width, height: this.canvas.height });
    const pen = flat.getContext('2d');
    pen.fillStyle = '#000';
    pen.fillRect(0, 0, flat.width, flat.height);
    pen.drawImage(this.canvas, 0, 0);
    return flat.toDataURL('image/png');
  }

  /** Paints a mask that was kept. */
  restore(address) {
    const image = new Image();
    image.onload = () => {
      const pen = this.canvas.getContext('2d');
      pen.globalCompositeOperation = 'source-over';
      pen.drawImage(image, 0, 0, this.canvas.width, this.canvas.height);
      const pixels = pen.getImageData(0, 0, this.canvas.width, this.canvas.height);
      for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = pixels.data[i]; // black is unpainted
      pen.putImageData(pixels, 0, 0);
    };
    image.src = address;
  }
}
