// What an edit is, as it is kept over a reload.
import { promptOf, wordsOf } from './chips.js';
import { METHODS } from './methods.js';
import { keep, recall } from './memory.js';

const EXAMPLE = { source: 'a large blue star on a white background', target: 'a large red star on a white background' };

/**
 * The edit of this tab, or a first one.
 *
 * source: what the picture shows; words: {text, weight, blend} of the target; method and settings by method;
 * image: what a request has of a given picture, or null; address: where it can be seen; inversion, resize: how it is taken;
 * concepts: of LEDITS++; mask: what is painted; live: whether each change is an edit; job: the last one.
 */
export function restored(model) {
  const example = { ...EXAMPLE, ...model.example };
  const state = recall('edit', {
    source: example.source, words: wordsOf(example.target), method: 'edit', settings: {}, image: null, address: null,
    inversion: 'direct', resize: 'fit', concepts: [], mask: null, live: model.pictureSize <= 128, job: null,
  });
  return METHODS[state.method] ? state : { ...state, method: 'edit' };
}

/** Keeps it. A picture that the server doesn't have yet may be too large for that, and then is left out. */
export function kept(state) {
  const small = (value) => (typeof value === 'string' && value.length > 1_000_000 ? null : value);
  keep('edit', { ...state, image: small(state.image), address: small(state.address) });
}

/** Another source. A target that was the same goes with it. */
export function withSource(state, source) {
  const follows = promptOf(state.words) === wordsOf(state.source).map((word) => word.text).join(' ');
  state.source = source;
  if (follows) state.words = wordsOf(source);
  return follows;
}
