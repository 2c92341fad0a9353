// Draw: a prompt becomes pictures.
import { fileAddress, filesOf } from './api.js';
import { Controls } from './controls.js';
import { byId, button, make } from './dom.js';
import { keep, recall } from './memory.js';
import { Progress } from './progress.js';
import { showListing } from './listing.js';

// Edits run DDIM: a seed draws here what it draws there, and in few steps.
const usualScheduler = (model) => (model.schedulers.includes('ddim') ? 'ddim' : '');

const settingsFor = (model) => [
  { name: 'prompt', label: 'Prompt', type: 'text', rows: 3 },
  { name: 'negative', label: 'Negative prompt', type: 'text', rows: 2 },
  { name: 'seed', label: 'Seed', type: 'seed' },
  { name: 'width', label: 'Width', type: 'number', min: model.factor, step: model.factor, usual: model.pictureSize },
  { name: 'height', label: 'Height', type: 'number', min: model.factor, step: model.factor, usual: model.pictureSize },
  { name: 'steps', label: 'Steps', type: 'range', min: 1, max: Math.min(100, model.limits.steps), step: 1, usual: 30 },
  { name: 'guidance', label: 'Guidance', type: 'range', min: 0, max: 20, step: 0.5, usual: 7.5 },
  { name: 'scheduler', label: 'Scheduler', type: 'choice', choices: [['', `the model's (${model.scheduler})`], ...model.schedulers], usual: usualScheduler(model) },
  { name: 'count', label: 'Pictures', type: 'number', min: 1, max: model.limits.count, usual: 1 },
];

export class DrawView {
  /** told: {edit(picture)} when a picture is to be edited. */
  constructor(model, told) {
    this.told = told;
    this.controls = new Controls(byId('draw-form'), settingsFor(model), () => this.#keep());
    this.keepSeed = byId('draw-form').querySelector('[data-field="keep"]');
    this.controls.input('seed').addEventListener('keep', ({ detail }) => {
      if (!detail) this.controls.set({ seed: '' });
      else if (this.drawn !== undefined && this.controls.input('seed').value === '') this.controls.set({ seed: this.drawn });
      this.#keep();
    });
    this.progress = new Progress(byId('draw-progress'), 'Drawing');
    this.pictures = byId('draw-pictures');
    this.note = byId('draw-note');
    byId('draw').addEventListener('submit', (event) => {
      event.preventDefault();
      this.draw();
    });
    byId('draw').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.draw();
    });
    this.#restore(model);
  }

  #restore(model) {
    const kept = recall('draw', { prompt: model.example?.source ?? 'a large blue star on a white background' });
    this.controls.set(kept);
    this.keepSeed.checked = Boolean(kept.keepSeed);
    this.last = recall('draw-job', null);
  }

  /** Shows the pictures of the job that this tab had, and goes on watching one that runs. */
  resume(job) {
    if (['queued', 'running'].includes(job.state)) {
      this.#prepare(job.request.count ?? 1);
      this.progress.follow(job, this.#listeners());
    } else {
      this.#finish(job);
    }
  }

  #keep() {
    this.note.textContent = '';
    keep('draw', { ...this.controls.values(), keepSeed: this.keepSeed.checked });
  }

  /** Fills in the form; what it has no field for is left. */
  fill(fields, said) {
    this.controls.set({ negative: '', ...fields });
    this.#keep();
    this.note.textContent = said;
  }

  async draw() {
    this.controls.clearProblems();
    const values = this.controls.values();
    if (values.seed !== undefined) {
      if (!/^\d{1,15}$/.test(values.seed)) {
        this.controls.problem('seed', 'A seed is a whole number of up to 15 digits; without one it is drawn.');
        return;
      }
      values.seed = Number(values.seed);
    }
    await this.progress.run({ kind: 'generate', ...values }, this.#listeners());
  }

  #listeners() {
    return {
      accepted: (job) => {
        keep('draw-job', job.id);
        this.#prepare(job.request.count ?? 1);
        this.drawn = job.request.seed;
        if (this.keepSeed.checked) this.controls.set({ seed: this.drawn });
        this.#keep();
      },
      preview: ({ picture, image }) => {
        const figure = this.pictures.children[(picture ?? 1) - 1];
        if (figure) {
          figure.querySelector('img').src = image;
          figure.classList.remove('waiting');
        }
      },
      end: (job) => this.#finish(job),
      refused: (problem) => this.controls.problem(problem.field, problem.message),
    };
  }

  #prepare(count) {
    this.pictures.classList.add('growing');
    this.pictures.replaceChildren(...Array.from({ length: count }, () =>
      make('figure', { className: 'waiting' }, make('img', { alt: 'Preview', className: 'small' }))));
  }

  #finish(job) {
    this.pictures.classList.remove('growing');
    if (job.state !== 'done') return;
    this.pictures.replaceChildren(...filesOf(job, 'picture').map((file) => this.#figure(job, file)));
    showListing(byId('draw-listing'), job);
    this.drawn = job.request.seed;
  }

  #figure(job, file) {
    const address = fileAddress(job.id, file.name);
    const words = job.request.prompt ?? '';
    return make('figure', {},
      make('img', { src: address, alt: words, width: file.width, height: file.height, className: file.width < 256 ? 'small' : '' }),
      make('figcaption', {},
        make('span', { className: 'seed', textContent: `seed ${file.seed ?? job.request.seed}` }),
        button('Edit', () => this.told.edit({ job, file }), { icon: 'pencil' }),
        button('Keep seed', () => this.#useSeed(file.seed ?? job.request.seed), { icon: 'pin' }),
        make('a', { href: address, download: `${job.id}-${file.name}`, textContent: 'Save', className: 'button' })));
  }

  #useSeed(seed) {
    this.controls.set({ seed });
    this.keepSeed.checked = true;
    this.#keep();
  }
}
