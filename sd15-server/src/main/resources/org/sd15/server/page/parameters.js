// Parameters that a PNG carries, ours or the web UI's, as values of the form.
import { api } from './api.js';

const BY_KEY = {
  steps: ['Steps', Number], guidance: ['CFG scale', Number], seed: ['Seed', String],
};

/** The fields of a drawing that the answer of /api/png-info has. */
export function fieldsOf(info, schedulers) {
  const fields = { prompt: info.prompt, negative: info.negative, ...info.fields };
  for (const [name, [key, read]] of Object.entries(BY_KEY)) {
    if (fields[name] === undefined && info.values[key] !== undefined) fields[name] = read(info.values[key]);
  }
  const size = /^(\d+)x(\d+)$/.exec(info.values.Size ?? '');
  if (size && fields.width === undefined) Object.assign(fields, { width: Number(size[1]), height: Number(size[2]) });
  fields.scheduler ??= schedulerOf(info.values, schedulers);
  return fields;
}

/** The web UI's sampler under one of our names, where the names are the same but for case and marks. */
function schedulerOf(values, schedulers) {
  const plain = (name) => name.toLowerCase().replace(/\+/g, 'p').replace(/[^a-z0-9]/g, '');
  const type = values['Schedule type'] && values['Schedule type'] !== 'Automatic' ? values['Schedule type'] : '';
  const asked = [`${values.Sampler ?? ''} ${type}`, values.Sampler ?? ''].map(plain);
  return asked.map((name) => schedulers.find((known) => plain(known) === name)).find(Boolean);
}

/** A file as data URL. */
export function readFile(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** What a picture says of how it was made; null if nothing. */
export async function parametersOf(image) {
  try {
    return await api.pngInfo(image);
  } catch {
    return null;
  }
}

/** Takes pictures that are dropped on the page or pasted into it. taken gets the file. */
export function takePictures(taken) {
  const pictureIn = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith('image/'));
  const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  let depth = 0; // entering a child leaves its parent
  const mark = (change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle('dropping', depth > 0);
  };
  addEventListener('dragenter', (event) => isFile(event) && mark(1));
  addEventListener('dragleave', (event) => isFile(event) && mark(-1));
  addEventListener('dragover', (event) => isFile(event) && event.preventDefault());
  addEventListener('drop', (event) => {
    if (!isFile(event)) return;
    event.preventDefault();
    mark(-depth);
    const file = pictureIn(event.dataTransfer);
    if (file) taken(file);
  });
  addEventListener('paste', (event) => {
    const file = pictureIn(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    taken(file);
  });
}
