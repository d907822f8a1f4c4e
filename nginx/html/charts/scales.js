// Scales of charts: ranges, ticks, and data as uPlot wants them.

import { max, min } from './numbers.js';
import { niceStep } from './time.js';

/**
 * @typedef {import('./types.js').Series} Series
 * @typedef {import('./types.js').Point} Point
 */

const AIR = 1.3; // between the least or the most of a log axis and its end, as a factor
const FEW = 150; // the end of a log axis over its beginning, up to which the powers of ten alone are too few ticks

/** A number as an axis has room for it: 0.12, 1500, 10k. @param {number} number */
export const brief = (number) =>
  number >= 10_000 ? `${+(number / 1000).toFixed(1)}k` : `${+number.toPrecision(number >= 1000 ? 4 : 3)}`;

/**
 * What a series reaches, its spread included; a log axis has no place for 0.
 * @param {Series[]} series
 * @returns {number[]}
 */
export const values = (series) =>
  series
    .flatMap(({ points: all }) => all.flatMap(({ y, low, high }) => [y, low, high]))
    .flatMap((y) => (typeof y === 'number' && y > 0 ? [y] : []));

/**
 * The ends of a log axis for the numbers: each 1, 2 or 5 times a power of ten.
 * @param {number[]} numbers
 * @returns {[number, number]}
 */
export const rangeOf = (numbers) =>
  numbers.length ? [1 / niceStep(AIR / min(numbers)), niceStep(max(numbers) * AIR)] : [1, 1000];

/** @param {number} end @returns {[number, number]} */
export const fromZero = (end) => [0, end];

/** Each power of ten; where there are few of them, 2 and 5 times it too. @param {number} min @param {number} max */
export function decadeTicks(min, max) {
  const [from, to] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const steps = max / min <= FEW ? [1, 2, 5] : [1];
  return Array.from({ length: to - from + 1 }, (_, place) => steps.map((step) => step * 10 ** (from + place)))
    .flat()
    .filter((each) => each >= min * 0.999 && each <= max * 1.001);
}

/** @param {import('./types.js').Axis} axis @returns {import('/lib/uplot/uPlot.esm.js').Scale} */
export const scale = ({ log, range }) => ({
  time: false,
  ...(log ? { distr: 3, log } : {}),
  ...(range ? { range: () => range } : {}),
});

/**
 * uPlot wants one list of x for all: where a series has no value there, null.
 * @param {Series[]} series
 * @returns {import('/lib/uplot/uPlot.esm.js').AlignedData}
 */
export function alignSeries(series) {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const place = new Map(xs.map((x, index) => [x, index]));
  return [
    xs,
    ...series.map(({ points }) => {
      const ys = new Array(xs.length).fill(null);
      for (const { x, y } of points) ys[/** @type {number} */ (place.get(x))] = y;
      return ys;
    }),
  ];
}

/**
 * Where a value is on uPlot's canvas, and where the frame is.
 * @param {import('./types.js').UPlot} u
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]}
 */
export const at = (u, x, y) => [u.valToPos(x, 'x', true), u.valToPos(y, 'y', true)];
/** @param {import('./types.js').UPlot} u */
export const edges = (u) => ({
  left: u.bbox.left,
  top: u.bbox.top,
  right: u.bbox.left + u.bbox.width,
  bottom: u.bbox.top + u.bbox.height,
});
/** @param {import('./types.js').Plot} plot @param {Point} point @returns {point is Point & {y: number}} */
export const isDrawable = (plot, point) => typeof point.y === 'number' && !(plot.y.log && point.y <= 0);
