// A against B: each pair of turns as a dot, and how far the two differ, with its interval; a chart a metric.

import { h, patch } from '../core/dom.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { keys } from './key.js';
import { max, min } from './numbers.js';
import { markOf } from './points.js';
import { brief } from './scales.js';
import { rowsOf, summaryBox } from './summary.js';
import { accent, shape } from './swatch.js';
import { detailsTable, tableOf } from './table.js';

const METRICS = {
  cpu_us: 'CPU per request',
  rps: 'Throughput',
  p50_ms: 'Latency p50',
  p99_ms: 'Latency p99',
  memory_mb: 'Memory',
};
const AIR = 1.15; // times the farthest dot
const SMALLEST = 1; // per cent: dots that differ by less are no clouds to look into

/** @param {number} number */
const withSign = (number) => (number > 0 ? `+${brief(number)}` : number < 0 ? `−${brief(-number)}` : '0');

/** @returns {import('./types.js').Picture} */
export function pairsPicture() {
  const summary = summaryBox();
  const legend = h('ul', { class: 'legend' });
  const curves = h('div', { class: 'charts' });
  const table = detailsTable('Pairs as a table');
  const element = h('figure', { class: 'picture load' }, summary.element, legend, curves, table.element);
  const charts = Object.entries(METRICS).map(([metric, title]) => ({ metric, chart: chart(title, { group: 'pairs' }) }));
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  frame(element, () => draw(shown));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    if (!sources.length) return;
    summary.show(sources);
    legend.replaceChildren(...keys(sources, { marks: ['doubtful'] }));
    const drawn = charts.map((each) => ({ ...each, series: seriesOf(sources, each.metric) }));
    const known = drawn.filter(({ series }) => series.some(({ points }) => points.length));
    patch(curves, {}, known.map((each) => each.chart.element));
    const last = max(drawn.flatMap(({ series }) => series.flatMap(({ points }) => points.map(({ x }) => x))).concat(2));
    /** @type {import('./types.js').Axis} */
    const x = { label: 'pair', range: [0, last + 1], ticks: ticksOf(last, sources) };
    for (const each of known) {
      const ys = each.series
        .flatMap(({ points }) => points.flatMap(({ y, low, high }) => [y, low, high]))
        .filter((y) => typeof y === 'number');
      const reach = AIR * Math.max(SMALLEST, max(ys), -min(ys));
      /** @type {import('./types.js').Axis} */
      const y = { label: 'difference in %', unit: withSign, range: [-reach, reach] };
      each.chart.draw({ series: each.series, x, y, threshold: { y: 0, label: 'no difference' } });
    }
    table.set(() => tableOf(sources));
  }

  const blocks = () => [
    ...summary.blocks(),
    { key: [...legend.children] },
    ...charts.filter((each) => each.chart.element.isConnected).flatMap((each) => each.chart.blocks()),
  ];
  return { element, draw, blocks };
}

/** The pairs that have both turns, in order. @param {import('../core/record.js').Recording} record */
function pairsOf(record) {
  const pairs = Map.groupBy(record.rows, ({ pair }) => pair);
  return [...pairs.values()]
    .map((turns) => ['a', 'b'].map((side) => turns.find((turn) => turn.side === side)))
    .filter(([a, b]) => a && b)
    .sort(([one], [other]) => one.pair - other.pair);
}

/**
 * For each run its pairs, and behind them the whole of them with its interval.
 * @param {import('./types.js').Source[]} sources
 * @param {string} metric
 * @returns {import('./types.js').Series[]}
 */
function seriesOf(sources, metric) {
  return sources.flatMap(({ record, label }) => {
    const [a, b] = record.run.contenders;
    const pairs = pairsOf(record).filter((turns) => turns.every((turn) => turn[metric]));
    const whole = rowsOf(record).find((row) => row.metric === metric);
    const common = { accent: accent(b), shape: shape(b), line: false };
    const named = `${b} against ${a}${label ? ` (${label})` : ''}`;
    const dots = pairs.map(([one, other]) => ({
      x: one.pair,
      y: 100 * (other[metric] / one[metric] - 1),
      mark: markOf({ doubted: one.doubted || other.doubted }),
    }));
    const middle =
      whole && typeof whole.difference_pct === 'number'
        ? [{ x: placeOfAll(sources), y: whole.difference_pct, low: whole.low_pct, high: whole.high_pct }]
        : [];
    return [
      { key: `${record.run.id}/${metric}`, label: named, ...common, points: dots },
      { key: `${record.run.id}/${metric}/all`, label: `${named}, all pairs`, ...common, line: undefined, points: middle },
    ];
  });
}

/** @param {import('./types.js').Source[]} sources */
const placeOfAll = (sources) => max(sources.flatMap(({ record }) => record.rows.map(({ pair }) => pair))) + 2;

/** @param {number} last @param {import('./types.js').Source[]} sources */
function ticksOf(last, sources) {
  const end = placeOfAll(sources);
  const step = Math.max(1, Math.ceil(end / 8));
  const numbers = Array.from({ length: Math.floor((end - 2) / step) }, (_, place) => (place + 1) * step);
  const ticks = new Map(numbers.map((number) => [number, String(number)]));
  return last === end ? ticks.set(end, 'all') : ticks;
}
