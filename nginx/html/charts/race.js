// The race: finish times against each other, then a chart of lanes for each contender, all on one time axis.

import { inOrder } from '../core/catalog.js';
import { h, oncePerFrame, reducedMotion } from '../core/dom.js';
import { isFinished } from '../core/record.js';
import { board } from './board.js';
import { frame } from './frame.js';
import { arrange, isAnonymous } from './lanes.js';
import { max } from './numbers.js';
import { panels } from './panel.js';
import { replay } from './replay.js';
import { barKey } from './requestbar.js';
import { rowsOf, summaryBox } from './summary.js';
import { requestTable } from './table.js';
import { duration, timeAxis } from './time.js';

const UNKNOWN = 1000; // ms on the axis before anything has happened, where the workload has no duration of its own
const AHEAD = 1.3; // while requests are on their way, the axis has room for what comes

/** @returns {import('./types.js').Picture} */
export function racePicture() {
  const summary = summaryBox();
  const anonymous = barKey('anonymous', 'served by unknown process');
  const legend = h(
    'ul',
    { class: 'legend' },
    barKey('wait', 'queued in nginx or the backlog'),
    barKey('work', 'processing'),
    anonymous,
    barKey('back', 'response in flight'),
    barKey('failed', 'failed'),
  );
  const again = h('button', { type: 'button', class: 'small', hidden: true }, 'Replay');
  const top = board();
  const list = panels(oncePerFrame(() => redraw()));
  const table = requestTable();
  const element = h(
    'figure',
    { class: 'picture race', hidden: true }, // until it is drawn: the sentence would push the rest down
    summary.element,
    h('div', { class: 'bar' }, legend, again),
    top.element,
    list.element,
    table.element,
  );
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  /** @type {import('./lanes.js').Raced[]} */
  let raced = [];
  let reach = 0; // ms on the axis; while the race goes on they only grow, and only when something has come to their end
  /** @type {?AbortController} */
  let playing = null;

  const redraw = () => shown.length && draw(shown);
  const canvas = frame(element, redraw, () => max(raced.map(({ label }) => label.length)));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    raced = entries(sources);
    element.hidden = false;
    const finished = sources.every(({ record }) => isFinished(record.run));
    const axis = timeAxis(updateReach(finished), canvas);
    anonymous.hidden = !raced.some(({ lanes }) => lanes.bars.some(isAnonymous));
    top.draw(raced, axis, canvas);
    element.style.setProperty('--board', `${top.covers()}px`);
    list.draw(raced, axis, canvas, (entry) => caption(entry, finished));
    again.hidden = reducedMotion.matches || !finished || raced.every(({ lanes }) => !lanes.bars.length);
    table.set(raced);
    summary.show(sources);
    element.dataset.axis = String(axis.last);
  }

  /** @param {boolean} finished */
  function updateReach(finished) {
    const now = performance.now();
    const end = max(raced.flatMap(({ lanes, live }) => [lanes.end, live === null ? 0 : now - live]));
    const room = max(raced.map(({ takes }) => takes));
    if (finished) reach = end || room;
    else if (end > reach || !reach) reach = Math.max(end, room) * AHEAD;
    return reach;
  }

  again.addEventListener('click', async () => {
    playing?.abort();
    playing = new AbortController();
    await replay(element, raced, Number(element.dataset.axis), canvas, playing.signal);
  });

  const blocks = () => {
    playing?.abort(); // a file has the whole picture
    return [
      ...summary.blocks(),
      { key: [...legend.querySelectorAll('li')].filter((each) => !each.hidden) },
      { svg: top.svg() },
      ...list.blocks(),
    ];
  };
  return { element, draw, blocks };
}

/**
 * A chart for each contender of each run; of several runs, contender by contender.
 * @param {import('./types.js').Source[]} sources
 * @returns {import('./lanes.js').Raced[]}
 */
function entries(sources) {
  const all = sources.flatMap(({ record, label }, place) => {
    const words = new Map(rowsOf(record).map((row) => [row.contender, wordsOf(row)]));
    return record.run.contenders.map((contender) => ({
      key: label ? `run-${place + 1}-${contender}` : contender,
      contender,
      label: label ? `${contender} (${place + 1})` : contender,
      lanes: arrange(record.rows.filter((row) => row.contender === contender)),
      expected: record.run.params.requests,
      takes: shortestMs(record.run.params),
      live: record.live?.contender === contender ? record.live.since : null,
      words: words.get(contender) ?? '',
    }));
  });
  const names = inOrder([...new Set(all.map(({ contender }) => contender))]);
  return names.flatMap((name) => all.filter(({ contender }) => contender === name));
}

/** @param {Record<string, any>} params @returns {number} */
const shortestMs = ({ ms, io_ms: io, cpu_ms: cpu }) => ms || (io ?? 0) + (cpu ?? 0) || UNKNOWN;

/**
 * "2 at a time: 10 rounds of 200 ms"; the whole sentence where there were errors, or where nothing is known.
 * @param {Record<string, any>} row
 * @returns {string}
 */
const wordsOf = ({ pattern, share, errors, text }) =>
  pattern && !errors ? [pattern, share].filter(Boolean).join('; ') : text;

/**
 * What stands above a chart: how far it is, how long it took, and the bench's words on it.
 * @param {import('./lanes.js').Raced} raced
 * @param {boolean} finished
 */
function caption({ lanes: { bars, end }, expected, live, words }, finished) {
  if (!bars.length && live !== null) return { time: '', text: `${expected} requests sent` };
  if (!bars.length) return { time: '', text: finished ? 'No requests sent.' : 'pending' };
  const answered = bars.filter(({ failed }) => !failed).length;
  const time = finished || bars.length >= expected ? duration(end) : '';
  return { time, text: words || `${answered} of ${expected} answered` };
}
