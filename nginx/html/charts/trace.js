// The spans of a trace as a waterfall: a row each, below the one that it is a part of.

import { h, s } from '../core/dom.js';
import { tree } from '../core/traces.js';
import { max } from './numbers.js';
import { accent, chip } from './swatch.js';
import { duration } from './time.js';

const INDENT = '\u2003'; // an em space a level
const LEAST = 0.4; // per cent of the width: a span of microseconds is seen, too

/** @param {import('../core/traces.js').Span[]} spans  one at least */
export function traceChart(spans) {
  const rows = tree(spans);
  const began = Math.min(...spans.map(({ start }) => start));
  const length = Math.max(max(spans.map(({ end }) => end)) - began, 0.001);
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Spans' },
    h(
      'table',
      { class: 'trace' },
      h('thead', {}, h('tr', {}, ['service', 'takes', duration(length * 1000), 'begins', 'span'].map((each) => h('th', { scope: 'col' }, each)))),
      h('tbody', {}, rows.map(({ span, depth }) => row(span, depth, began, length))),
    ),
  );
}

/** @param {import('../core/traces.js').Span} span @param {number} depth @param {number} began @param {number} length */
function row({ service, name, start, end }, depth, began, length) {
  const [x, width] = [(100 * (start - began)) / length, (100 * (end - start)) / length];
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, INDENT.repeat(depth), chip(service)),
    h('td', {}, duration((end - start) * 1000)),
    h('td', {}, bar(service, Math.min(x, 100 - LEAST), Math.max(width, LEAST))),
    h('td', {}, duration((start - began) * 1000)),
    h('td', {}, name),
  );
}

/** @param {string} service @param {number} x @param {number} width  both in per cent */
const bar = (service, x, width) =>
  s('svg', { class: `span ${accent(service)}`, 'aria-hidden': 'true' }, s('rect', { x: `${x}%`, width: `${width}%`, height: '100%' }));
