// What the colours, the dashes and the marks of curves mean.

import { inOrder } from '../core/catalog.js';
import { h, s } from '../core/dom.js';
import { DASHES } from './points.js';
import { swatch } from './swatch.js';

/** @param {import('./types.js').Source[]} sources */
export function keys(sources) {
  const names = inOrder([...new Set(sources.flatMap(({ record }) => record.run.contenders))]);
  const sign = (kind, text) =>
    h(
      'li',
      {},
      s('svg', { class: `sign ${kind}`, viewBox: '0 0 12 12', 'aria-hidden': 'true' }, ...SIGNS[kind]()),
      text,
    );
  const runs =
    sources.length < 2
      ? []
      : sources.map(({ label }, place) =>
          h(
            'li',
            {},
            s(
              'svg',
              { class: 'sample', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
              s('line', { x1: 0, x2: 24, y1: 5, y2: 5, 'stroke-dasharray': DASHES[place]?.join(' ') ?? null }),
            ),
            label,
          ),
        );
  return [
    ...names.map((name) => h('li', {}, swatch(name), name)),
    ...runs,
    sign('errors', 'errors'),
    sign('limited', 'load generator limit'),
    sign('doubtful', 'validity warning'),
    sign('spread', 'spread of repeats'),
  ];
}

const SIGNS = {
  errors: () => [s('path', { d: 'M2 2l8 8M10 2l-8 8' })],
  limited: () => [s('path', { d: 'M6 1.5L11 10H1z' })],
  doubtful: () => [s('circle', { cx: 6, cy: 6, r: 4 })],
  spread: () => [s('path', { d: 'M6 0v12' }), s('circle', { class: 'full', cx: 6, cy: 6, r: 3 })],
};
