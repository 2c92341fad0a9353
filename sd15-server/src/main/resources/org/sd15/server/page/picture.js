// The picture that is edited: one that is drawn from the source, or one of the user's own, which is inverted first.
import { fileAddress, filesOf } from './api.js';
import { byId, make, button } from './dom.js';
import { readFile } from './parameters.js';

const INVERSIONS = [
  ['direct', 'Direct (comes back exactly)'], ['ddim', 'DDIM'], ['negative-prompt', 'Negative prompt'],
  ['null-text', 'Null text (slow, fitted)'], ['edit-friendly', 'Edit-friendly']];
const RESIZES = [['fit', 'shorter side to the model\'s'], ['crop', 'cut to a square'], ['pad', 'with a margin'], ['keep', 'as it is']];
const decibels = (value) => (value === null || value === undefined ? 'exact' : `${value.toFixed(1)} dB`);

export class PicturePanel {
  /** told: {taken(image, address), dropped(), changed(), invert()}. image is what a request has. */
  constructor(told) {
    this.told = told;
    this.inversion = this.#choice('Inversion', INVERSIONS);
    this.resize = this.#choice('Size', RESIZES);
    const file = make('input', { type: 'file', accept: 'image/*', className: 'unseen', id: 'picture-file', on: { change: () => {
      if (file.files[0]) this.take(file.files[0]);
      file.value = ''; // so that the same file can be taken again
    } } });
    this.thumb = make('img', { alt: 'The picture that is edited', className: 'thumb' });
    this.report = byId('picture-report');
    this.own = make('div', { className: 'own' }, this.thumb, make('div', { className: 'choices' }, this.inversion.field, this.resize.field,
      make('div', { className: 'row' },
        this.invertButton = button('Invert now', () => told.invert()), button('Without a picture', () => this.leave(), { kind: 'quiet' }))));
    byId('picture-panel').replaceChildren(
      make('div', { className: 'row' }, file, make('label', { htmlFor: 'picture-file', className: 'button', textContent: 'Choose a picture' }),
        this.hint = make('span', { className: 'hint', textContent: 'or drop or paste one. Without one, the source is drawn.' })),
      this.own);
    this.show(null, null);
  }

  #choice(label, choices) {
    const select = make('select', { on: { change: () => this.told.changed() } },
      ...choices.map(([value, textContent]) => make('option', { value, textContent })));
    return { select, field: make('label', { className: 'field' }, make('span', { textContent: label }), select) };
  }

  /** Takes a file of the user's. */
  async take(file) {
    const image = await readFile(file);
    this.told.taken(image, image);
  }

  leave() {
    this.show(null, null);
    this.told.dropped();
  }

  /** Shows what is edited; null for what is drawn. */
  show(image, address) {
    this.own.hidden = !image;
    this.hint.hidden = Boolean(image);
    if (address) this.thumb.src = address;
    this.report.replaceChildren();
  }

  /** Only what a method can do with a picture. */
  offer(method) {
    byId('picture-section').hidden = method.picture === 'never';
    this.inversion.field.hidden = !method.inversion;
    this.invertButton.hidden = !method.inversion;
  }

  /** How well the picture comes back, as a job says. */
  reported(job) {
    const report = job.result?.reconstruction;
    if (!report) return;
    const rows = [['Comes back with', decibels(report.psnr)], ['The autoencoder alone', decibels(report.autoencoderPsnr)],
      ['Largest difference of latents', report.largestLatentDifference === null ? 'none' : report.largestLatentDifference?.toPrecision(2) ?? 'none']];
    const back = filesOf(job, 'reconstruction')[0];
    this.report.replaceChildren(
      ...(back ? [make('img', { src: fileAddress(job.id, back.name), alt: 'The picture as it comes back', className: 'thumb' })] : []),
      make('dl', {}, ...rows.flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: value })])),
      ...(report.warning ? [make('p', { className: 'warning', textContent: report.warning })] : []));
  }
}
