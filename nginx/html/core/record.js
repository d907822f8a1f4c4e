// A run as far as its events have arrived: the run itself, its rows, and its notices by type.

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
  if (type === 'state') setState(record, data.state);
  else if (type === 'progress') record.run = { ...record.run, progress: data.progress };
  else if (type === 'sample') addRow(record, data);
  else {
    (record.notices[type] ??= []).push(data);
    if (type === 'contender') beginTurn(record, data);
  }
}

function beginTurn(record, { contender, at }) {
  record.live = { contender, sent: at, since: NaN };
  synchronise(record, at);
}

function addRow(record, row) {
  record.rows.push(row);
  if (record.live?.contender !== row.contender) return;
  record.live.sent = Math.min(record.live.sent, row.sent);
  synchronise(record, row.received);
}

/** Two clocks are as far apart as the event shows that arrived soonest after its moment: none arrives before it. */
function synchronise(record, moment) {
  if (typeof moment === 'number') record.apart = Math.min(record.apart, performance.now() - moment * 1000);
  record.live.since = record.live.sent * 1000 + record.apart;
}

function setState(record, state) {
  record.run = { ...record.run, state };
  if (state === 'queued' || state === 'running') Object.assign(record, { rows: [], notices: {}, live: null }); // of a lost attempt
  if (over(record.run)) record.live = null;
}
