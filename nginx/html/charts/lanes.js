// Who served what: the rows of one contender as bars, stacked by process and by what carried them inside it.

import { max, min } from './numbers.js';

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
 * A chart of lanes: a contender of a run, or, where runs are compared, of one of several, of which `expected` requests
 * are sent; `live` is when the first was, in ms by this browser's clock, while they go on.
 * @typedef {{key: string, contender: string, label: string, expected: number, live: ?number, lanes: Lanes}} Panel
 *
 * That of a race: each request takes `takes` ms at least. `words` are the bench's on what the contender did.
 * @typedef {Panel & {takes: number, words: string}} Raced
 */

/** @returns {Lanes} @param {any[]} rows */
export function arrange(rows) {
  const { t0, bars } = barsOf(rows);
  const processes = [...groups(bars, ({ row }) => `${row.host ?? ''} ${row.pid}`).values()].map(process);
  processes.sort(byHostAndPid); // not by arrival: each stays where it is while more arrive
  return { t0, end: max(bars.map(({ end }) => end)), bars, processes };
}

/** By what carried them to the contender, each in the order of its requests. @returns {Lanes} @param {any[]} rows */
export function arrangeByConnection(rows) {
  const { t0, bars } = barsOf(rows);
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
  return { t0, end: max(bars.map(({ end }) => end)), bars, processes };
}

/** @param {any[]} rows */
function barsOf(rows) {
  const t0 = min(rows.map(({ sent }) => sent));
  return { t0, bars: rows.map((row) => bar(row, t0)) };
}

/** @param {any} row @param {number} t0 @returns {Bar} */
function bar(row, t0) {
  /** @param {?number} time */
  const since = (time) => (time === null || time === undefined ? null : (time - t0) * 1000);
  const sent = (row.sent - t0) * 1000;
  const [started, finished, received] = [row.started, row.finished, row.received].map(since);
  const failed = row.error !== null || row.status === null || row.status >= 400;
  return {
    row,
    seq: row.seq,
    sent,
    started,
    finished,
    received,
    end: max([sent, finished ?? sent, received ?? sent]),
    failed,
  };
}

/** @param {Bar[]} own @returns {Process} */
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

/** @param {Process} one @param {Process} other */
const byHostAndPid = (one, other) =>
  (one.host ?? '').localeCompare(other.host ?? '') || (one.pid ?? Infinity) - (other.pid ?? Infinity);
/** @param {Bar} one @param {Bar} other */
const byStart = (one, other) => (one.started ?? one.sent) - (other.started ?? other.sent);

/** Answered, but by an unknown process: a hello does not name its process. @param {Bar} bar */
export const isAnonymous = ({ failed, started, finished }) => !failed && (started === null || finished === null);

/** @template Item, Key @param {Item[]} items @param {(item: Item) => Key} key @returns {Map<Key, Item[]>} */
function groups(items, key) {
  const found = new Map();
  for (const item of items) {
    const name = key(item);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(item);
  }
  return found;
}
