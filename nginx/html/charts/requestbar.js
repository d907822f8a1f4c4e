// The bar of a request: how long it was queued, processed, and on its way back; and what each of these means.

import { h, s } from '../core/dom.js';
import { hatch, hatchFill } from './hatch.js';

/**
 * A request where it is drawn: its lane, its process, and the top and height of its row in px.
 * @typedef {import('./lanes.js').Bar} Bar
 * @typedef {import('./lanes.js').Lane} Lane
 * @typedef {{bar: Bar, lane: Lane, process: import('./lanes.js').Process, y: number, height: number}} Placed
 */

/** Between two bars of this height. @param {number} height */
export const gap = (height) => (height >= 5 ? 1.5 : height >= 2.5 ? 0.75 : 0);

/** @param {Placed} placed @param {import('./time.js').TimeAxis} axis @param {number} height @param {string} hatching */
export function bar({ bar: request, y }, axis, height, hatching) {
  const { row, seq, sent, started, finished, received, end, failed } = request;
  const thick = Math.max(height - gap(height), 0.75);
  /** @param {string} kind @param {number} from @param {number} to @param {number} min @param {?string} fill */
  const piece = (kind, from, to, min = 0, fill = null) =>
    s('rect', {
      class: kind,
      fill,
      x: twoDecimals(axis.x(from)),
      y: twoDecimals(y),
      width: twoDecimals(Math.max(axis.x(to) - axis.x(from), min)),
      height: twoDecimals(thick),
      'data-seq': seq,
      'data-host': row.host,
      'data-pid': row.pid,
      'data-lane': row.lane,
    });
  if (failed) return [piece('failed', sent, end, 3)];
  if (started === null || finished === null) return [piece('anonymous', sent, end, 1, hatching)];
  const middle = twoDecimals(y + thick / 2);
  return [
    piece('wait', sent, Math.max(started, sent)),
    piece('work', started, finished, 1), // what takes less than a pixel is still there
    received !== null &&
      axis.x(received) - axis.x(finished) > 0.5 &&
      s('line', {
        class: 'back',
        x1: twoDecimals(axis.x(finished)),
        x2: twoDecimals(axis.x(received)),
        y1: middle,
        y2: middle,
      }),
  ].filter(Boolean);
}

/** @param {number} pixels */
const twoDecimals = (pixels) => Math.round(pixels * 100) / 100;

/** What a part of a bar means, or a bar as a whole: an entry of a legend. @param {string} kind @param {string} text */
export const barKey = (kind, text) =>
  h(
    'li',
    {},
    s(
      'svg',
      { class: 'sample accent-none', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
      kind === 'anonymous' && hatch('key'),
      kind === 'back'
        ? s('line', { class: 'back', x1: 0, x2: 24, y1: 5, y2: 5 })
        : s('rect', { class: kind, width: 24, height: 10, fill: kind === 'anonymous' && hatchFill('key') }),
    ),
    text,
  );
