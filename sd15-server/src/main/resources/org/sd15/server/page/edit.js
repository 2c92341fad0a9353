// Edit: words are chips, and chips have sliders.
import { api, fileAddress, filesOf, mainFile } from './api.js';
import { drawLines, markLines } from './alignment.js';
import { Brush } from './brush.js';
import { sourceChips, TargetChips, promptOf, wordsOf } from './chips.js';
import { Compare } from './compare.js';
import { Concepts } from './concepts.js';
import { Controls } from './controls.js';
import { byId, make } from './dom.js';
import { kept, restored, withSource } from './edit-state.js';
import { later, newestOnly } from './later.js';
import { showListing } from './listing.js';
import { tabName } from './memory.js';
import { METHODS, missing } from './methods.js';
import { conceptMask, mapsOf } from './maps.js';
import { PicturePanel } from './picture.js';
import { Progress } from './progress.js';
import { Strip } from './strip.js';

const TOGETHER = 300; // ms: changes within are one job

export class EditView {
  constructor(model) {
    this.state = restored(model);
    this.cut = null; // the words of both prompts, as the server cuts them
    this.job = null; // the last one that was done
    this.soon = later(TOGETHER, () => this.run());
    this.compare = new Compare(byId('edit-picture'));
    this.brush = new Brush(this.compare.frame, byId('brush-tools'), () => this.#changed({ mask: this.brush.mask() }));
    this.progress = new Progress(byId('edit-progress'), 'Editing');
    this.strip = new Strip(byId('edit-strip'), (address) => (address ? this.compare.preview(address) : this.#showPictures()));
    this.panel = new PicturePanel({
      taken: (image, address) => this.take(image, address, null),
      dropped: () => this.#changed({ image: null, address: null }),
      changed: () => this.#changed({ inversion: this.panel.inversion.select.value, resize: this.panel.resize.select.value }),
      invert: () => this.invert(),
    });
    this.target = new TargetChips(byId('target-chips'), {
      pointed: (side, number) => this.point(side, number),
      changed: (what) => (what === 'text' ? this.#rewritten() : this.#changed({})),
      letGo: () => this.state.live && this.soon.now(),
      rebuilt: () => this.#lines(),
    });
    this.concepts = new Concepts(byId('concepts'), { changed: () => this.#changed({}), pointed: (number) => this.compare.heat([], conceptMask(this.job, number)) });
    this.recut = newestOnly(api.words, (cut) => this.#cutTo(cut), (problem) => this.progress.say(problem.message, true));
    this.#bind();
    this.#choose(this.state.method);
    this.#refill();
  }

  #bind() {
    const method = byId('edit-method');
    method.replaceChildren(...Object.entries(METHODS).map(([value, { label }]) => make('option', { value, textContent: label })));
    method.addEventListener('change', () => {
      this.#choose(method.value);
      this.#changed({});
    });
    this.source = byId('edit-source');
    this.source.addEventListener('input', () => {
      withSource(this.state, this.source.value);
      this.target.show(this.state.words);
      this.#rewritten();
    });
    this.live = byId('edit-live');
    this.live.addEventListener('change', () => {
      this.state.live = this.live.checked;
      kept(this.state);
    });
    byId('edit').addEventListener('submit', (event) => {
      event.preventDefault();
      this.run();
    });
    byId('target-reset').addEventListener('click', () => {
      this.state.words = wordsOf(this.state.source);
      this.target.show(this.state.words);
      this.#rewritten();
    });
    new ResizeObserver(() => this.#lines()).observe(byId('words'));
  }

  /** Shows the settings of a method, and nothing that it doesn't have. */
  #choose(name) {
    const { state } = this;
    state.method = name;
    const method = METHODS[name];
    byId('edit-method').value = name;
    byId('edit-about').textContent = method.about;
    this.controls = new Controls(byId('edit-settings'), [...method.settings, ...(method.pictureSettings ?? [])], (setting) => {
      state.settings[name] = this.controls.values();
      if (setting === 'mode') this.#cutAgain();
      this.#changed({});
    });
    this.controls.set(state.settings[name] ?? {});
    byId('target-section').hidden = !method.chips;
    byId('concept-section').hidden = !method.concepts;
    byId('brush-tools').hidden = !method.brush;
    byId('source-section').hidden = !method.source;
    byId('words').classList.toggle('lined', Boolean(method.source && method.chips));
    this.brush.paint(Boolean(method.brush));
    this.panel.offer(method);
    this.target.show(state.words, method.chips ?? { weights: false, blend: null });
    this.concepts.show(state.concepts);
    this.#lines();
  }

  /** Shows all of the state. */
  #refill() {
    const { state } = this;
    this.source.value = state.source;
    this.live.checked = state.live;
    this.panel.inversion.select.value = state.inversion;
    this.panel.resize.select.value = state.resize;
    this.panel.show(state.image, state.address);
    if (state.mask) this.brush.restore(state.mask);
    this.target.show(state.words);
    this.#showPictures();
    this.#cutAgain();
  }

  #changed(change) {
    Object.assign(this.state, change);
    kept(this.state);
    if (this.state.live) this.soon();
  }

  #rewritten() {
    this.#cutAgain();
    this.#changed({});
  }

  #cutAgain() {
    const target = promptOf(this.state.words);
    if (!this.state.source.trim()) return;
    const { mode } = this.controls.values();
    this.cutting = this.recut({ prompt: this.state.source, ...(target ? { target, ...(mode ? { mode } : {}) } : {}) });
  }

  #cutTo(cut) {
    this.cut = cut.alignment ? cut : { ...cut, alignment: { pairs: [], added: [] } };
    sourceChips(byId('source-chips'), cut.words, (side, number) => this.point(side, number));
    const room = cut.cut || cut.target?.cut;
    byId('words-note').textContent = room ? `Words beyond ${cut.room} tokens are not seen by the model.` : '';
    this.#lines();
  }

  #lines() {
    if (this.cut) drawLines(byId('lines'), byId('source-chips'), byId('target-chips'), this.cut.alignment.pairs);
  }

  /** Edits a picture: as a request has it, where it can be seen, and what it shows, if that is known. */
  take(image, address, prompt) {
    if (METHODS[this.state.method].picture === 'never') this.#choose('edit');
    if (prompt) {
      this.state.words = wordsOf(prompt);
      this.state.source = prompt;
    }
    this.state.image = image;
    this.state.address = address;
    this.state.mask = null;
    this.job = null;
    this.#refill();
    this.#changed({});
  }

  /** Lays the heat maps of a word over both pictures; of its partner over the other. */
  point(side, number) {
    markLines(byId('lines'), side, number);
    const { before, after } = mapsOf(this.job, this.cut, side, number);
    this.compare.heat(before, after);
  }

  /** Edits with what the page shows. */
  async run() {
    const { state } = this;
    const method = METHODS[state.method];
    const lacks = missing(method, state);
    byId('edit-lacks').textContent = lacks ?? '';
    if (lacks) return;
    await this.cutting;
    this.controls.clearProblems();
    await this.#submit(method.request(state, this.controls.values(), this.cut), (job) => this.finish(job));
  }

  /** Inverts the picture alone, and says how well it comes back. */
  async invert() {
    const { seed, steps, guidance } = { seed: 42, steps: 25, guidance: 7.5, ...this.controls.values() };
    const { state } = this;
    await this.#submit({
      kind: 'invert', image: state.image, resize: state.resize, prompt: state.source, method: state.inversion, seed, steps, guidance,
    }, (job) => this.panel.reported(job));
  }

  #submit(request, done) {
    return this.progress.run({ ...request, client: tabName(), cancelRunning: true }, this.#listeners(done));
  }

  #listeners(done) {
    return {
      accepted: (job) => {
        if (job.request.image) this.state.image = job.request.image; // the server has it now
        this.state.job = job.kind === 'invert' ? this.state.job : job.id;
        kept(this.state);
        this.strip.clear();
        this.brush.paint(false); // what comes is to be seen
      },
      preview: (event) => {
        this.compare.preview(event.image);
        this.strip.add(event);
      },
      end: (job) => (job.state === 'done' ? done(job) : this.#showPictures()),
      refused: (problem) => this.controls.problem(problem.field, problem.message),
    };
  }

  /** Takes up the job that this tab had before it was loaded again. */
  resume(job) {
    if (['queued', 'running'].includes(job.state)) {
      this.progress.follow(job, this.#listeners((ended) => this.finish(ended)));
    } else if (job.state === 'done') {
      this.finish(job);
    }
  }

  finish(job) {
    this.job = job;
    const given = filesOf(job, 'given')[0];
    if (given && this.state.image) {
      this.state.address = fileAddress(job.id, given.name);
      kept(this.state);
    }
    const file = mainFile(job);
    if (file) this.brush.resize(file.width, file.height);
    this.#showPictures();
    this.panel.reported(job);
    showListing(byId('edit-listing'), job);
  }

  #showPictures() {
    const before = this.job && filesOf(this.job, 'before', 'given')[0];
    const after = this.job && mainFile(this.job);
    const address = (file) => (file ? fileAddress(this.job.id, file.name) : null);
    const given = METHODS[this.state.method].picture === 'never' ? null : this.state.address;
    this.compare.show(address(before) ?? given, address(after));
  }
}
