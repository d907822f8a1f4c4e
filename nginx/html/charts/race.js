// The race: finish times against each other, then a chart of lanes for each contender, all on one time axis.

import { inOrder } from '../core/catalog.js';
import { h, oncePerFrame, s, say, stillness } from '../core/dom.js';
import { over as ended } from '../core/record.js';
import { board } from './board.js';
import { frame } from './frame.js';
import { hatch, hatched } from './hatch.js';
import { arrange, isUntold, least, most } from './lanes.js';
import { panel } from './panel.js';
import { replay } from './replay.js';
import { requestTable } from './table.js';
import { comparable, failures, headline, pattern, share } from './telling.js';
import { spoken, timeAxis, times } from './time.js';

const UNKNOWN = 1000; // ms on the axis before anything has happened, where the workload has no duration of its own
const TICKS = { wide: 90, narrow: 56 }; // px from one to the next at least
const AHEAD = 1.3; // while requests are on their way, the axis has room for what comes

/**
 * A chart of lanes: a contender of a run, or, where runs are compared, of one of several. `asked` tells what each of its
 * `expected` requests was for, `takes` how long it takes at least, in ms.
 * @typedef {{key: string, contender: string, label: string, rows: any[], expected: number, asked: string, takes: number, live: ?number}} Entry
 * @typedef {Entry & {lanes: import('./lanes.js').Lanes}} Raced
 */

/** @returns {Entry[]} */
export const entries = (record, contenders, label = (name) => name, prefix = '') =>
  contenders.map((contender) => ({
    key: prefix + contender,
    contender,
    label: label(contender),
    rows: record.rows.filter((row) => row.contender === contender),
    expected: record.run.params.requests,
    asked: JSON.stringify(Object.entries(record.run.params).sort()),
    takes: takes(record.run.params),
    live: record.live?.contender === contender ? record.live.since : null,
  }));

const takes = ({ ms, io_ms: io, cpu_ms: cpu }) => ms || (io ?? 0) + (cpu ?? 0) || UNKNOWN;

export function racePicture() {
  const sentence = h('p', { class: 'sentence', role: 'status' });
  const untold = key('untold', 'answered; not told by whom');
  const legend = h(
    'ul',
    { class: 'legend' },
    key('wait', 'waits in nginx or the backlog'),
    key('work', 'is worked on'),
    untold,
    key('back', 'on its way back'),
    key('failed', 'failed'),
  );
  const again = h('button', { type: 'button', class: 'small', hidden: true }, 'Replay');
  const top = board();
  const list = h('div', { class: 'panels' });
  const table = requestTable();
  const element = h(
    'figure',
    { class: 'picture race', hidden: true }, // until it is drawn: the sentence would push the rest down
    sentence,
    h('div', { class: 'bar' }, legend, again),
    top.element,
    list,
    table.element,
  );
  const panels = new Map();
  let shown = [];
  let over = false;
  let reach = 0; // ms on the axis; while the race goes on they only grow, and only when something has come to their end
  let playing = null;

  const redraw = () => shown.length && draw(shown, { finished: over });
  const canvas = frame(element, redraw, () => most(shown.map(({ label }) => label.length)));

  /** @param {Entry[]} entered */
  function draw(entered, { finished }) {
    [shown, over] = [entered, finished];
    element.hidden = false;
    const now = performance.now();
    const raced = entered.map((entry) => ({ ...entry, lanes: arrange(entry.rows) }));
    const end = most(raced.flatMap(({ lanes, live }) => [lanes.end, live === null ? 0 : now - live]));
    const room = most(raced.map((entry) => entry.takes));
    if (finished) reach = end || room;
    else if (end > reach || !reach) reach = Math.max(end, room) * AHEAD;
    const axis = timeAxis(reach, canvas.left(), canvas.right(), canvas.narrow() ? TICKS.narrow : TICKS.wide);
    const ends = comparable(raced) ? raced.filter(({ lanes }) => lanes.bars.length).map(({ lanes }) => lanes.end) : [];
    const fastest = least(ends);
    untold.hidden = !raced.some(({ lanes }) => lanes.bars.some(isUntold));
    sync(raced);
    top.draw(raced, axis, canvas);
    element.style.setProperty('--board', `${top.covers()}px`);
    for (const entry of raced) {
      panels.get(entry.key).draw(entry, axis, canvas, told(entry, fastest, finished));
    }
    again.hidden = stillness.matches || !finished || raced.every(({ lanes }) => !lanes.bars.length);
    table.set(raced);
    if (finished) say(sentence, headline(raced));
    else say(sentence, '');
    element.dataset.axis = axis.last;
  }

  function sync(raced) {
    const keys = raced.map(({ key }) => key);
    if (keys.join() === [...panels.keys()].join()) return;
    panels.clear();
    for (const entry of raced) panels.set(entry.key, panel(entry, oncePerFrame(redraw)));
    list.replaceChildren(...[...panels.values()].map(({ element: each }) => each));
  }

  again.addEventListener('click', async () => {
    playing?.abort();
    playing = new AbortController();
    await replay(
      element,
      shown.map((entry) => ({ key: entry.key, lanes: arrange(entry.rows) })),
      Number(element.dataset.axis),
      canvas,
      playing.signal,
    );
  });

  const blocks = () => {
    playing?.abort(); // a file has the whole picture
    return [
      { text: sentence.textContent, big: true },
      { key: [...legend.children].filter((each) => !each.hidden) },
      { svg: top.element.querySelector('svg') },
      ...[...panels.values()].flatMap((each) => each.blocks()),
    ];
  };
  return { element, draw, blocks };
}

const key = (kind, text) =>
  h(
    'li',
    {},
    s(
      'svg',
      { class: 'sample accent-none', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
      kind === 'untold' && hatch('key'),
      kind === 'back'
        ? s('line', { class: 'back', x1: 0, x2: 24, y1: 5, y2: 5 })
        : s('rect', { class: kind, width: 24, height: 10, fill: kind === 'untold' && hatched('key') }),
    ),
    text,
  );

/** What stands above a chart: how far it is, how long it took, and how it served. */
function told({ lanes, expected, live }, fastest, finished) {
  const { bars } = lanes;
  if (!bars.length)
    return {
      time: '',
      text: live === null ? (finished ? 'No request was sent.' : 'waits for its turn') : `${expected} requests sent`,
    };
  const whole = bars.length >= expected;
  const text = [
    whole ? pattern(bars) || 'its answers do not say who served them' : `${bars.length} of ${expected} answered`,
    whole && share(lanes),
    failures(bars),
  ]
    .filter(Boolean)
    .join('; ');
  const ratio = finished && lanes.end > fastest * 1.05 ? `, ${times(lanes.end / fastest)} × the first` : '';
  return { time: whole || finished ? spoken(lanes.end) : '', ratio, text };
}

/** The picture of one run. */
export function raceOf() {
  const picture = racePicture();
  const draw = (record) =>
    picture.draw(entries(record, inOrder(record.run.contenders)), { finished: ended(record.run) });
  return { ...picture, draw };
}
