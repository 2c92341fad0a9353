// The ways to edit, each with the settings that it has and no other.
import { promptOf } from './chips.js';

const seed = { name: 'seed', label: 'Seed', type: 'number', min: 0, usual: 42 };
const steps = { name: 'steps', label: 'Steps', type: 'range', min: 4, max: 100, step: 1, usual: 25 };
const guidance = { name: 'guidance', label: 'Guidance', type: 'range', min: 0, max: 20, step: 0.5, usual: 7.5 };
const skip = { name: 'skip', label: 'Steps left out at the start', type: 'range', min: 0, max: 0.9, step: 0.05, usual: 0 };
const share = (name, label, usual, hint) => ({ name, label, type: 'range', min: 0, max: 1, step: 0.05, usual, hint });

/** A word without the marks around it, as the server looks for it. */
const bare = (word) => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '') || word;

const pressed = (state) => state.words.filter((word) => word.blend && word.text).map((word) => bare(word.text));

function weights(state) {
  const changed = state.words.filter((word) => word.text && word.weight !== 1);
  return Object.fromEntries(changed.map((word) => [bare(word.text), word.weight]));
}

/** For each chosen word of the target the pair with its word of the source; an added one goes with the word beside it. */
function wordPairs(state, cut) {
  if (!cut) return [];
  const sourceOf = new Map(cut.alignment.pairs.map((pair) => [pair.target, pair.source]));
  const filled = state.words.filter((word) => word.text);
  return filled.flatMap((word, index) => {
    if (!word.blend) return [];
    const near = [0, 1, -1, 2, -2].map((off) => sourceOf.get(index + 1 + off)).find((number) => number !== undefined);
    const source = cut.words.find((one) => one.number === near);
    return source ? [[source.bare, bare(word.text)]] : [];
  });
}

const common = (s) => ({ seed: s.seed, steps: s.steps, guidance: s.guidance });
const pictureOf = (state) => (state.image ? { image: state.image, resize: state.resize } : {});

/**
 * picture: "may" or "must" be given, or "never" is; chips: what the chips of the target offer; maps: whether there are heat maps;
 * request: the job of the page's state, the settings s and the words as they were cut.
 */
export const METHODS = {
  edit: {
    label: 'Prompt-to-prompt', picture: 'may', source: true, inversion: true,
    about: 'Follows the attention of the source; only the words that differ change the picture.',
    chips: { weights: true, blend: 'Change the picture only here' },
    settings: [
      share('cross', 'Words follow the source until', 0.8, 'Cross-attention gate: the share of the steps that take the attention of the source'),
      share('self', 'Shapes follow the source until', 0.4, 'Self-attention gate: the share of the steps that take the layout of the source'),
      share('blendThreshold', 'Edge of the local blend', 0.3, 'Higher is narrower'),
      { name: 'mode', label: 'Words go together', type: 'choice', usual: 'auto',
        choices: [['auto', 'by themselves'], ['replace', 'word by word'], ['refine', 'by what is alike'], ['same_position', 'by position']] },
      seed, steps, guidance],
    pictureSettings: [skip],
    request: (state, s, cut) => ({
      kind: 'edit', source: state.source, target: promptOf(state.words), mode: s.mode,
      crossSteps: [0, s.cross], selfSteps: [0, s.self], weights: weights(state),
      blend: wordPairs(state, cut), blendThreshold: s.blendThreshold, ...common(s), ...pictureOf(state),
      ...(state.image ? { method: state.inversion, skip: s.skip } : {}),
    }),
  },
  ledits: {
    label: 'LEDITS++', picture: 'must', source: true, concepts: true,
    about: 'Adds things to a picture, or takes them away, each within a mask of its own.',
    chips: null,
    settings: [
      { name: 'mask', label: 'Mask', type: 'choice', usual: 'both', choices: [['both', 'attention and noise'], ['attention', 'attention'], ['noise', 'noise']] },
      { ...skip, usual: 0.15 }, { ...guidance, name: 'sourceGuidance', label: 'Guidance of the source', usual: 3.5 }, seed, steps],
    request: (state, s) => ({
      kind: 'ledits', source: state.source, edits: state.concepts.filter((one) => one.prompt), mask: s.mask, skip: s.skip,
      sourceGuidance: s.sourceGuidance, seed: s.seed, steps: s.steps, ...pictureOf(state),
    }),
  },
  masactrl: {
    label: 'MasaCtrl', picture: 'may', source: true,
    about: 'Another pose or shape: the target draws its layout and looks things up in the source.',
    chips: { weights: false, blend: 'Look up only this word (one word)' },
    settings: [{ name: 'startStep', label: 'First step that looks up', type: 'range', min: 0, max: 50, step: 1, usual: 4 }, seed, steps, guidance],
    request: (state, s, cut) => ({
      kind: 'masactrl', source: state.source, target: promptOf(state.words), startStep: s.startStep,
      maskWords: wordPairs(state, cut)[0] ?? [], ...common(s), ...pictureOf(state),
    }),
  },
  dds: {
    label: 'Delta Denoising Score', picture: 'must', source: true,
    about: 'Moves the picture itself, in small steps, towards what the target says.',
    chips: { weights: false, blend: null },
    settings: [{ name: 'iterations', label: 'Iterations', type: 'range', min: 10, max: 500, step: 10, usual: 200 }, guidance, seed],
    request: (state, s) => ({
      kind: 'dds', source: state.source, target: promptOf(state.words), iterations: s.iterations, guidance: s.guidance, seed: s.seed,
      ...pictureOf(state),
    }),
  },
  attend: {
    label: 'Attend-and-Excite', picture: 'never', source: false,
    about: 'Draws the target so that none of the chosen words is missing in the picture.',
    chips: { weights: false, blend: 'Must be in the picture' },
    settings: [share('attendSteps', 'Share of the steps that are moved', 0.5),
      { name: 'stepSize', label: 'Step size', type: 'range', min: 1, max: 100, step: 1, usual: 20 },
      { name: 'attempts', label: 'Attempts', type: 'range', min: 0, max: 50, step: 1, usual: 20 }, seed, steps, guidance],
    request: (state, s) => ({
      kind: 'attend', prompt: promptOf(state.words), words: pressed(state), attendSteps: s.attendSteps, stepSize: s.stepSize,
      attempts: s.attempts, ...common(s),
    }),
  },
  inpaint: {
    label: 'Paint in a mask', picture: 'must', source: false, brush: true,
    about: 'Draws the target where you paint; the rest of the picture stays.',
    chips: { weights: false, blend: null },
    settings: [share('strength', 'Strength', 1, 'How much of the noise there is drawn anew'),
      { name: 'negative', label: 'Negative prompt', type: 'line', usual: '' }, seed, steps, guidance],
    request: (state, s) => ({
      kind: 'generate', prompt: promptOf(state.words), negative: s.negative ?? '', strength: s.strength, mask: state.mask, ...common(s),
      ...pictureOf(state),
    }),
  },
  heatmap: {
    label: 'Heat maps alone', picture: 'may', source: true,
    about: 'Shows where the words of the source are, and changes nothing.',
    chips: null,
    settings: [seed, steps, guidance],
    request: (state, s) => ({ kind: 'heatmap', prompt: state.source, ...common(s), ...pictureOf(state) }),
  },
};

/** What is missing before a method can run; null if nothing is. */
export function missing(method, state) {
  if (method.picture === 'must' && !state.image) return 'This method edits a picture: drop one, paste one, or take one from the history.';
  if (method.source && !state.source.trim() && !method.concepts) return 'Say what the picture shows.';
  if (method.chips && !promptOf(state.words)) return 'The target has no words.';
  if (method.concepts && !state.concepts.some((one) => one.prompt)) return 'Say what to add or to take away.';
  if (method.brush && !state.mask) return 'Paint where the picture may change.';
  if (method === METHODS.attend && !pressed(state).length) return 'Choose the words that must be in the picture: the rings at the chips.';
  return null;
}
