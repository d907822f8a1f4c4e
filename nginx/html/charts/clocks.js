// The latencies of the same requests by two clocks: since each was due, and since it was sent.

import { median } from './numbers.js';
import { points, quantile, worst } from './points.js';
import { brief } from './scales.js';
import { accent, shape } from './swatch.js';

export const PERCENTILES = [
  ['p50_ms', 'p50'],
  ['p90_ms', 'p90'],
  ['p99_ms', 'p99'],
  ['p999_ms', 'p99.9'],
  ['max_ms', 'max'],
];
/**
 * The percentiles of a contender at its last point; null where there is but one clock, as in a closed loop.
 * @param {import('./types.js').Source} source
 * @param {string} contender
 */
export function spectrum({ record, label }, contender) {
  const rows = points(record, contender)
    .filter(({ rows: own }) => own.some(({ notice }) => notice?.uncorrected))
    .at(-1);
  if (!rows) return null;
  /** @param {(each: import('./points.js').Repeat) => ?Record<string, number>} of */
  const line = (of) =>
    PERCENTILES.map(([column], x) => ({ x, y: middle(rows.rows.map((each) => quantile(each.row, column, of(each)))) }));
  const series = [
    {
      key: 'due',
      label: 'corrected',
      accent: accent(contender),
      shape: shape(contender),
      points: line(({ row }) => row).map((point) => ({ ...point, mark: worst(rows.rows) })),
    },
    {
      key: 'sent',
      label: 'uncorrected',
      accent: accent(contender),
      shape: shape(contender),
      dash: [5, 4],
      hollow: true,
      points: line(({ notice }) => notice?.uncorrected),
    },
  ];
  return {
    key: `${record.run.id}/${contender}`,
    title: `${contender}${label ? ` (${label})` : ''} at ${brief(rows.x)} req/s`,
    series,
  };
}

/** @param {(number | null | undefined)[]} numbers */
function middle(numbers) {
  const known = numbers.filter((number) => typeof number === 'number');
  return known.length ? median(known) : null;
}
