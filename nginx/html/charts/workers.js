// How many workers, and which: what each number of them carries, or how long it takes, beside what theory predicts.

import { inOrder } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { isFinished } from '../core/record.js';
import { copyable } from '../ui/copy.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { CORES, frontierCharts, MEMORY, P99, RATE } from './frontier.js';
import { keys } from './key.js';
import { max, min } from './numbers.js';
import { markOf } from './points.js';
import { brief, fromZero, rangeOf, values } from './scales.js';
import { rowsOf, summaryBox } from './summary.js';
import { accent, shape } from './swatch.js';
import { detailsTable, tableOf } from './table.js';

/** @typedef {import('./frontier.js').Dimension} Dimension */

const THEORY = [4, 5]; // its dashes
/** @type {import('./types.js').Axis} */
const LATENCY = { label: 'ms', unit: brief, log: 10 };

const VERDICTS = new Map([
  [true, 'met'],
  [false, 'missed'],
]);

/** Of each number of workers, the rate that it carries. */
export const capacityPicture = () =>
  workersPicture('Points as a table', [['Capacity against memory', MEMORY, RATE]], [
    ['Capacity', 'rate', 'predicted_rate', { label: 'req/s', unit: brief }],
    ['Latency p99', 'p99_ms', null, LATENCY],
    ['Memory', 'memory_mb', null, { label: 'MiB', unit: brief }],
  ]);

/** Of each that was tried at one rate, how long it takes. */
export const advicePicture = () =>
  workersPicture('Results as a table', [['p99 against memory', MEMORY, P99], ['p99 against cores', CORES, P99]], [
    ['Latency p99', 'p99_ms', 'predicted_p99_ms', LATENCY],
    ['CPU', 'cpu_pct', null, { label: '% of one core', unit: brief }],
    ['Memory', 'memory_mb', null, { label: 'MiB', unit: brief }],
  ]);

/**
 * @param {string} caption  of its table
 * @param {[title: string, cost: Dimension, gain: Dimension][]} weighed  a chart of the frontier each
 * @param {[title: string, measured: string, predicted: ?string, y: import('./types.js').Axis][]} curves  a chart each
 */
function workersPicture(caption, weighed, curves) {
  const summary = summaryBox();
  const answer = h('p', { class: 'command answer-line', hidden: true });
  const legend = h('ul', { class: 'legend' });
  const place = h('div', { class: 'charts' });
  const table = detailsTable(caption);
  const element = h('figure', { class: 'picture load' }, summary.element, answer, legend, place, table.element);
  const charts = curves.map(([title, column, theory, y]) => ({ title, column, theory, y, chart: chart(title, { group: 'workers' }) }));
  const frontier = frontierCharts(weighed);
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  let command = '';
  frame(element, () => draw(shown));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    if (!sources.length) return;
    summary.show(sources);
    toPaste(sources);
    legend.replaceChildren(...keys(sources, { dashes: [['model', THEORY]], marks: ['doubtful'] }));
    const counts = sources.flatMap(({ record }) => record.rows.map(({ workers }) => workers)).filter(Boolean);
    const ticks = new Map([...new Set(counts)].map((count) => [count, String(count)]));
    /** @type {import('./types.js').Axis} */
    const x = { label: 'workers', log: 2, ticks, range: [min(counts.concat(1)) / 1.2, max(counts.concat(2)) * 1.2] };
    const measured = charts.filter(({ column }) => values(lines(sources, column)).length);
    const shows = frontier.has(sources);
    patch(place, {}, [...(shows ? frontier.elements : []), ...measured.map((each) => each.chart.element)]);
    if (shows) frontier.draw(sources);
    for (const each of measured) {
      const series = [...lines(sources, each.column), ...(each.theory ? lines(sources, each.theory, THEORY) : [])];
      const all = values(series);
      const target = each.title === 'Latency p99' ? sources[0].record.run.params.p99_ms : undefined;
      const range = each.y === LATENCY ? rangeOf([...all, target].filter(Boolean)) : fromZero(max(all) * 1.08 || 1);
      const threshold = target && { y: target, label: `target ${target} ms` };
      each.chart.draw({ series, named: true, x, y: { ...each.y, range }, threshold });
    }
    table.set(() => tableOf(sources, VERDICTS));
  }

  /** The command line of a recommendation. @param {import('./types.js').Source[]} sources */
  function toPaste(sources) {
    const [{ record }] = sources;
    command = (sources.length === 1 && isFinished(record.run) && record.notices.advice?.command) || '';
    answer.hidden = !command;
    if (command) answer.replaceChildren(...copyable(command));
  }

  const blocks = () => [
    ...summary.blocks(),
    ...(command ? [{ text: command }] : []),
    { key: [...legend.children] },
    ...frontier.blocks(),
    ...charts.filter((each) => each.chart.element.isConnected).flatMap((each) => each.chart.blocks()),
  ];
  return { element, draw, blocks };
}

/**
 * A column over the number of workers: a series for each contender and run.
 * @param {import('./types.js').Source[]} sources
 * @param {string} column
 * @param {number[]} [dash]
 * @returns {import('./types.js').Series[]}
 */
function lines(sources, column, dash) {
  return sources.flatMap(({ record, label }) =>
    inOrder(record.run.contenders).map((contender) => ({
      key: `${record.run.id}/${contender}/${column}`,
      label: label ? `${contender} (${label})` : contender,
      accent: accent(contender),
      shape: shape(contender),
      dash,
      hollow: Boolean(dash),
      points: pointsOf(record, contender, column),
    })),
  );
}

/**
 * @param {import('../core/record.js').Recording} record
 * @param {string} contender
 * @param {string} column
 * @returns {import('./types.js').Point[]}
 */
function pointsOf(record, contender, column) {
  const rows = record.rows
    .filter((row) => row.contender === contender && row.workers)
    .sort((one, other) => one.workers - other.workers);
  const knee = column !== 'rate' ? undefined : rowsOf(record).find((line) => line.contender === contender && line.knee);
  return rows.map((row) => ({
    x: row.workers,
    y: row[column],
    mark: markOf(row),
    label: row.workers === knee?.workers ? 'knee' : undefined,
  }));
}
