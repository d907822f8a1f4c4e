// What a run is doing, and what became of one that has nothing to show, in words.

import { over } from './record.js';

/** Sweeps and rates go through the contenders in turn, so that the number of rows says whose turn it is. */
const turn = ({ run, rows }) => run.contenders[rows.length % run.contenders.length];
const round = ({ run, rows }) => Math.floor(rows.length / run.contenders.length);
const point = (record, points) => points[round(record) % points.length];

const DOING = {
  sweep: (record) => `${turn(record)}, ${point(record, record.run.params.points)} in flight`,
  rate: (record) => `${turn(record)}, ${record.run.params.rate} requests a second`,
};

/** @param {import('./record.js').Recording} record */
export function doing(record) {
  const { run, live } = record;
  if (over(run)) return '';
  if (run.state === 'queued') return 'Waiting in the queue …';
  const what = DOING[run.experiment]?.(record) ?? live?.contender;
  return what ? `Measuring ${what} …` : 'Getting ready …';
}

/** @param {import('./record.js').Recording} record */
export function ending({ run, rows }) {
  if (run.state === 'failed') return `It failed: ${run.error ?? 'docker compose logs bench may say why'}`;
  if (run.state !== 'cancelled') return run.error ?? '';
  const measured = rows.length ? '; this is what it had measured by then.' : ' before it had measured anything.';
  return `It was cancelled${measured}`;
}
