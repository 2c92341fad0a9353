// What was made, the newest first; each can be looked at, edited, used again.
import { api, fileAddress, mainFile } from './api.js';
import { byId, button, make } from './dom.js';

const PAGE = 40;
const LABELS = { generate: 'Drawn', edit: 'Edited', heatmap: 'Heat maps', ledits: 'LEDITS++', masactrl: 'MasaCtrl', attend: 'Attended', dds: 'DDS', invert: 'Inverted' };

const promptOf = (request) => request.target ?? request.prompt ?? request.edits?.map((one) => one.prompt).join(', ') ?? request.source ?? '';

export class HistoryStrip {
  /** told: {edit({job, file}), reuse(job)}. */
  constructor(told) {
    this.told = told;
    this.list = byId('history');
    this.more = button('More', () => this.load(this.last), { kind: 'quiet' });
    byId('history-more').replaceChildren(this.more);
    this.dialog = byId('history-dialog');
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside it
    });
  }

  async load(before = null) {
    const { jobs } = await api.jobs(PAGE, before);
    if (!before) this.list.replaceChildren();
    for (const job of jobs) this.#add(job, false);
    this.last = jobs.at(-1)?.id;
    this.more.hidden = jobs.length < PAGE;
    byId('history-empty').hidden = this.list.children.length > 0;
  }

  /** A job has ended. */
  ended(job) {
    if (job === null) {
      this.load();
    } else {
      this.#add(job, true);
      byId('history-empty').hidden = this.list.children.length > 0;
    }
  }

  #add(job, first) {
    const file = mainFile(job);
    if (job.state !== 'done' || !file || this.list.querySelector(`[data-job="${CSS.escape(job.id)}"]`)) return;
    const said = `${LABELS[job.kind]}: ${promptOf(job.request)}`;
    const item = make('li', { data: { job: job.id } }, make('button', {
      type: 'button', 'aria-label': said, title: said, on: { click: () => this.open(job) },
    }, make('img', { src: fileAddress(job.id, file.name), alt: '', loading: 'lazy', className: file.width < 256 ? 'small' : '' })));
    if (first) this.list.prepend(item);
    else this.list.append(item);
  }

  /** Shows a job with all that can be done with it. */
  open(job) {
    const file = mainFile(job);
    const done = (action) => () => {
      this.dialog.close();
      action();
    };
    const { seed, steps, guidance, scheduler } = job.request;
    const values = [['Prompt', promptOf(job.request)], ['Source', job.request.target ? job.request.source : null], ['Seed', file.seed ?? seed],
      ['Steps', steps], ['Guidance', guidance], ['Scheduler', scheduler], ['Made', new Date(job.created).toLocaleString()]];
    this.dialog.replaceChildren(
      make('h2', { textContent: LABELS[job.kind], id: 'dialog-title' }),
      make('img', { src: fileAddress(job.id, file.name), alt: promptOf(job.request), className: file.width < 256 ? 'small' : '' }),
      make('dl', {}, ...values.filter(([, value]) => value !== null && value !== undefined && value !== '')
        .flatMap(([name, value]) => [make('dt', { textContent: name }), make('dd', { textContent: String(value) })])),
      make('div', { className: 'row' },
        button('Edit this picture', done(() => this.told.edit({ job, file })), { icon: 'pencil', kind: 'main' }),
        button('Draw with these settings', done(() => this.told.reuse(job)), {}),
        make('a', { className: 'button', href: fileAddress(job.id, file.name), download: `${job.id}-${file.name}`, textContent: 'Save' }),
        button('Delete', done(() => this.remove(job)), { kind: 'quiet' }),
        button('Close', () => this.dialog.close(), { kind: 'quiet' })));
    this.dialog.showModal();
  }

  async remove(job) {
    await api.remove(job.id);
    this.list.querySelector(`[data-job="${CSS.escape(job.id)}"]`)?.remove();
  }
}
