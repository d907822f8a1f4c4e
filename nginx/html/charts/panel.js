// The lanes of one contender: a group of rows for each process, a row for each request.

import { title } from '../core/catalog.js';
import { h, s, setText, stillness } from '../core/dom.js';
import { hatch, hatched } from './hatch.js';
import { inspector } from './inspector.js';
import { isAnonymous } from './lanes.js';
import { accent, swatch } from './swatch.js';

const GAP = 7; // px between two processes
const TALL = 190; // px that the rows of a chart want to fill
const HOST = [4, 10]; // letters of a replica's name: enough of a container's id, and the most that the margin has room for
const ROW = { least: 1, most: 11 }; // px; 500 requests are 500 px, 10 are 110

const rowHeight = (requests) => Math.min(ROW.most, Math.max(ROW.least, TALL / Math.max(requests, 1)));

/**
 * A panel for each entry, below each other; they are made anew when the entries are others.
 * @param {() => void} [overtaken]  see `panel`
 */
export function panels(overtaken = () => {}) {
  const element = h('div', { class: 'panels' });
  let made = new Map();
  const all = () => [...made.values()];
  /** @param {import('./lanes.js').Entry[]} entries */
  function keep(entries) {
    if (entries.map(({ key }) => key).join() === [...made.keys()].join()) return;
    made = new Map(entries.map((entry) => [entry.key, panel(entry, overtaken)]));
    element.replaceChildren(...all().map((each) => each.element));
  }
  return { element, keep, of: ({ key }) => made.get(key), blocks: () => all().flatMap((each) => each.blocks()) };
}

/**
 * @param {import('./lanes.js').Entry} entry
 * @param {() => void} overtaken  called when waiting requests have come to the end of the axis
 */
function panel(entry, overtaken) {
  const time = h('span', { class: 'time' });
  const text = h('p', { class: 'caption' });
  const box = h('div', {
    class: 'lanes',
    tabindex: 0,
    role: 'group',
    'aria-label': `Requests to ${entry.label}; step with arrow keys`,
  });
  const look = inspector(box);
  const element = h(
    'section',
    { class: `panel ${accent(entry.contender)}`, 'data-contender': entry.contender, 'data-key': entry.key },
    h(
      'div',
      { class: 'head' },
      h('h2', {}, swatch(entry.contender), entry.label),
      h('span', { class: 'aside' }, title(entry.contender)),
      time,
    ),
    text,
    box,
  );
  let svg = null;
  let growth = 0;

  function draw({ key, lanes, expected, live, label }, axis, canvas, caption) {
    cancelAnimationFrame(growth);
    const height = rowHeight(expected);
    const missing = Math.max(0, expected - lanes.bars.length);
    const all = Math.ceil(
      height * Math.max(expected, lanes.bars.length) + GAP * (Math.max(lanes.processes.length, 2) + 1),
    );
    const placed = place(lanes.processes, height);
    const pending = live === null ? null : s('g', { class: 'pending' });
    const drawn = s(
      'svg',
      {
        width: canvas.width(),
        height: all,
        viewBox: `0 0 ${canvas.width()} ${all}`,
        role: 'img',
        'aria-label': `${label}: ${caption.text}`,
      },
      s(
        'clipPath',
        { id: `clip-${key}` },
        s('rect', { class: 'reveal', x: 0, y: 0, width: canvas.width(), height: all }),
      ),
      hatch(key),
      placed.groups.map((group) => processLabel(group, canvas, lettersOfHost(lanes.processes))),
      s(
        'g',
        { class: 'axis' },
        axis.ticks.map((tick) => s('line', { class: 'grid', x1: axis.x(tick), x2: axis.x(tick), y1: 0, y2: all })),
      ),
      s(
        'g',
        { class: 'bars', 'clip-path': `url(#clip-${key})` },
        placed.rows.map((row) => bar(row, axis, height, hatched(key))),
      ),
      pending,
      lanes.bars.length > 0 &&
        missing === 0 &&
        s('line', { class: 'finish-line', x1: axis.x(lanes.end), x2: axis.x(lanes.end), y1: 0, y2: all }),
    );
    if (pending) grow(pending, { count: missing, y: placed.end, height, since: live, axis });
    if (svg) svg.replaceWith(drawn);
    else box.prepend(drawn);
    svg = drawn;
    setText(time, caption.time);
    setText(text, caption.text);
    look.show(placed.rows, axis);
  }

  /** The requests that are on their way, drawn as far as they have waited; replaced by their bars when answered. */
  function grow(group, { count, y, height, since, axis }) {
    const waited = () => Math.min(axis.x(performance.now() - since), axis.x(axis.last)) - axis.x(0);
    const rects = Array.from({ length: count }, (_, place) =>
      s('rect', {
        class: 'wait',
        x: axis.x(0),
        y: y + place * height,
        width: waited(),
        height: Math.max(height - gap(height), 0.75),
      }),
    );
    group.append(...rects);
    const step = () => {
      if (performance.now() - since > axis.last) return overtaken();
      const width = waited();
      for (const rect of rects) rect.setAttribute('width', width);
      if (group.isConnected && !stillness.matches) growth = requestAnimationFrame(step);
    };
    growth = requestAnimationFrame(step);
  }

  const words = () => [time.textContent, text.textContent].filter(Boolean).join('; ');
  const blocks = () => [{ text: `${entry.label} (${title(entry.contender)}): ${words()}` }, { svg }];
  return { element, draw, blocks };
}

const gap = (height) => (height >= 5 ? 1.5 : height >= 2.5 ? 0.75 : 0);

/** Where each row and each process goes, from the top. */
function place(processes, height) {
  let y = GAP;
  const rows = [];
  const groups = processes.map((process) => {
    const from = y;
    for (const lane of process.lanes) {
      for (const bar of lane.bars) {
        rows.push({ bar, lane, process, y, height });
        y += height;
      }
    }
    const group = { process, from, to: y };
    y += GAP;
    return group;
  });
  return { rows, groups, end: y };
}

/**
 * How many letters of their names tell replicas apart: they are containers of their own, which may repeat process ids.
 * None where there is one.
 */
function lettersOfHost(processes) {
  const hosts = [...new Set(processes.map(({ host }) => host ?? ''))];
  let [letters, most] = HOST;
  while (letters < most && new Set(hosts.map((host) => host.slice(0, letters))).size < hosts.length) letters += 1;
  return hosts.length > 1 ? letters : 0;
}

/** Where there is little room, a host takes the place of the word. */
function whichProcess({ host, pid }, letters, narrow) {
  if (!letters || !host) return `pid ${pid}`;
  return `${host.slice(0, letters).replace(/\W+$/, '')} ${narrow ? '' : 'pid '}${pid}`;
}

function processLabel({ process, from, to }, canvas, letters) {
  const room = to - from;
  const lanes = process.about ?? (process.kind
    ? `${process.lanes.length} ${process.kind}${process.lanes.length === 1 ? '' : 's'}`
    : 'unknown process');
  const x = canvas.left() - 12;
  return s(
    'g',
    { class: 'process' },
    s('rect', {
      class: 'ground',
      x: canvas.left(),
      y: from - 2,
      width: canvas.right() - canvas.left(),
      height: room + 4,
    }),
    s('line', { class: 'brace', x1: x + 5, x2: x + 5, y1: from, y2: to - 1 }),
    room + GAP >= 10 &&
      s(
        'text',
        { class: 'pid', x, y: from + Math.min(room / 2 + 4, 12), 'text-anchor': 'end' },
        process.title ?? (process.pid === null ? '' : whichProcess(process, letters, canvas.narrow())),
      ),
    room >= 30 && s('text', { class: 'kind', x, y: from + 27, 'text-anchor': 'end' }, lanes),
  );
}

function bar({ bar: request, y }, axis, height, hatching) {
  const { row, seq, sent, started, finished, received, end, failed } = request;
  const thick = Math.max(height - gap(height), 0.75);
  const piece = (kind, from, to, least = 0, fill = null) =>
    s('rect', {
      class: kind,
      fill,
      x: fixed(axis.x(from)),
      y: fixed(y),
      width: fixed(Math.max(axis.x(to) - axis.x(from), least)),
      height: fixed(thick),
      'data-seq': seq,
      'data-host': row.host,
      'data-pid': row.pid,
      'data-lane': row.lane,
    });
  if (failed) return [piece('failed', sent, end, 3)];
  if (isAnonymous(request)) return [piece('anonymous', sent, end, 1, hatching)];
  const middle = fixed(y + thick / 2);
  return [
    piece('wait', sent, Math.max(started, sent)),
    piece('work', started, finished, 1), // what takes less than a pixel is still there
    received !== null &&
      axis.x(received) - axis.x(finished) > 0.5 &&
      s('line', { class: 'back', x1: fixed(axis.x(finished)), x2: fixed(axis.x(received)), y1: middle, y2: middle }),
  ].filter(Boolean);
}

const fixed = (pixels) => Math.round(pixels * 100) / 100;

/** What a part of a bar means, or a bar as a whole: an entry of a legend. */
export const barKey = (kind, text) =>
  h(
    'li',
    {},
    s(
      'svg',
      { class: 'sample accent-none', viewBox: '0 0 24 10', 'aria-hidden': 'true' },
      kind === 'anonymous' && hatch('key'),
      kind === 'back'
        ? s('line', { class: 'back', x1: 0, x2: 24, y1: 5, y2: 5 })
        : s('rect', { class: kind, width: 24, height: 10, fill: kind === 'anonymous' && hatched('key') }),
    ),
    text,
  );
