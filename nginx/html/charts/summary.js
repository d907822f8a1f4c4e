// What the bench says of a run at its end, which this page shows and does not compute: sentences, and rows of figures.

import { h, setText } from '../core/dom.js';
import { over } from '../core/record.js';

/** The last summary; undefined while the run goes on, and for runs of versions that had none. */
const summaryOf = ({ run, notices }) => (over(run) ? notices.summary : undefined);

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
    const state = JSON.stringify([all, sources.map(({ record }) => over(record.run))]);
    if (state === shown) return;
    shown = state;
    const [first, ...rest] = all.length === 1 ? all[0].sentences : [''];
    setText(headline, first ?? '');
    headline.hidden = all.length > 1 || (over(sources[0].record.run) && !first); // else it keeps room for what comes
    others.replaceChildren(
      ...(all.length === 1 ? rest.map((sentence) => h('p', {}, sentence)) : all.map(labelled).filter(Boolean)),
    );
  }
  const labelled = ({ label, sentences }) =>
    sentences.length > 0 && h('p', {}, h('strong', {}, `${label}: `), sentences.join(' '));

  /** @returns {import('./types.js').Block[]} */
  const blocks = () => [
    { text: headline.textContent, big: true },
    ...[...others.children].map(({ textContent }) => ({ text: textContent })),
  ];
  return { element, show, blocks };
}
