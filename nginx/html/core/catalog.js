// The contenders of /catalog.json: each has one colour and one shape, here and in every picture.

import { h, s } from './dom.js';

const ACCENTS = 8; // accent-1 to accent-8 in colours.css

/**
 * The corners of a shape around its middle, about 1 away from it; null is a circle.
 * @typedef {?[number, number][]} Shape
 * @type {Shape[]}
 */
const SHAPES = [
  null,
  [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]], // square
  [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]], // diamond
  [[-1.2, -0.9], [1.2, -0.9], [0, 1.2]], // triangle; one that points up marks a doubt
  [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], // plus, its right half
   [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]],
  [[-1.1, -1.1], [1.1, -1.1], [-1.1, 1.1], [1.1, 1.1]], // hourglass
  [[-0.9, -1.2], [1.2, 0], [-0.9, 1.2]], // triangle to the right
  [[-0.5, -1.3], [0.5, -1.3], [0.5, 1.3], [-0.5, 1.3]], // bar
];

/** @typedef {{name: string, title: string, teaches: string, end_of_line?: string, [field: string]: any}} Contender */

/** @type {Contender[]} */
let rows = [];

export function know(catalogue) {
  if (!Array.isArray(catalogue)) throw new SyntaxError('/catalog.json is no list');
  rows = catalogue;
}

export const contenders = () => rows;
export const title = (name) => rows.find((row) => row.name === name)?.title ?? name;

const placeOf = (name) => rows.findIndex((row) => row.name === name);

/** The class that gives an element the contender's colour as --accent; grey for one that the catalogue has lost. */
export function accent(name) {
  const place = placeOf(name);
  return place < 0 ? 'accent-none' : `accent-${(place % ACCENTS) + 1}`;
}

/** @returns {Shape} */
export const shape = (name) => SHAPES[Math.max(0, placeOf(name)) % SHAPES.length];

/** In the order of the catalogue, whatever order a run names them in. */
export function inOrder(names) {
  const place = (name) => placeOf(name) + 1 || Infinity;
  return [...names].sort((one, other) => place(one) - place(other));
}

/** @param {Shape} corners */
export const sign = (colour, corners) =>
  s(
    'svg',
    { class: `swatch ${colour}`, viewBox: '-1.4 -1.4 2.8 2.8', 'aria-hidden': 'true' },
    corners ? s('polygon', { points: corners.join(' ') }) : s('circle', { r: 1.15 }),
  );

export const swatch = (name) => sign(accent(name), shape(name));

export const chip = (name) => h('span', { class: 'chip' }, swatch(name), name);
