// What is known of a run so far: the run itself, its rows, and its notices by type.

/**
 * @typedef {import('./api.js').Run} Run
 * Whose turn it is: when its first request was sent, in seconds by the lab's clock, and in ms by this browser's.
 * @typedef {{contender: string, sent: number, since: number}} Live
 * @typedef {{run: Run, rows: any[], notices: Record<string, any[]>, live: ?Live, apart: number}} Recording
 */

const FINAL = ['done', 'failed', 'cancelled'];
export const over = (run) => FINAL.includes(run.state);

/** @returns {Recording} */
export const recording = (run) => ({ run, rows: [], notices: {}, live: null, apart: Infinity });

/** @param {Recording} record */
export function apply(record, { type, data }) {
  if (type === 'state') moved(record, data.state);
  else if (type === 'progress') record.run = { ...record.run, progress: data.progress };
  else if (type === 'sample') sampled(record, data);
  else {
    (record.notices[type] ??= []).push(data);
    if (type === 'contender') turned(record, data);
  }
}

function turned(record, { contender, at }) {
  record.live = { contender, sent: at, since: NaN };
  heard(record, at);
}

function sampled(record, row) {
  record.rows.push(row);
  if (record.live?.contender !== row.contender) return;
  record.live.sent = Math.min(record.live.sent, row.sent);
  heard(record, row.received);
}

/** Two clocks are as far apart as the event says that was heard soonest after its moment: none is heard before it. */
function heard(record, moment) {
  if (typeof moment === 'number') record.apart = Math.min(record.apart, performance.now() - moment * 1000);
  record.live.since = record.live.sent * 1000 + record.apart;
}

function moved(record, state) {
  record.run = { ...record.run, state };
  if (state === 'queued' || state === 'running')
    Object.assign(record, { rows: [], notices: {}, live: null }); // of a lost attempt
  if (over(record.run)) record.live = null;
}
