// The rows of a picture as a table, which a screen reader can read; made when it is opened.

import { h } from '../core/dom.js';

/** @param {string} label */
export function detailsTable(label) {
  const place = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label });
  const element = h('details', { class: 'table' }, h('summary', {}, label), place);
  /** @type {() => [string[], any[][]]} */
  let content = () => [[], []];
  const fill = () => {
    if (!element.open) return;
    const [columns, rows] = content();
    place.replaceChildren(
      h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            columns.map((column) => h('th', { scope: 'col' }, column)),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map((row) =>
            h(
              'tr',
              {},
              row.map((cell) => h('td', {}, cell ?? '')),
            ),
          ),
        ),
      ),
    );
  };
  element.addEventListener('toggle', fill);
  return {
    element,
    /** @param {() => [string[], any[][]]} made */
    set(made) {
      content = made;
      fill();
    },
  };
}

/**
 * All columns of all rows; `words` instead of some values.
 * @param {import('./types.js').Source[]} sources
 * @param {Map<unknown, string>} words
 * @returns {[string[], any[][]]}
 */
export function tableOf(sources, words = new Map()) {
  const rows = sources.flatMap(({ record }) => record.rows);
  const columns = Object.keys(rows[0] ?? {});
  /** @param {unknown} value */
  const cell = (value) => words.get(value) ?? (typeof value === 'number' ? +value.toFixed(2) : value);
  return [columns, rows.map((row) => columns.map((column) => cell(row[column])))];
}

export function requestTable() {
  const table = detailsTable('Requests as a table');
  const columns = [
    'contender',
    'request',
    'container',
    'process',
    'lane',
    'started (ms)',
    'finished (ms)',
    'received (ms)',
    'status',
    'error',
  ];
  /** @param {?number} number */
  const ms = (number) => (number === null ? '' : number.toFixed(1));
  /** @param {import('./lanes.js').Panel[]} panels @returns {any[][]} */
  const rows = (panels) =>
    panels.flatMap(({ label, lanes }) =>
      lanes.processes.flatMap((process) =>
        process.lanes.flatMap((lane) =>
          lane.bars.map(({ row, started, finished, received }) => [
            label,
            row.seq,
            row.host,
            row.pid,
            row.lane,
            ms(started),
            ms(finished),
            ms(received),
            row.status,
            row.error,
          ]),
        ),
      ),
    );
  return {
    element: table.element,
    /** @param {import('./lanes.js').Panel[]} panels */
    set: (panels) => table.set(() => [columns, rows(panels)]),
  };
}
