// How far the second of two runs differs from the first: as the records compute it, unpaired.

import { brief } from '../charts/scales.js';
import { h } from '../core/dom.js';

/** @param {number} number */
const percent = (number) => `${number > 0 ? '+' : number < 0 ? '−' : ''}${brief(Math.abs(number))} %`;
const HEAD = ['contender', 'metric', 'run 1', 'run 2', 'difference', '95 % interval', 'repeats'];

/** @param {{differing: Record<string, [any, any]>, items: any[], notes: string[]}} comparison */
export function differences({ differing, items, notes }) {
  const settings = Object.entries(differing).map(([name, [a, b]]) => `${name} ${format(a)} and ${format(b)}`);
  return h(
    'section',
    { class: 'differences' },
    h('h2', {}, 'Run 2 against run 1'),
    settings.length > 0 && h('p', { class: 'warn' }, `The runs differ in their parameters: ${settings.join('; ')}.`),
    items.length > 0 && table(items),
    notes.map((note) => h('p', { class: 'aside' }, note)),
  );
}

/** @param {unknown} value */
const format = (value) => (value === null ? 'unset' : Array.isArray(value) ? value.join(' ') : String(value));

/** @param {any[]} items */
function table(items) {
  const head = h('thead', {}, h('tr', {}, HEAD.map((name) => h('th', { scope: 'col' }, name))));
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Differences' },
    h('table', {}, head, h('tbody', {}, items.map(line))),
  );
}

/** @param {any} item */
function line({ contender, point, workers, title, a, b, difference_pct, low_pct, high_pct, repeats_a, repeats_b, found }) {
  const at = point ?? workers;
  const ends = low_pct === null ? 'none' : `${percent(low_pct)} to ${percent(high_pct)}`;
  return h(
    'tr',
    { class: found ? 'found' : '' },
    [
      at === undefined ? contender : `${contender}, ${brief(at)}${workers === undefined ? '' : ' workers'}`,
      title,
      brief(a),
      brief(b),
      percent(difference_pct),
      found || low_pct === null ? ends : `${ends}: unclear`,
      `${repeats_a}, ${repeats_b}`,
    ].map((cell) => h('td', {}, cell)),
  );
}
