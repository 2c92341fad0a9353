// The server's routes.
import { keep, recall } from './memory.js';

/** What the server refused, with the field to blame where there is one. */
export class Problem extends Error {
  constructor(status, message, field) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

// A token comes in the address once, and must not stay there where it can be seen and copied.
const address = new URL(location.href);
if (address.searchParams.has('token')) {
  keep('token', address.searchParams.get('token'));
  address.searchParams.delete('token');
  history.replaceState(null, '', address);
}
const token = recall('token', '');

async function ask(method, path, body) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers.Authorization = `Bearer ${token}`;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, 'The server does not answer: is it still running?', null);
  }
  const json = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Problem(answer.status, json.error ?? `The server answered ${answer.status}`, json.field ?? null);
  return json;
}

/** A path with the token, for what can't have a header: pictures and events. */
export const withToken = (path) => (token ? `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}` : path);

export const api = {
  model: () => ask('GET', '/api/model'),
  selectModel: (name) => ask('POST', '/api/model', { name }),
  words: (request) => ask('POST', '/api/words', request),
  pngInfo: (image) => ask('POST', '/api/png-info', { image }),
  submit: (request) => ask('POST', '/api/jobs', request),
  jobs: (limit, before) => ask('GET', `/api/jobs?limit=${limit}${before ? `&before=${encodeURIComponent(before)}` : ''}`),
  job: (id) => ask('GET', `/api/jobs/${encodeURIComponent(id)}`),
  cancel: (id) => ask('POST', `/api/jobs/${encodeURIComponent(id)}/cancel`),
  remove: (id) => ask('DELETE', `/api/jobs/${encodeURIComponent(id)}`),
};

/** Where a file of a job is. */
export const fileAddress = (id, name) => withToken(`/api/jobs/${encodeURIComponent(id)}/files/${encodeURIComponent(name)}`);

/** The files of a job that have a role. */
export const filesOf = (job, ...roles) => job.files.filter((file) => roles.includes(file.role));

/** The file that stands for a job: what it drew or what came out of the edit. */
export const mainFile = (job) => filesOf(job, 'after', 'picture')[0] ?? filesOf(job, 'reconstruction')[0] ?? null;
