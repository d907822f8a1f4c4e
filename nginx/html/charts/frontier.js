// What each configuration gives for what it costs. Which of them no other one beats, the frontier, is the bench's word.

import { inOrder } from '../core/catalog.js';
import { chart } from './chart.js';
import { max } from './numbers.js';
import { brief, fromZero, rangeOf, values } from './scales.js';
import { markOf } from './points.js';
import { rowsOf } from './summary.js';
import { accent, shape } from './swatch.js';

/**
 * @typedef {import('./points.js').Row} Row
 * What a configuration costs or gives: an axis, and its value in a row.
 * @typedef {import('./types.js').Axis & {of: (row: Row) => ?number}} Dimension
 */

const DASH = [2, 3];
/** @type {Dimension} */
export const P99 = { label: 'p99 in ms', unit: brief, log: 10, of: ({ p99_ms: y }) => y };
/** @type {Dimension} */
export const RATE = { label: 'req/s', unit: brief, of: ({ rate }) => rate };
/** @type {Dimension} */
export const MEMORY = { label: 'MiB', unit: brief, of: ({ memory_mb: x }) => x };
/** @type {Dimension} */
export const CORES = { label: 'cores', unit: brief, of: ({ cpu_pct: x }) => (typeof x === 'number' ? x / 100 : null) };

/**
 * Of one run, as its summary has it; none while it goes on, for several runs, and for runs of earlier versions.
 * @param {[title: string, cost: Dimension, gain: Dimension][]} weighed  a chart each
 */
export function frontierCharts(weighed) {
  const charts = weighed.map(([title, x, y]) => ({ x, y, chart: chart(title) }));

  /** @param {import('./types.js').Source[]} sources @returns {boolean} whether there is something to draw */
  function has(sources) {
    return sources.length === 1 && rowsOf(sources[0].record).some(({ frontier }) => frontier);
  }

  /** @param {import('./types.js').Source[]} sources */
  function draw([{ record }]) {
    for (const each of charts) {
      const series = seriesOf(record, each.x, each.y);
      const all = values(series);
      const range = each.y.log ? rangeOf(all) : fromZero(max(all) * 1.15);
      const end = max(series.flatMap(({ points }) => points.map(({ x }) => x)));
      each.chart.draw({ series, x: { ...each.x, range: fromZero(end * 1.2) }, y: { ...each.y, range } });
    }
  }

  return {
    elements: charts.map((each) => each.chart.element),
    has,
    draw,
    blocks: () => charts.filter((each) => each.chart.element.isConnected).flatMap((each) => each.chart.blocks()),
  };
}

/**
 * The configurations of each contender, named by their number of workers, and a line through the frontier.
 * @param {import('../core/record.js').Recording} record
 * @param {Dimension} cost
 * @param {Dimension} gain
 * @returns {import('./types.js').Series[]}
 */
function seriesOf(record, cost, gain) {
  const known = rowsOf(record).filter((row) => typeof cost.of(row) === 'number' && typeof gain.of(row) === 'number');
  /** @param {Row} row */
  const pointOf = (row) => ({ x: cost.of(row) ?? NaN, y: gain.of(row) ?? NaN }); // it is known
  const line = known.filter(({ frontier }) => frontier).map(pointOf);
  return [
    {
      key: 'frontier',
      label: 'frontier',
      accent: 'accent-none',
      dash: DASH,
      points: line.sort((one, other) => one.x - other.x),
    },
    ...inOrder(record.run.contenders).map((contender) => ({
      key: contender,
      label: contender,
      accent: accent(contender),
      shape: shape(contender),
      line: false,
      points: known.filter((row) => row.contender === contender).map((row) => ({ ...pointOf(row), ...signsOf(row, gain) })),
    })),
  ];
}

/**
 * A warning makes a point hollow; of a p99, its repeats reach from the lowest to the highest.
 * @param {Row} row
 * @param {Dimension} gain
 */
const signsOf = (row, gain) => ({
  mark: markOf(row),
  label: `${row.contender} ${row.workers}`,
  ...(gain === P99 && row.repeats > 1 ? { low: row.p99_low_ms, high: row.p99_high_ms } : {}),
});
