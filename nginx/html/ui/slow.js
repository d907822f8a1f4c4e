// Slow-client outcomes of a run: how many were served, dropped or refused, and how many were held.

import { PATHS } from '../charts/probes.js';
import { h } from '../core/dom.js';

const COUNTS = ['connected', 'holding', 'answered', 'dropped', 'refused'];

export function slowClients() {
  const body = h('tbody');
  const element = h(
    'div',
    { class: 'table slow', tabindex: 0, role: 'region', 'aria-label': 'Slow clients', hidden: true },
    h(
      'table',
      {},
      h('caption', {}, 'Slow-client outcomes'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['contender', 'path', ...COUNTS].map((column) => h('th', { scope: 'col' }, column)),
        ),
      ),
      body,
    ),
  );
  return {
    element,
    /** @param {import('../core/record.js').Recording} record */
    show({ notices: { slow } }) {
      element.hidden = !slow.length;
      body.replaceChildren(...slow.map(row));
    },
  };
}

/** @param {any} notice */
const row = (notice) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, notice.contender),
    h('td', {}, PATHS[notice.via] ?? notice.via),
    COUNTS.map((count) => h('td', {}, notice[count])),
  );
