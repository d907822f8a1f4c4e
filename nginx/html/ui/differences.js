// How far the second of two runs differs from the first: as the records compute it, unpaired.

import { brief } from '../charts/scales.js';
import { h } from '../core/dom.js';

const signed = (number) => `${number > 0 ? '+' : number < 0 ? '−' : ''}${brief(Math.abs(number))} %`;
const HEAD = ['contender', 'figure', 'run 1', 'run 2', 'difference', '95 % interval', 'repeats'];

/** @param {{differing: Record<string, [any, any]>, items: any[], notes: string[]}} comparison */
export function differences({ differing, items, notes }) {
  const settings = Object.entries(differing).map(([name, [a, b]]) => `${name} ${shown(a)} and ${shown(b)}`);
  return h(
    'section',
    { class: 'differences' },
    h('h2', {}, 'Run 2 against run 1'),
    settings.length > 0 && h('p', { class: 'warn' }, `The runs differ in their parameters: ${settings.join('; ')}.`),
    items.length > 0 && table(items),
    notes.map((note) => h('p', { class: 'aside' }, note)),
  );
}

const shown = (value) => (value === null ? 'unset' : Array.isArray(value) ? value.join(' ') : String(value));

function table(items) {
  const head = h('thead', {}, h('tr', {}, HEAD.map((name) => h('th', { scope: 'col' }, name))));
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Differences' },
    h('table', {}, head, h('tbody', {}, items.map(line))),
  );
}

function line({ contender, point, workers, title, a, b, difference_pct, low_pct, high_pct, repeats_a, repeats_b, found }) {
  const at = point ?? workers;
  const ends = low_pct === null ? 'none' : `${signed(low_pct)} to ${signed(high_pct)}`;
  return h(
    'tr',
    { class: found ? 'found' : '' },
    [
      at === undefined ? contender : `${contender}, ${brief(at)}${workers === undefined ? '' : ' workers'}`,
      title,
      brief(a),
      brief(b),
      signed(difference_pct),
      found || low_pct === null ? ends : `${ends}: none found`,
      `${repeats_a}, ${repeats_b}`,
    ].map((cell) => h('td', {}, cell)),
  );
}
