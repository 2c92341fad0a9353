// The page: two views over one model, one queue and one history.
import { api, fileAddress } from './api.js';
import { byId, make } from './dom.js';
import { DrawView } from './draw.js';
import { EditView } from './edit.js';
import { watchQueue } from './events.js';
import { HistoryStrip } from './history.js';
import { keep, recall } from './memory.js';
import { fieldsOf, parametersOf, readFile, takePictures } from './parameters.js';
import { showQueue } from './queue.js';

const VIEWS = ['draw', 'edit'];

function show(view) {
  for (const name of VIEWS) {
    byId(name).hidden = name !== view;
    const tab = byId(`tab-${name}`);
    tab.setAttribute('aria-selected', String(name === view));
    tab.tabIndex = name === view ? 0 : -1;
  }
  keep('view', view);
}

function tabs() {
  for (const name of VIEWS) {
    byId(`tab-${name}`).addEventListener('click', () => show(name));
    byId(`tab-${name}`).addEventListener('keydown', (event) => {
      if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
      const other = VIEWS.find((one) => one !== name);
      show(other);
      byId(`tab-${other}`).focus();
    });
  }
  show(recall('view', 'draw'));
}

/** The model, as soon as it is loaded. */
async function loadedModel() {
  for (;;) {
    const model = await api.model();
    if (model.ready ?? true) return model;
    byId('model').textContent = 'The model is being loaded';
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function showModel(model) {
  const place = byId('model');
  if (model.models.length < 2) {
    place.textContent = `Model: ${model.name}`;
    return;
  }
  const select = make('select', { 'aria-label': 'Model' }, ...model.models.map(({ name }) => make('option', { value: name, textContent: name })));
  select.value = model.name;
  select.addEventListener('change', async () => {
    await api.selectModel(select.value);
    location.reload(); // sizes and names are another's
  });
  place.replaceChildren(select);
}

/** A picture that is dropped or pasted: in Draw its parameters fill the form; else it is what is edited. */
async function taken(file, model, draw, edit) {
  const image = await readFile(file);
  const found = await parametersOf(image);
  if (!byId('draw').hidden && found) {
    draw.fill(fieldsOf(found, model.schedulers), `Filled in from ${file.name || 'the picture'}.`);
    return;
  }
  show('edit');
  edit.take(image, image, found?.prompt ?? null);
}

function editPicture(edit, { job, file }) {
  show('edit');
  edit.take({ job: job.id, file: file.name }, fileAddress(job.id, file.name), job.request.target ?? job.request.prompt ?? job.request.source ?? null);
  scrollTo({ top: 0 });
}

/** Goes on with the job that a view had before the page was loaded again. */
async function resume(view, id) {
  if (!id) return;
  try {
    view.resume(await api.job(id));
  } catch {
    // it was deleted since
  }
}

async function start() {
  tabs();
  const model = await loadedModel();
  showModel(model);
  const edit = new EditView(model);
  const draw = new DrawView(model, { edit: (picture) => editPicture(edit, picture) });
  const history = new HistoryStrip({
    edit: (picture) => editPicture(edit, picture),
    reuse: (job) => {
      show('draw');
      draw.fill({ ...job.request, prompt: job.request.target ?? job.request.prompt ?? job.request.source }, 'Filled in from the history.');
    },
  });
  takePictures((file) => taken(file, model, draw, edit).catch((problem) => complain(problem)));
  watchQueue({ changed: showQueue, ended: (job) => history.ended(job) });
  await history.load();
  await resume(draw, draw.last);
  await resume(edit, edit.state.job);
  document.documentElement.dataset.ready = 'true'; // for who waits for it
}

function complain(problem) {
  byId('trouble').textContent = problem.message;
}

addEventListener('unhandledrejection', (event) => complain(event.reason));
start().catch(complain);
