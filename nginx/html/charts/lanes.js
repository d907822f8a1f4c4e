// Who served what: the rows of one contender as bars, stacked by process and by what carried them inside it.

/**
 * A request in milliseconds from the moment at which its contender's first one was sent; null where nobody told.
 * @typedef {{row: any, seq: number, sent: number, started: ?number, finished: ?number, received: ?number, end: number, failed: boolean}} Bar
 * @typedef {{name: ?string, bars: Bar[]}} Lane
 * @typedef {{pid: ?number, kind: ?string, lanes: Lane[], size: number}} Process
 * @typedef {{t0: number, end: number, bars: Bar[], processes: Process[]}} Lanes
 */

/** @returns {Lanes} */
export function arrange(rows) {
  const t0 = least(rows.map(({ sent }) => sent));
  const bars = rows.map((row) => bar(row, t0));
  const processes = [...groups(bars, ({ row }) => row.pid)].map(([pid, own]) => process(pid, own));
  processes.sort((one, other) => (one.pid ?? Infinity) - (other.pid ?? Infinity)); // by number: it stays while more arrive
  return { t0, end: most(bars.map(({ end }) => end)), bars, processes };
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

function process(pid, own) {
  const lanes = [...groups(own, ({ row }) => row.lane)].map(([name, bars]) => ({ name, bars: bars.sort(byStart) }));
  lanes.sort((one, other) => (one.name ?? '').localeCompare(other.name ?? '', 'en', { numeric: true }));
  const kind = lanes[0].name?.replace(/-?\d*$/, '') || null; // "greenlet" of "greenlet-3"
  return { pid, kind, lanes, size: own.length };
}

/** Answered, but not told by whom: a hello says nothing of who served it. */
export const isUntold = ({ failed, started, finished }) => !failed && (started === null || finished === null);

const byStart = (one, other) => (one.started ?? one.sent) - (other.started ?? other.sent);

function groups(items, key) {
  const found = new Map();
  for (const item of items) {
    const name = key(item) ?? null;
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(item);
  }
  return found;
}

export const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
export const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}

/**
 * The most requests that were being worked on at the same moment. The clocks of two processes, and the moment between
 * a worker's two requests, must not count as one request more: each is taken a little shorter than it was.
 */
export function together(bars) {
  const edges = bars
    .filter(({ started, finished }) => started !== null && finished !== null)
    .flatMap(({ started, finished }) => {
      const margin = Math.min(2, (finished - started) * 0.05);
      return [
        [started + margin, 1],
        [finished - margin, -1],
      ];
    });
  edges.sort(([a, up], [b, other]) => a - b || up - other);
  let now = 0,
    peak = 0;
  for (const [, step] of edges) peak = Math.max(peak, (now += step));
  return peak;
}
