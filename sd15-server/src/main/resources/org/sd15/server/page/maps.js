// Which heat maps belong to what is pointed at.
import { fileAddress, filesOf } from './api.js';

const addresses = (job, files) => files.map((file) => fileAddress(job.id, file.name));

/**
 * The heat maps of a word, by its number in the source or the target, and of its partners in the other prompt.
 *
 * job: the last that was done, or null; cut: the words of the prompts, whose alignment serves where the job has none.
 */
export function mapsOf(job, cut, side, number) {
  if (!job || number === null) return { before: [], after: [] };
  const other = side === 'source' ? 'target' : 'source';
  const pairs = job.result?.alignment?.pairs ?? cut?.alignment.pairs ?? [];
  const numbers = { [side]: [number], [other]: pairs.filter((pair) => pair[side] === number).map((pair) => pair[other]) };
  const maps = (of, wanted) => addresses(job, filesOf(job, 'map').filter((map) => map.of === of && wanted.includes(map.number)));
  return { before: maps('before', numbers.source), after: [...maps('after', numbers.target), ...maps('picture', numbers.source)] };
}

/** Where an addition or a removal acted, by its number; none for null. */
export function conceptMask(job, number) {
  const masks = job && number ? filesOf(job, 'concept').slice(number - 1, number) : [];
  return addresses(job, masks);
}
