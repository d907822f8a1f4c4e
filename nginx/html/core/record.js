// A run as far as its events have arrived: the run itself, its rows, and its notices by type.

/**
 * @typedef {import('./api.js').Run} Run
 * Whose turn it is: when its first request was sent, in seconds by the lab's clock, and in ms by this browser's.
 * @typedef {{contender: string, sent: number, since: number}} Live
 * @typedef {{run: Run, rows: any[], notices: Notices, live: ?Live, apart: number}} Recording
 */

const FINAL = ['done', 'failed', 'cancelled'];
export const over = (run) => FINAL.includes(run.state);

/** @returns {Recording} */
export const recording = (run) => ({ run, rows: [], notices: none(), live: null, apart: Infinity });

/**
 * What a run reports beside its rows, by the type of the event (services/bench/notices.py): lists of what comes several
 * times, and the last of what is about the whole run.
 * @typedef {{points: any[], phases: any[], answers: any[], slow: any[], stacks: import('./stacks.js').Stacks[], measuring?: {what: string},
 *   machine?: {fit: boolean, text: string, findings: {text: string}[]},
 *   advice?: {command: ?string}, summary?: {sentences: string[], rows: any[], markdown?: string}, verdict?: any,
 *   lesson?: {holds: boolean, text: string, doubted: boolean}}} Notices
 * @returns {Notices}
 */
const none = () => ({ points: [], phases: [], answers: [], slow: [], stacks: [] });

/** The one place that matches types of events. @param {Recording} record */
export function apply(record, { type, data }) {
  const { notices } = record;
  switch (type) {
    case 'state':
      return setState(record, data.state);
    case 'progress':
      record.run = { ...record.run, progress: data.progress };
      return;
    case 'sample':
      return addRow(record, data);
    case 'contender':
      return beginTurn(record, data);
    case 'point':
      return notices.points.push(data);
    case 'phase':
      return notices.phases.push(data);
    case 'answer':
      return notices.answers.push(data);
    case 'slow':
      return notices.slow.push(data);
    case 'stacks':
      return notices.stacks.push(data);
    case 'machine':
    case 'measuring':
    case 'advice':
    case 'summary':
    case 'verdict':
    case 'lesson':
      notices[type] = data;
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
  if (state === 'queued' || state === 'running') Object.assign(record, { rows: [], notices: none(), live: null }); // of a lost attempt
  if (over(record.run)) record.live = null;
}
