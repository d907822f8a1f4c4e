// Time on an axis and in a sentence.

const STEPS = [1, 2, 5];
const TICKS = { wide: 90, narrow: 56 }; // px from one to the next at least

/** @typedef {{x: (ms: number) => number, ticks: number[], last: number, label: (ms: number) => string}} TimeAxis */

/** The smallest of 1, 2, 5, 10, 20, 50 ... that is `min` or more. @param {number} min */
export function niceStep(min) {
  const decade = 10 ** Math.floor(Math.log10(min));
  return decade * ([...STEPS, 10].find((step) => step * decade >= min * 0.9999) ?? 10);
}

/**
 * A linear axis from 0 that ends on a tick, at `end` or soon after it; `canvas` is a frame's.
 * @param {number} end
 * @param {import('./frame.js').Frame} canvas
 * @returns {TimeAxis}
 */
export function timeAxis(end, canvas) {
  const [from, to, apart] = [canvas.left(), canvas.right(), canvas.narrow() ? TICKS.narrow : TICKS.wide];
  const length = Math.max(end, 1);
  const step = niceStep((length * apart) / Math.max(to - from, apart));
  const fine = step / 5; // it ends between ticks: a whole step more would leave a third of the picture empty
  const last = Math.ceil((length * 1.002) / fine) * fine;
  /** @param {number} ms */
  const x = (ms) => from + (ms / last) * (to - from);
  const ticks = Array.from({ length: Math.floor(last / step + 0.001) + 1 }, (_, place) => place * step);
  return { x, ticks, last, label: (ms) => tickLabel(ms, last) };
}

/** @param {number} ms @param {number} last */
function tickLabel(ms, last) {
  if (ms === 0) return '0';
  return last > 1500 ? `${+(ms / 1000).toFixed(3)} s` : `${+ms.toFixed(3)} ms`;
}

/** 1.3 ms, 201 ms, 2.04 s; no line ends between the number and its unit. @param {number} ms */
export function duration(ms) {
  if (ms < 9.95) return `${ms.toFixed(1)}\u00a0ms`;
  if (ms < 999.5) return `${ms.toFixed(0)}\u00a0ms`;
  return `${(ms / 1000).toFixed(ms < 99_950 ? 2 : 0)}\u00a0s`;
}

const CLOCK = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
/** @param {?string} rfc3339 */
export const moment = (rfc3339) => (rfc3339 ? CLOCK.format(new Date(rfc3339)) : 'not yet');
