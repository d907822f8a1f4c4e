// How many workers were busy, when; and which tasks or greenlets waited when most did.

import { h, s } from '../core/dom.js';
import { max } from './numbers.js';
import { brief } from './scales.js';

const HEIGHT = 44; // px
const DEEP = 8; // frames of a stack that are shown, innermost first: the others are how a server starts a handler

/** @param {number[]} busy  processes, on average, in parts of the sampling @param {number} width  px */
export function busyDrawing(busy, width) {
  const full = Math.max(1, Math.ceil(max(busy)));
  const [left, right] = [40, width - 12];
  /** @param {number} place */
  const x = (place) => left + ((right - left) * place) / busy.length;
  /** @param {number} count */
  const y = (count) => 6 + (HEIGHT - 12) * (1 - count / full);
  const points = busy.flatMap((count, place) => [[x(place), y(count)], [x(place + 1), y(count)]]);
  const mean = busy.reduce((sum, count) => sum + count, 0) / busy.length;
  return s(
    'svg',
    { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': `Busy workers: ${brief(mean)} on average` },
    [0, full].map((count) => [
      s('line', { class: 'grid', x1: left, x2: right, y1: y(count), y2: y(count) }),
      s('text', { x: left - 6, y: y(count) + 4, 'text-anchor': 'end' }, String(count)),
    ]),
    s('polyline', { class: 'busy', points: points.map((point) => point.map((number) => number.toFixed(1)).join()).join(' ') }),
  );
}

/** @param {{tasks: number, stack: string[], awaited_by: ?string}[]} waiting */
export const waitingList = (waiting) =>
  h(
    'ul',
    { class: 'waits' },
    waiting.map(({ tasks, stack, awaited_by: waiter }) =>
      h(
        'li',
        {},
        h('strong', {}, `${tasks} × `),
        h('code', {}, stack.slice(-DEEP).map(short).reverse().join(' ← '), stack.length > DEEP && ' ← …'),
        waiter && [' awaited by ', h('code', {}, short(waiter))],
      ),
    ),
  );

/** Without the place where packages, the standard library or the lab are. @param {string} frame */
const short = (frame) => frame.replace(/\(.*(?:site-packages|python3[.\d]*)\//, '(').replace('(/lab/', '(');
