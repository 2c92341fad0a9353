// The server's queue, the same in every tab.
import { api } from './api.js';
import { byId, button, make } from './dom.js';
import { standing } from './progress.js';

/** Shows the jobs that run or wait. */
export function showQueue(jobs) {
  const running = jobs.filter((job) => job.state === 'running').length;
  const waiting = jobs.length - running;
  byId('queue-summary').textContent = jobs.length ? `${running} running, ${waiting} waiting` : 'Queue is empty';
  byId('queue').classList.toggle('busy', jobs.length > 0);
  const list = byId('queue-list');
  const items = new Map([...list.children].map((item) => [item.dataset.job, item]));
  for (const job of jobs) {
    const item = items.get(job.id) ?? list.appendChild(itemOf(job)); // kept, so that the focus stays in it
    item.firstChild.textContent = standing(job);
    items.delete(job.id);
  }
  for (const gone of items.values()) gone.remove();
}

function itemOf(job) {
  return make('li', { data: { job: job.id } }, make('span'),
    button('Cancel', () => api.cancel(job.id).catch(() => {}), { label: `Cancel ${job.id}`, kind: 'quiet' }));
}
