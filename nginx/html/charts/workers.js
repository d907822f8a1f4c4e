// How many workers, and which: what each number of them carries, or how long it takes, beside what theory says.

import { inOrder } from '../core/catalog.js';
import { h, keepChildren, s } from '../core/dom.js';
import { over } from '../core/record.js';
import { copyButton } from '../ui/copy.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { frontierCharts } from './frontier.js';
import { keys } from './key.js';
import { least, most } from './numbers.js';
import { rangeOf, brief, values } from './scales.js';
import { summaryBox } from './summary.js';
import { accent, shape } from './swatch.js';
import { foldedTable } from './table.js';

const THEORY = [4, 5]; // its dashes
const LATENCY = { label: 'ms', unit: brief, log: 10 };

/** Each chart: its title, the column that was measured, that of theory, the vertical axis. */
const CHARTS = {
  workers: [
    ['Capacity', 'rate', 'predicted_rate', { label: 'req/s', unit: brief }],
    ['Latency p99', 'p99_ms', null, LATENCY],
    ['Memory', 'memory_mb', null, { label: 'MiB', unit: brief }],
  ],
  advise: [
    ['Latency p99', 'p99_ms', 'predicted_p99_ms', LATENCY],
    ['CPU', 'cpu_pct', null, { label: '% of one core', unit: brief }],
    ['Memory', 'memory_mb', null, { label: 'MiB', unit: brief }],
  ],
};

const GAIN = 1.15; // times what fewer workers carry, below which more are not worth their memory: bench/experiments/workers.py

const theoryKey = () =>
  h(
    'li',
    {},
    s(
      'svg',
      { class: 'sample', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
      s('line', { x1: 0, x2: 24, y1: 5, y2: 5, 'stroke-dasharray': THEORY.join(' ') }),
    ),
    'model',
  );

const KEPT = new Map([
  [true, 'met'],
  [false, 'missed'],
]);

/** @param {'workers' | 'advise'} experiment */
export function workersPicture(experiment) {
  const summary = summaryBox();
  const answer = h('p', { class: 'command answer-line', hidden: true });
  const legend = h('ul', { class: 'legend' });
  const curves = h('div', { class: 'charts' });
  const table = foldedTable(experiment === 'advise' ? 'Results as a table' : 'Points as a table');
  const element = h('figure', { class: 'picture load' }, summary.element, answer, legend, curves, table.element);
  const charts = CHARTS[experiment].map(([title, column, theory, y]) => ({ title, column, theory, y, chart: chart(title, { group: 'workers' }) }));
  const frontier = frontierCharts(experiment);
  let shown = [];
  let command = '';
  frame(element, () => draw(shown));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => element.isConnected && draw(shown));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    if (!sources.length) return;
    summary.show(sources);
    toPaste(sources);
    const all = keys(sources);
    const names = new Set(sources.flatMap(({ record }) => record.run.contenders));
    legend.replaceChildren(...all.slice(0, names.size), theoryKey(), all.at(-2)); // the last but one: a validity warning
    const counts = sources.flatMap(({ record }) => record.rows.map(({ workers }) => workers)).filter(Boolean);
    const ticks = new Map([...new Set(counts)].map((count) => [count, String(count)]));
    const x = { label: 'workers', log: 2, ticks, range: [least(counts.concat(1)) / 1.2, most(counts.concat(2)) * 1.2] };
    const measured = charts.filter(({ column }) => values(lines(sources, column)).length);
    const weighed = frontier.has(sources);
    keepChildren(curves, [...(weighed ? frontier.elements : []), ...measured.map((each) => each.chart.element)]);
    if (weighed) frontier.draw(sources);
    for (const each of measured) {
      const series = [...lines(sources, each.column), ...(each.theory ? lines(sources, each.theory, THEORY) : [])];
      const all = values(series);
      const promise = each.title === 'Latency p99' ? sources[0].record.run.params.p99_ms : undefined;
      const range = each.y === LATENCY ? rangeOf([...all, promise].filter(Boolean)) : [0, most(all) * 1.08 || 1];
      const threshold = promise && { y: promise, label: `target ${promise} ms` };
      each.chart.draw({ series, named: true, x, y: { ...each.y, range }, threshold });
    }
    table.set(() => tableOf(sources));
  }

  /** The command line of a recommendation. */
  function toPaste(sources) {
    const [{ record }] = sources;
    command = (sources.length === 1 && over(record.run) && record.notices.advice?.at(-1)?.command) || '';
    answer.hidden = !command;
    if (command) answer.replaceChildren(h('code', {}, command), copyButton(() => command));
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

/** A column over the number of workers: a series for each contender and run. */
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

function pointsOf(record, contender, column) {
  const rows = record.rows
    .filter((row) => row.contender === contender && row.workers)
    .sort((one, other) => one.workers - other.workers);
  const carried = rows.filter(({ rate }) => rate !== null);
  const knee = column === 'rate' && carried.find(({ rate }) => rate * GAIN >= most(carried.map((row) => row.rate)));
  return rows.map((row) => ({
    x: row.workers,
    y: row[column],
    mark: row.doubted ? 'doubtful' : 'plain',
    label: row === knee && over(record.run) ? 'knee' : undefined,
  }));
}

function tableOf(sources) {
  const rows = sources.flatMap(({ record }) => record.rows);
  const columns = Object.keys(rows[0] ?? {});
  const cell = (value) => KEPT.get(value) ?? (typeof value === 'number' ? +value.toFixed(2) : value);
  return [columns, rows.map((row) => columns.map((column) => cell(row[column])))];
}
