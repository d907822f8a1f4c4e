// What the colours, the dashes and the marks of curves mean.

import { inOrder } from '../core/catalog.js';
import { h, s } from '../core/dom.js';
import { DASHES } from './points.js';
import { swatch } from './swatch.js';

/** Each mark with its name in a legend. @type {Record<string, [name: string, shapes: () => SVGElement[]]>} */
const MARKS = {
  errors: ['errors', () => [s('path', { d: 'M2 2l8 8M10 2l-8 8' })]],
  limited: ['load generator limit', () => [s('path', { d: 'M6 1.5L11 10H1z' })]],
  doubtful: ['validity warning', () => [s('circle', { cx: 6, cy: 6, r: 4 })]],
  spread: ['spread of repeats', () => [s('path', { d: 'M6 0v12' }), s('circle', { class: 'full', cx: 6, cy: 6, r: 3 })]],
};

/**
 * @param {import('./types.js').Source[]} sources
 * @param {{dashes?: [label: string, dash?: number[]][], marks?: string[]}} [meanings]  by default a dash a run, where there are several
 */
export function keys(sources, { dashes = runDashes(sources), marks = Object.keys(MARKS) } = {}) {
  const names = inOrder([...new Set(sources.flatMap(({ record }) => record.run.contenders))]);
  return [
    ...names.map((name) => h('li', {}, swatch(name), name)),
    ...dashes.map(([label, dash]) => h('li', {}, line(dash), label)),
    ...marks.map((mark) => h('li', {}, sign(mark), MARKS[mark][0])),
  ];
}

/** @param {import('./types.js').Source[]} sources @returns {[label: string, dash?: number[]][]} */
export const runDashes = (sources) => (sources.length < 2 ? [] : sources.map(({ label }, place) => [label, DASHES[place]]));

/** @param {number[]} [dash] */
const line = (dash) =>
  s(
    'svg',
    { class: 'sample', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
    s('line', { x1: 0, x2: 24, y1: 5, y2: 5, 'stroke-dasharray': dash?.join(' ') ?? null }),
  );

/** @param {string} mark */
const sign = (mark) => s('svg', { class: `sign ${mark}`, viewBox: '0 0 12 12', 'aria-hidden': 'true' }, ...MARKS[mark][1]());
