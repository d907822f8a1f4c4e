// A run of an experiment that has no picture here: what the bench says of it, and its rows.

import { h } from '../core/dom.js';
import { summaryBox } from './summary.js';
import { foldedTable, tableOf } from './table.js';

export function rowsPicture() {
  const summary = summaryBox();
  const table = foldedTable('Results as a table');
  const element = h('figure', { class: 'picture' }, summary.element, table.element);

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    summary.show(sources);
    table.set(() => tableOf(sources));
  }
  return { element, draw, blocks: summary.blocks };
}
