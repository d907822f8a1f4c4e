// What a run is doing, and how it ended, in words.

import { isFinished } from '../core/record.js';

/** @param {import('../core/record.js').Recording} record */
export function activity(record) {
  const { run, notices } = record;
  if (isFinished(run)) return '';
  if (run.state === 'queued') return 'Queued …';
  const what = notices.measuring?.what;
  return what ? `Measuring ${what} …` : 'Preparing …';
}

/** @param {import('../core/record.js').Recording} record */
export function outcome({ run, rows }) {
  if (run.state === 'failed') return `The run failed: ${run.error ?? 'see docker compose logs bench'}`;
  if (run.state !== 'cancelled') return run.error ?? '';
  const measured = rows.length ? '; partial results are shown.' : ' before any results came in.';
  return `The run was cancelled${measured}`;
}
