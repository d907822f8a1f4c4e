// What is known of a run so far: the run itself, its rows, and its notices by type.

/**
 * @typedef {import('./api.js').Run} Run
 * @typedef {{run: Run, rows: any[], notices: Record<string, any[]>, live: ?{contender: string, since: number}}} Recording
 */

const FINAL = ['done', 'failed', 'cancelled'];
export const over = (run) => FINAL.includes(run.state);

/** @returns {Recording} */
export const recording = (run) => ({ run, rows: [], notices: {}, live: null });

/** @param {Recording} record */
export function apply(record, { type, data }) {
  if (type === 'state') moved(record, data.state);
  else if (type === 'progress') record.run = { ...record.run, progress: data.progress };
  else if (type === 'sample') record.rows.push(data);
  else {
    (record.notices[type] ??= []).push(data);
    // Whose turn it is, by this browser's clock: the lab's may differ.
    if (type === 'contender') record.live = { contender: data.contender, since: performance.now() };
  }
}

function moved(record, state) {
  record.run = { ...record.run, state };
  if (state === 'queued' || state === 'running') Object.assign(record, { rows: [], notices: {} }); // of a lost attempt
  if (over(record.run)) record.live = null;
}
