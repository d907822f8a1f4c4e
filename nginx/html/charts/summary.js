// The bench's conclusion of a run, which this page shows and does not compute: sentences, and rows of figures.

import { h, patch, setText } from '../core/dom.js';
import { isFinished } from '../core/record.js';

/**
 * The last summary; undefined while the run goes on, and for runs of versions that had none.
 * @param {import('../core/record.js').Recording} record
 */
const summaryOf = ({ run, notices }) => (isFinished(run) ? notices.summary : undefined);

/** @param {import('../core/record.js').Recording} record @returns {string[]} */
export const sentencesOf = (record) => summaryOf(record)?.sentences ?? [];

/** @param {import('../core/record.js').Recording} record @returns {Record<string, any>[]} */
export const rowsOf = (record) => summaryOf(record)?.rows ?? [];

/** The sentences of one run, the first of them as its headline; of several runs, each behind its label. */
export function summaryBox() {
  const headline = h('p', { class: 'sentence', role: 'status' });
  const others = h('div', { class: 'sentences' });
  const element = h('div', { class: 'summary-box' }, headline, others);
  let shown = '';

  /** @param {import('./types.js').Source[]} sources */
  function show(sources) {
    const all = sources.map(({ record, label }) => ({ label, sentences: sentencesOf(record) }));
    const state = JSON.stringify([all, sources.map(({ record }) => isFinished(record.run))]);
    if (state === shown) return;
    shown = state;
    const [first, ...rest] = all.length === 1 ? all[0].sentences : [''];
    setText(headline, first ?? '');
    headline.hidden = all.length > 1 || (isFinished(sources[0].record.run) && !first); // else it keeps its room
    patch(others, {}, all.length === 1 ? rest.map((sentence) => h('p', {}, sentence)) : all.map(withLabel));
  }
  /** @param {{label: string, sentences: string[]}} run */
  const withLabel = ({ label, sentences }) =>
    sentences.length > 0 && h('p', {}, h('strong', {}, `${label}: `), sentences.join(' '));

  /** @returns {import('./types.js').Block[]} */
  const blocks = () => [
    { text: headline.textContent, big: true },
    ...[...others.children].map(({ textContent }) => ({ text: textContent })),
  ];
  return { element, show, blocks };
}
