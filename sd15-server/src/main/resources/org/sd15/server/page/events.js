// Server-sent events of a job and of the queue.
import { withToken } from './api.js';

const ENDS = ['done', 'failed', 'cancelled'];

/**
 * Watches a job until it ends.
 * listeners: job, queued, running, step, preview, and end, which gets the job.
 * Returns what stops watching.
 */
export function watchJob(id, listeners) {
  const source = new EventSource(withToken(`/api/jobs/${encodeURIComponent(id)}/events`));
  for (const name of ['job', 'queued', 'running', 'step', 'preview']) {
    source.addEventListener(name, (event) => listeners[name]?.(JSON.parse(event.data)));
  }
  for (const name of ENDS) {
    source.addEventListener(name, (event) => {
      source.close(); // or the browser would ask again
      listeners.end?.(JSON.parse(event.data));
    });
  }
  return () => source.close();
}

/**
 * Watches the whole queue while the tab is seen: a browser has six connections to a server for all its tabs together.
 * changed gets the jobs that are queued or running, by id; ended each job that ends.
 */
export function watchQueue({ changed, ended }) {
  const jobs = new Map();
  let source = null;
  const tell = () => changed([...jobs.values()]);
  const merge = (part) => {
    jobs.set(part.id, { ...jobs.get(part.id), ...part });
    tell();
  };
  function open() {
    source = new EventSource(withToken('/api/events'));
    source.addEventListener('jobs', (event) => {
      jobs.clear();
      for (const job of JSON.parse(event.data).jobs) jobs.set(job.id, job);
      tell();
    });
    source.addEventListener('queued', (event) => merge({ ...JSON.parse(event.data), state: 'queued' }));
    source.addEventListener('running', (event) => merge({ ...JSON.parse(event.data), state: 'running', place: null }));
    source.addEventListener('step', (event) => merge({ ...JSON.parse(event.data), state: 'running', place: null }));
    for (const name of ENDS) {
      source.addEventListener(name, (event) => {
        const job = JSON.parse(event.data);
        jobs.delete(job.id);
        tell();
        ended(job);
      });
    }
  }
  document.addEventListener('visibilitychange', () => {
    source?.close();
    source = null;
    if (!document.hidden) {
      open();
      ended(null); // something may have ended unseen
    }
  });
  open();
}
