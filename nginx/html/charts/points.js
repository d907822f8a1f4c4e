// The rows of a sweep, a rate or a capacity run as series: the median of a point's repeats, and how far they spread.

import { inOrder } from '../core/catalog.js';
import { max, median, min } from './numbers.js';
import { accent, shape } from './swatch.js';

const TAIL = new Set(['p90_ms', 'p99_ms', 'p999_ms']); // which a warning of too few responses is about
const RARE = 1000; // requests, below which the p99.9 is but the slowest of them

export const DASHES = [undefined, [8, 4], [2, 3], [10, 3, 2, 3]]; // one a run, where several are compared

/**
 * A row of the results, and one with the notice that followed it.
 * @typedef {Record<string, any>} Row
 * @typedef {{row: Row, notice: any}} Repeat
 *
 * A column by its name, or computed.
 * @typedef {string | ((row: Row, notice: any) => number | null | undefined)} Column
 */

/**
 * A percentile of a row, or of its uncorrected figures; null where too few requests have one.
 * @param {Row} row
 * @param {string} column
 * @param {?Record<string, number>} figures
 * @returns {number | null | undefined}
 */
export const quantile = (row, column, figures = row) =>
  column === 'p999_ms' && row.requests < RARE ? null : figures?.[column];

/**
 * A column over the points: one series a contender and run.
 * @param {import('./types.js').Source[]} sources
 * @param {Column} column
 * @returns {import('./types.js').Series[]}
 */
export function seriesOf(sources, column) {
  const tail = typeof column === 'string' && TAIL.has(column);
  const value = typeof column === 'string' ? (/** @type {Row} */ row) => quantile(row, column) : column;
  return sources.flatMap(({ record, label }, place) =>
    inOrder(record.run.contenders).map((contender) => ({
      key: `${record.run.id}/${contender}`,
      label: label ? `${contender} (${label})` : contender,
      accent: accent(contender),
      shape: shape(contender),
      dash: DASHES[place],
      points: points(record, contender).map(({ x, rows }) => point(x, rows, value, tail)),
    })),
  );
}

/**
 * @param {number} x
 * @param {Repeat[]} rows
 * @param {(row: Row, notice: any) => number | null | undefined} value
 * @param {boolean} tail
 * @returns {import('./types.js').Point}
 */
function point(x, rows, value, tail) {
  const values = rows.flatMap(({ row, notice }) => {
    const each = value(row, notice);
    return typeof each === 'number' && each >= 0 ? [each] : [];
  });
  if (!values.length)
    return { x, y: null, mark: rows.some(({ row }) => row.errors + row.timeouts > 0) ? 'failed' : 'plain' };
  return { x, y: median(values), low: min(values), high: max(values), mark: worst(rows, tail) };
}

/**
 * What is wrong with a point, the worst first; `tail`: of a percentile, to which all warnings apply.
 * @param {Repeat[]} rows
 * @param {boolean} tail
 * @returns {import('./types.js').Mark}
 */
export function worst(rows, tail = true) {
  if (rows.some(({ row }) => row.errors + row.timeouts > 0)) return 'errors';
  if (rows.some(({ notice }) => notice?.generator_limited)) return 'limited';
  /** @param {Repeat} repeat */
  const hasWarning = ({ notice }) =>
    notice?.doubts?.some((/** @type {{percentile?: boolean}} */ doubt) => tail || !doubt.percentile);
  return rows.some(hasWarning) ? 'doubtful' : 'plain';
}

/** Of a row that has a mark of its own. @param {Row} row @returns {import('./types.js').Mark} */
export const markOf = (row) => (row.doubted ? 'doubtful' : 'plain');

/**
 * The rows of a contender by their point, each with the notice that followed it.
 * @param {import('../core/record.js').Recording} record
 * @param {string} contender
 * @returns {{x: number, rows: Repeat[]}[]}
 */
export function points(record, contender) {
  /** @type {Map<number, Repeat[]>} */
  const found = new Map();
  const notices = new Map(record.notices.points.map((notice) => [noticeKey(notice), notice]));
  for (const row of record.rows) {
    if (row.contender !== contender) continue;
    if (!found.has(row.point)) found.set(row.point, []);
    found.get(row.point)?.push({ row, notice: notices.get(noticeKey(row)) });
  }
  return [...found].map(([x, rows]) => ({ x, rows })).sort((one, other) => one.x - other.x);
}

/** @param {{contender: string, point: number, repeat: number}} row */
const noticeKey = ({ contender, point: at, repeat }) => `${contender}/${at}/${repeat}`;
