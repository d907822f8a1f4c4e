// A run as far as its events have arrived: the run itself, its rows, and its notices by type.

/**
 * @typedef {import('./api.js').Run} Run
 * Whose turn it is: when its first request was sent, in seconds by the lab's clock, and in ms by this browser's.
 * @typedef {{contender: string, sent: number, since: number}} Live
 * @typedef {{run: Run, rows: any[], notices: Notices, live: ?Live, apart: number}} Recording
 */

const FINAL = ['done', 'failed', 'cancelled'];
/** @param {Pick<Run, 'state'>} run */
export const isFinished = (run) => FINAL.includes(run.state);

/** @param {Run} run @returns {Recording} */
export const recording = (run) => ({ run, rows: [], notices: none(), live: null, apart: Infinity });

/**
 * What a run reports beside its rows, by the type of the event (services/bench/notices.py): lists of what comes several
 * times, and the last of what is about the whole run.
 * @typedef {{points: any[], phases: any[], answers: any[], slow: any[], own: {contender: string, route: string, p99_ms: number}[], stacks: import('./stacks.js').Stacks[], measuring?: {what: string},
 *   machine?: {fit: boolean, text: string, findings: {text: string}[]},
 *   advice?: {command: ?string}, summary?: {sentences: string[], rows: any[], markdown?: string}, verdict?: any,
 *   lesson?: {holds: boolean, text: string, doubted: boolean}}} Notices
 * @returns {Notices}
 */
const none = () => ({ points: [], phases: [], answers: [], slow: [], own: [], stacks: [] });

/** @typedef {{type: string, data: any}} RunEvent  its data is as services/bench/notices.py has it */

/** The one place that matches types of events. @param {Recording} record @param {RunEvent} event */
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
    case 'reported':
      return notices.own.push(data);
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

/** @param {Recording} record @param {{contender: string, at: number}} turn */
function beginTurn(record, { contender, at }) {
  record.live = { contender, sent: at, since: NaN };
  synchronise(record, record.live, at);
}

/** @param {Recording} record @param {any} row */
function addRow(record, row) {
  record.rows.push(row);
  const { live } = record;
  if (live === null || live.contender !== row.contender) return;
  live.sent = Math.min(live.sent, row.sent);
  synchronise(record, live, row.received);
}

/**
 * Two clocks are as far apart as the event shows that arrived soonest after its moment: none arrives before it.
 * @param {Recording} record
 * @param {Live} live
 * @param {?number} moment
 */
function synchronise(record, live, moment) {
  if (typeof moment === 'number') record.apart = Math.min(record.apart, performance.now() - moment * 1000);
  live.since = live.sent * 1000 + record.apart;
}

/** @param {Recording} record @param {string} state */
function setState(record, state) {
  record.run = { ...record.run, state };
  if (state === 'queued' || state === 'running') Object.assign(record, { rows: [], notices: none(), live: null }); // of a lost attempt
  if (isFinished(record.run)) record.live = null;
}
