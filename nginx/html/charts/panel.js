// The lanes of one contender: a group of rows for each process, a row for each request.

import { title } from '../core/catalog.js';
import { h, keyedChildren, patch, reducedMotion, s } from '../core/dom.js';
import { hatch, hatchFill } from './hatch.js';
import { inspector } from './inspector.js';
import { bar, gap } from './requestbar.js';
import { accent, swatch } from './swatch.js';

const GAP = 7; // px between two processes
const TALL = 190; // px that the rows of a chart want to fill
const HOST = [4, 10]; // letters of a replica's name: enough of a container's id, and the most that the margin has room for
const ROW = { min: 1, max: 11 }; // px; 500 requests are 500 px, 10 are 110

/** @typedef {import('./lanes.js').Panel} Panel */
/** @typedef {{time: string, text: string}} Caption */
/** @typedef {import('./lanes.js').Process} Process */
/** @typedef {import('./frame.js').Frame} Frame */
/** @typedef {import('./time.js').TimeAxis} TimeAxis */

/** @param {number} requests */
const rowHeight = (requests) => Math.min(ROW.max, Math.max(ROW.min, TALL / Math.max(requests, 1)));

/**
 * A panel for each entry, below each other.
 * @param {() => void} [onOvertake]  see `panel`
 */
export function panels(onOvertake = () => {}) {
  const element = h('div', { class: 'panels' });
  const parts = keyedChildren(element, (/** @type {Panel} */ { key }) => key, (entry) => panel(entry, onOvertake));
  /**
   * @template {Panel} Entry
   * @param {Entry[]} entries
   * @param {TimeAxis} axis
   * @param {Frame} canvas
   * @param {(entry: Entry) => Caption} caption
   */
  function draw(entries, axis, canvas, caption) {
    parts.update(entries);
    for (const entry of entries) parts.of(entry.key)?.draw(entry, axis, canvas, caption(entry));
  }
  return { element, draw, blocks: () => parts.all().flatMap((each) => each.blocks()) };
}

/**
 * @param {Panel} entry
 * @param {() => void} onOvertake  called when waiting requests have come to the end of the axis
 */
function panel(entry, onOvertake) {
  const time = h('span', { class: 'time' });
  const text = h('p', { class: 'caption' });
  let svg = s('svg');
  const label = `Requests to ${entry.label}; step with arrow keys`;
  const box = h('div', { class: 'lanes', tabindex: 0, role: 'group', 'aria-label': label }, svg);
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
  let growth = 0;

  /** @param {Panel} entry @param {TimeAxis} axis @param {Frame} canvas @param {Caption} caption */
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
        placed.rows.map((row) => bar(row, axis, height, hatchFill(key))),
      ),
      pending,
      lanes.bars.length > 0 &&
        missing === 0 &&
        s('line', { class: 'finish-line', x1: axis.x(lanes.end), x2: axis.x(lanes.end), y1: 0, y2: all }),
    );
    if (pending && live !== null) grow(pending, { count: missing, y: placed.end, height, since: live, axis });
    svg.replaceWith(drawn);
    svg = drawn;
    patch(time, {}, caption.time);
    patch(text, {}, caption.text);
    look.show(placed.rows, axis);
  }

  /**
   * The requests that are on their way, drawn as far as they have waited; replaced by their bars when answered.
   * @param {SVGElement} group
   * @param {{count: number, y: number, height: number, since: number, axis: TimeAxis}} pending
   */
  function grow(group, { count, y, height, since, axis }) {
    const waitWidth = () => Math.min(axis.x(performance.now() - since), axis.x(axis.last)) - axis.x(0);
    const rects = Array.from({ length: count }, (_, place) =>
      s('rect', {
        class: 'wait',
        x: axis.x(0),
        y: y + place * height,
        width: waitWidth(),
        height: Math.max(height - gap(height), 0.75),
      }),
    );
    group.append(...rects);
    const step = () => {
      if (performance.now() - since > axis.last) return onOvertake();
      const width = waitWidth();
      for (const rect of rects) rect.setAttribute('width', String(width));
      if (group.isConnected && !reducedMotion.matches) growth = requestAnimationFrame(step);
    };
    growth = requestAnimationFrame(step);
  }

  const words = () => [time.textContent, text.textContent].filter(Boolean).join('; ');
  const blocks = () => [{ text: `${entry.label} (${title(entry.contender)}): ${words()}` }, { svg }];
  return { element, draw, blocks };
}

/** Where each row and each process goes, from the top. @param {Process[]} processes @param {number} height */
function place(processes, height) {
  let y = GAP;
  /** @type {import('./requestbar.js').Placed[]} */
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
 * @param {Process[]} processes
 */
function lettersOfHost(processes) {
  const hosts = [...new Set(processes.map(({ host }) => host ?? ''))];
  let [letters, longest] = HOST;
  while (letters < longest && new Set(hosts.map((host) => host.slice(0, letters))).size < hosts.length) letters += 1;
  return hosts.length > 1 ? letters : 0;
}

/**
 * Where there is little room, a host takes the place of the word.
 * @param {Process} process
 * @param {number} letters
 * @param {boolean} narrow
 */
function processName({ host, pid }, letters, narrow) {
  if (!letters || !host) return `pid ${pid}`;
  return `${host.slice(0, letters).replace(/\W+$/, '')} ${narrow ? '' : 'pid '}${pid}`;
}

/** @param {{process: Process, from: number, to: number}} group @param {Frame} canvas @param {number} letters */
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
        process.title ?? (process.pid === null ? '' : processName(process, letters, canvas.narrow())),
      ),
    room >= 30 && s('text', { class: 'kind', x, y: from + 27, 'text-anchor': 'end' }, lanes),
  );
}
