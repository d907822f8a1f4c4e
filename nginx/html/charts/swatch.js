// The sign of a contender: one colour and one shape, on its card and in every picture.

import { positionOf } from '../core/catalog.js';
import { h, s } from '../core/dom.js';

const ACCENTS = 10; // accent-1 to accent-10 in colours.css

/**
 * The corners of a shape around its middle, about 1 away from it; null is a circle.
 * @typedef {?[number, number][]} Shape
 * @type {Shape[]}
 */
// prettier-ignore
const SHAPES = [
  null,
  [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]], // square
  [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]], // diamond
  [[-1.2, -0.9], [1.2, -0.9], [0, 1.2]], // triangle; one that points up marks a validity warning
  [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], // plus, its right half
   [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
  [[-1.1, -1.1], [1.1, -1.1], [-1.1, 1.1], [1.1, 1.1]], // hourglass
  [[-0.9, -1.2], [1.2, 0], [-0.9, 1.2]], // triangle to the right
  [[-0.5, -1.3], [0.5, -1.3], [0.5, 1.3], [-0.5, 1.3]], // bar
  [[0.9, -1.2], [-1.2, 0], [0.9, 1.2]], // triangle to the left
  [[0, -0.6], [0.75, -1.3], [1.3, -0.75], [0.6, 0], [1.3, 0.75], [0.75, 1.3], // cross
   [0, 0.6], [-0.75, 1.3], [-1.3, 0.75], [-0.6, 0], [-1.3, -0.75], [-0.75, -1.3]],
];

/**
 * The class that gives an element the contender's colour as --accent; grey for one that the catalogue has lost.
 * @param {string} name
 */
export function accent(name) {
  const position = positionOf(name);
  return position < 0 ? 'accent-none' : `accent-${(position % ACCENTS) + 1}`;
}

/** @returns {Shape} @param {string} name */
export const shape = (name) => SHAPES[Math.max(0, positionOf(name)) % SHAPES.length];

/** @param {Shape} corners @param {string} colour */
export const sign = (colour, corners) =>
  s(
    'svg',
    { class: `swatch ${colour}`, viewBox: '-1.4 -1.4 2.8 2.8', 'aria-hidden': 'true' },
    corners ? s('polygon', { points: corners.join(' ') }) : s('circle', { r: 1.15 }),
  );

/** @param {string} name */
export const swatch = (name) => sign(accent(name), shape(name));

/** @param {string} name */
export const chip = (name) => h('span', { class: 'chip' }, swatch(name), name);
