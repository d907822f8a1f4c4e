// The contenders of /catalog.json: each has one colour and one shape, here and in every picture.

import { h, s } from './dom.js';

const ACCENTS = 8; // accent-1 to accent-8 in colours.css

/** @typedef {{name: string, title: string, teaches: string, end_of_line?: string, [field: string]: any}} Contender */

/** @type {Contender[]} */
let rows = [];

export function know(catalogue) {
  if (!Array.isArray(catalogue)) throw new SyntaxError('/catalog.json is no list');
  rows = catalogue;
}

export const contenders = () => rows;
export const title = (name) => rows.find((row) => row.name === name)?.title ?? name;

/** The class that gives an element the contender's colour as --accent; grey for one that the catalogue has lost. */
export function accent(name) {
  const place = rows.findIndex((row) => row.name === name);
  return place < 0 ? 'accent-none' : `accent-${(place % ACCENTS) + 1}`;
}

/** In the order of the catalogue, whatever order a run names them in. */
export function inOrder(names) {
  const place = (name) => rows.findIndex((row) => row.name === name) + 1 || Infinity;
  return [...names].sort((one, other) => place(one) - place(other));
}

export const swatch = (name) =>
  s(
    'svg',
    { class: `swatch ${accent(name)}`, viewBox: '0 0 12 12', 'aria-hidden': 'true' },
    s('rect', { width: 12, height: 12, rx: 3 }),
  );

export const chip = (name) => h('span', { class: 'chip' }, swatch(name), name);
