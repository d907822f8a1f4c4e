// The race: finish times against each other, then a chart of lanes for each contender, all on one time axis.

import { inOrder } from '../catalog.js';
import { h, oncePerFrame, s, say, stillness } from '../dom.js';
import { over as ended } from '../record.js';
import { board } from './board.js';
import { frame } from './frame.js';
import { arrange, most } from './lanes.js';
import { panel } from './panel.js';
import { replay } from './replay.js';
import { requestTable } from './table.js';
import { failures, headline, pattern, share } from './telling.js';
import { spoken, timeAxis, times } from './time.js';

const UNKNOWN = 1000; // ms on the axis before anything has happened
const AHEAD = 1.3; // while requests are on their way, the axis has room for what comes

/**
 * A chart of lanes: a contender of a run, or, where runs are compared, of one of several.
 * @typedef {{key: string, contender: string, label: string, rows: any[], expected: number, live: ?number}} Entry
 */

/** @returns {Entry[]} */
export const entries = (record, contenders, label = (name) => name, prefix = '') =>
  contenders.map((contender) => ({
    key: prefix + contender,
    contender,
    label: label(contender),
    rows: record.rows.filter((row) => row.contender === contender),
    expected: record.run.params.requests,
    live: record.live?.contender === contender ? record.live.since : null,
  }));

export function racePicture() {
  const sentence = h('p', { class: 'sentence', role: 'status' });
  const legend = h(
    'ul',
    { class: 'legend' },
    key('wait', 'waits in nginx or the backlog'),
    key('work', 'is worked on'),
    key('back', 'on its way back'),
    key('failed', 'failed'),
  );
  const again = h('button', { type: 'button', class: 'small', hidden: true }, 'Replay');
  const top = board();
  const list = h('div', { class: 'panels' });
  const table = requestTable();
  const element = h(
    'figure',
    { class: 'picture race' },
    sentence,
    h('div', { class: 'bar' }, legend, again),
    top.element,
    list,
    table.element,
  );
  const panels = new Map();
  let shown = [];
  let over = false;
  let playing = null;

  const redraw = () => draw(shown, { finished: over });
  const canvas = frame(element, redraw);

  /** @param {Entry[]} entered */
  function draw(entered, { finished }) {
    [shown, over] = [entered, finished];
    const now = performance.now();
    const raced = entered.map((entry) => ({ ...entry, lanes: arrange(entry.rows) }));
    const running = raced.map(({ live }) => (live === null ? 0 : (now - live) * AHEAD));
    const end = most([...raced.map(({ lanes }) => lanes.end), ...running]);
    const axis = timeAxis(end || UNKNOWN, canvas.left(), canvas.right());
    const fastest = raced
      .filter(({ lanes }) => lanes.bars.length)
      .reduce((least, { lanes }) => Math.min(least, lanes.end), Infinity);
    sync(raced);
    top.draw(raced, axis, canvas);
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

  const blocks = () => [
    { text: sentence.textContent, big: true },
    { key: [...legend.children] },
    { svg: top.element.querySelector('svg') },
    ...[...panels.values()].flatMap((each) => each.blocks()),
  ];
  return { element, draw, blocks };
}

const key = (kind, text) =>
  h(
    'li',
    {},
    s(
      'svg',
      { class: 'sample accent-none', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
      kind === 'back'
        ? s('line', { class: 'back', x1: 0, x2: 24, y1: 5, y2: 5 })
        : s('rect', { class: kind, width: 24, height: 10 }),
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
