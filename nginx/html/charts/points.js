// The rows of a sweep, a rate or a capacity run as series: the median of a point's repeats, and how far they spread.

import { inOrder } from '../core/catalog.js';
import { least, median, most } from './numbers.js';
import { accent, shape } from './swatch.js';

const TAIL = new Set(['p90_ms', 'p99_ms', 'p999_ms']); // of which a warning that there are too few responses speaks
const RARE = 1000; // requests, below which the p99.9 is but the slowest of them

export const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]]; // one a run, where several are compared

/** A percentile of a row, or of its uncorrected figures; null where too few requests have one. */
export const quantile = (row, column, figures = row) =>
  column === 'p999_ms' && row.requests < RARE ? null : figures?.[column];

/**
 * A column over the points: one series a contender and run.
 * @param {import('./types.js').Source[]} sources
 * @param {string | ((row: any, notice: any) => ?number)} column
 * @returns {import('./types.js').Series[]}
 */
export function seriesOf(sources, column) {
  const value = typeof column === 'string' ? (row) => quantile(row, column) : column;
  return sources.flatMap(({ record, label }, place) =>
    inOrder(record.run.contenders).map((contender) => ({
      key: `${record.run.id}/${contender}`,
      label: label ? `${contender} (${label})` : contender,
      accent: accent(contender),
      shape: shape(contender),
      dash: DASHES[place],
      points: points(record, contender).map(({ x, rows }) => point(x, rows, value, TAIL.has(column))),
    })),
  );
}

function point(x, rows, value, tail) {
  const values = rows.map(({ row, notice }) => value(row, notice)).filter((each) => each >= 0 && each !== null);
  if (!values.length)
    return { x, y: null, mark: rows.some(({ row }) => row.errors + row.timeouts > 0) ? 'failed' : 'plain' };
  return { x, y: median(values), low: least(values), high: most(values), mark: worst(rows, tail) };
}

/** What is wrong with a point, the worst first; `tail`: of a percentile, to which all warnings apply. */
export function worst(rows, tail = true) {
  if (rows.some(({ row }) => row.errors + row.timeouts > 0)) return 'errors';
  if (rows.some(({ notice }) => notice?.generator_limited)) return 'limited';
  const doubted = ({ notice }) => notice?.doubts?.some((doubt) => tail || !doubt.percentile);
  return rows.some(doubted) ? 'doubtful' : 'plain';
}

/** The rows of a contender by their point, each with the notice that followed it. */
export function points(record, contender) {
  const found = new Map();
  const notices = new Map(record.notices.points.map((notice) => [noticeKey(notice), notice]));
  for (const row of record.rows) {
    if (row.contender !== contender) continue;
    if (!found.has(row.point)) found.set(row.point, []);
    found.get(row.point).push({ row, notice: notices.get(noticeKey(row)) });
  }
  return [...found].map(([x, rows]) => ({ x, rows })).sort((one, other) => one.x - other.x);
}

const noticeKey = ({ contender, point: at, repeat }) => `${contender}/${at}/${repeat}`;
