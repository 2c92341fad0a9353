// How the words of two prompts go together, as lines between their chips.
import { makeSvg } from './dom.js';

/**
 * Draws lines from chips above to chips below.
 * pairs: {source, target, weight} by numbers of words; chips are found by their data-number.
 */
export function drawLines(svg, above, below, pairs) {
  const origin = svg.getBoundingClientRect();
  const middle = (list, number, edge) => {
    const chip = list.querySelector(`[data-number="${number}"] .word`);
    if (!chip) return null;
    const box = chip.getBoundingClientRect();
    return { x: box.left + box.width / 2 - origin.left, y: box[edge] - origin.top };
  };
  svg.setAttribute('viewBox', `0 0 ${Math.max(1, origin.width)} ${Math.max(1, origin.height)}`);
  svg.replaceChildren(...pairs.flatMap((pair) => {
    const from = middle(above, pair.source, 'bottom');
    const to = middle(below, pair.target, 'top');
    if (!from || !to) return [];
    const bend = (to.y - from.y) / 2;
    return [makeSvg('path', {
      d: `M${from.x} ${from.y} C${from.x} ${from.y + bend} ${to.x} ${to.y - bend} ${to.x} ${to.y}`,
      'stroke-opacity': Math.max(0.25, Math.min(1, pair.weight)),
      'data-source': pair.source,
      'data-target': pair.target,
    })];
  }));
}

/** Marks the lines that a chip has. */
export function markLines(svg, side, number) {
  for (const path of svg.children) path.classList.toggle('marked', path.dataset[side] === String(number));
}
