// The finish times against each other: a line a contender, with a mark for each answer when it was received.

import { h, s } from '../core/dom.js';
import { accent } from './swatch.js';
import { duration } from './time.js';

const ROW = 26; // px
const HEAD = 26; // px, of the axis
const BAR = 16; // px
const PINNED = 6; // lines that stay in sight while the charts scroll; more would hide them

export function board() {
  let svg = s('svg');
  const element = h('div', { class: 'board' }, svg);

  /**
   * @param {import('./lanes.js').Raced[]} raced
   * @param {import('./time.js').TimeAxis} axis
   * @param {import('./frame.js').Frame} canvas
   */
  function draw(raced, axis, canvas) {
    element.classList.toggle('pinned', raced.length <= PINNED);
    const width = canvas.width(),
      height = HEAD + raced.length * ROW;
    const title = raced
      .filter(({ lanes }) => lanes.bars.length)
      .map(({ label, lanes }) => `${label} ${duration(lanes.end)}`)
      .join(', ');
    const drawn = s(
      'svg',
      {
        width,
        height,
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': `Finished at: ${title || 'pending'}`,
      },
      ticks(axis, height),
      raced.map((entry, place) => line(entry, HEAD + place * ROW, axis, canvas)),
    );
    svg.replaceWith(drawn);
    svg = drawn;
  }
  /** Px of what is scrolled to that would hide under it. */
  const covers = () => (getComputedStyle(element).position === 'sticky' ? element.offsetHeight : 0);
  return { element, draw, covers, svg: () => svg };
}

/** @param {import('./time.js').TimeAxis} axis @param {number} height */
function ticks(axis, height) {
  return s(
    'g',
    { class: 'axis' },
    axis.ticks.map((tick) => [
      s('line', { class: 'grid', x1: axis.x(tick), x2: axis.x(tick), y1: HEAD - 6, y2: height }),
      s('text', { class: 'tick', x: axis.x(tick), y: HEAD - 11, 'text-anchor': 'middle' }, axis.label(tick)),
    ]),
  );
}

/**
 * @param {import('./lanes.js').Raced} raced
 * @param {number} y
 * @param {import('./time.js').TimeAxis} axis
 * @param {import('./frame.js').Frame} canvas
 */
function line({ key, contender, label, lanes, live }, y, axis, canvas) {
  const middle = y + ROW / 2;
  const end = axis.x(lanes.end);
  return s(
    'g',
    { class: `finish ${accent(contender)}`, 'data-key': key },
    s(
      'text',
      { class: 'who', x: canvas.left() - 10, y: middle, 'text-anchor': 'end', 'dominant-baseline': 'central' },
      label,
    ),
    lanes.bars.length > 0 &&
      s('rect', { class: 'elapsed', x: axis.x(0), y: middle - BAR / 2, width: Math.max(1, end - axis.x(0)), height: BAR }),
    lanes.bars.map(
      ({ received, failed }) =>
        received !== null &&
        !failed &&
        s('line', {
          class: 'answer-mark',
          x1: axis.x(received),
          x2: axis.x(received),
          y1: middle - BAR / 2,
          y2: middle + BAR / 2,
        }),
    ),
    lanes.bars.length > 0 &&
      live === null &&
      s('text', { class: 'finish-time', x: end + 8, y: middle, 'dominant-baseline': 'central' }, duration(lanes.end)),
  );
}
