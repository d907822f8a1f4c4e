// A run of an experiment that has no picture here: the bench's sentences, and its rows.

import { h } from '../core/dom.js';
import { summaryBox } from './summary.js';
import { detailsTable, tableOf } from './table.js';

/** @returns {import('./types.js').Picture} */
export function rowsPicture() {
  const summary = summaryBox();
  const table = detailsTable('Results as a table');
  const element = h('figure', { class: 'picture' }, summary.element, table.element);

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    summary.show(sources);
    table.set(() => tableOf(sources));
  }
  return { element, draw, blocks: summary.blocks };
}
