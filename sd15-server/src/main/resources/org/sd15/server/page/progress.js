// Gives a job to the server, follows it, and shows how far it is.
import { api, Problem } from './api.js';
import { watchJob } from './events.js';
import { make, button } from './dom.js';

const PHASES = { inverting: 'Inverting', drawing: 'Drawing', editing: 'Editing' };

/** What to say of a job that waits or runs. */
export function standing(job) {
  if (job.state === 'queued') return job.place ? `Number ${job.place} in the queue` : 'In the queue';
  const left = job.secondsLeft >= 1 ? `, ${Math.ceil(job.secondsLeft)} s left` : '';
  return `${PHASES[job.phase] ?? 'Running'}: step ${job.step ?? 0} of ${job.steps ?? '?'}${left}`;
}

export class Progress {
  /** In an element. name is what the bar is of. */
  constructor(place, name) {
    this.bar = make('progress', { max: 1, value: 0, 'aria-label': name });
    this.text = make('span', { className: 'standing' });
    this.stop = button('Cancel', () => this.cancel(), { kind: 'cancel' });
    this.said = make('p', { className: 'said', role: 'status' }); // only ends are announced, not each step
    this.row = make('div', { className: 'progress', hidden: true }, this.bar, this.stop, this.text); // the button stays where it is however long the text
    place.replaceChildren(this.row, this.said);
    this.unwatch = () => {};
    this.job = null;
    this.asked = 0;
  }

  /** Whether a job is being followed. */
  get busy() {
    return this.job !== null;
  }

  /**
   * Submits a request and follows its job.
   * told: {accepted(job), preview(event), step(event), end(job), refused(problem)}, each may be missing.
   */
  async run(request, told) {
    this.say('');
    const mine = ++this.asked;
    let job;
    try {
      job = await api.submit(request);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!told.refused?.(problem)) this.say(problem.message, true);
      return null;
    }
    if (mine !== this.asked) return null; // a newer one is on its way
    told.accepted?.(job);
    this.follow(job, told);
    return job;
  }

  /** Follows a job that is there already. */
  follow(job, told) {
    this.unwatch();
    this.say('');
    this.job = job;
    this.row.hidden = false;
    this.#show(job);
    const merge = (part) => {
      this.job = { ...this.job, ...part };
      this.#show(this.job);
    };
    this.unwatch = watchJob(job.id, {
      job: (now) => merge(now),
      queued: (event) => merge({ ...event, state: 'queued' }),
      running: (event) => merge({ ...event, state: 'running', step: 0 }),
      step: (event) => {
        merge({ ...event, state: 'running' });
        told.step?.(event);
      },
      preview: (event) => told.preview?.(event),
      end: (ended) => {
        this.job = null;
        this.row.hidden = true;
        const ends = { done: '', cancelled: 'Cancelled.', failed: `Failed: ${ended.error}` };
        this.say(ends[ended.state], ended.state === 'failed');
        told.end?.(ended);
      },
    });
  }

  /** Follows no longer; the job goes on. */
  leave() {
    this.unwatch();
    this.job = null;
    this.row.hidden = true;
  }

  #show(job) {
    this.text.textContent = standing(job);
    if (job.state === 'running' && job.steps) {
      this.bar.max = job.steps;
      this.bar.value = job.step ?? 0;
    } else {
      this.bar.removeAttribute('value'); // it is not known when it begins
    }
  }

  say(text, wrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle('wrong', wrong);
  }

  async cancel() {
    if (!this.job) return;
    this.text.textContent = 'Ends after this step';
    await api.cancel(this.job.id).catch((problem) => this.say(problem.message, true));
  }
}
