// What a run is doing, and how it ended, in words.

import { over } from '../core/record.js';

/** @param {import('../core/record.js').Recording} record */
export function activity(record) {
  const { run, notices } = record;
  if (over(run)) return '';
  if (run.state === 'queued') return 'Waiting in the queue …';
  const what = notices.measuring?.at(-1).what;
  return what ? `Measuring ${what} …` : 'Preparing …';
}

/** @param {import('../core/record.js').Recording} record */
export function outcome({ run, rows }) {
  if (run.state === 'failed') return `The run failed: ${run.error ?? 'docker compose logs bench may show why'}`;
  if (run.state !== 'cancelled') return run.error ?? '';
  const measured = rows.length ? '; this is what it had measured by then.' : ' before it had measured anything.';
  return `The run was cancelled${measured}`;
}
