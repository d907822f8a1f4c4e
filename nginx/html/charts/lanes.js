// Who served what: the rows of one contender as bars, stacked by process and by what carried them inside it.

import { least, most } from './numbers.js';

/**
 * A request in milliseconds from the moment at which its contender's first one was sent; null where it is not known.
 * @typedef {{row: any, seq: number, sent: number, started: ?number, finished: ?number, received: ?number, end: number, failed: boolean}} Bar
 * @typedef {{name: ?string, bars: Bar[]}} Lane
 *
 * A process id is unique in its container only: `host` tells the containers of a scaled contender apart. Runs of
 * earlier versions have none.
 * `title` and `about` are what stands beside a group that is none of processes.
 * @typedef {{host: ?string, pid: ?number, kind: ?string, lanes: Lane[], title?: string, about?: string}} Process
 * @typedef {{t0: number, end: number, bars: Bar[], processes: Process[]}} Lanes
 *
 * A chart of lanes: a contender of a run, or, where runs are compared, of one of several. Each of its `expected`
 * requests takes `takes` ms at least. `words` are the bench's on what the contender did.
 * @typedef {{key: string, contender: string, label: string, rows: any[], expected: number, takes: number, live: ?number, words: string}} Entry
 * @typedef {Entry & {lanes: Lanes}} Raced
 */

/** @returns {Lanes} */
export function arrange(rows) {
  const { t0, bars } = timed(rows);
  const processes = [...groups(bars, ({ row }) => `${row.host ?? ''} ${row.pid}`).values()].map(process);
  processes.sort(byHostAndPid); // not by arrival: each stays where it is while more arrive
  return { t0, end: most(bars.map(({ end }) => end)), bars, processes };
}

/** By what carried them to the contender, each in the order of its requests. @returns {Lanes} */
export function arrangeByConnection(rows) {
  const { t0, bars } = timed(rows);
  const processes = [...groups(bars, ({ row }) => row.connection)]
    .sort(([one], [other]) => one - other)
    .map(([number, own]) => ({
      host: null,
      pid: null,
      kind: null,
      title: `conn. ${number}`,
      about: `${own.length} request${own.length === 1 ? '' : 's'}`,
      lanes: [{ name: null, bars: own.sort((one, other) => one.seq - other.seq) }],
    }));
  return { t0, end: most(bars.map(({ end }) => end)), bars, processes };
}

function timed(rows) {
  const t0 = least(rows.map(({ sent }) => sent));
  return { t0, bars: rows.map((row) => bar(row, t0)) };
}

function bar(row, t0) {
  const since = (time) => (time === null || time === undefined ? null : (time - t0) * 1000);
  const [sent, started, finished, received] = [row.sent, row.started, row.finished, row.received].map(since);
  const failed = row.error !== null || row.status === null || row.status >= 400;
  return {
    row,
    seq: row.seq,
    sent,
    started,
    finished,
    received,
    end: most([sent, finished ?? sent, received ?? sent]),
    failed,
  };
}

function process(own) {
  const [{ row }] = own;
  const lanes = [...groups(own, (each) => each.row.lane ?? null)].map(([name, bars]) => ({
    name,
    bars: bars.sort(byStart),
  }));
  lanes.sort((one, other) => (one.name ?? '').localeCompare(other.name ?? '', 'en', { numeric: true }));
  const kind = lanes[0].name?.replace(/-?\d*$/, '') || null; // "greenlet" of "greenlet-3"
  return { host: row.host ?? null, pid: row.pid ?? null, kind, lanes };
}

const byHostAndPid = (one, other) =>
  (one.host ?? '').localeCompare(other.host ?? '') || (one.pid ?? Infinity) - (other.pid ?? Infinity);
const byStart = (one, other) => (one.started ?? one.sent) - (other.started ?? other.sent);

/** Answered, but by an unknown process: a hello does not say who served it. */
export const isAnonymous = ({ failed, started, finished }) => !failed && (started === null || finished === null);

function groups(items, key) {
  const found = new Map();
  for (const item of items) {
    const name = key(item);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(item);
  }
  return found;
}
