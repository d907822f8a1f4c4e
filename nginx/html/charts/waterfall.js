// The network panel of a browser: for each contender a block a protocol, in it a row a request, by connection.

import { inOrder } from '../core/catalog.js';
import { h } from '../core/dom.js';
import { isFinished } from '../core/record.js';
import { frame } from './frame.js';
import { arrangeByConnection } from './lanes.js';
import { max } from './numbers.js';
import { panels } from './panel.js';
import { barKey } from './requestbar.js';
import { rowsOf, summaryBox } from './summary.js';
import { requestTable } from './table.js';
import { duration, timeAxis } from './time.js';

/** @type {Record<string, string>} */
export const PROTOCOLS = { 'http/1.1': 'HTTP/1.1', h2: 'HTTP/2', h3: 'HTTP/3' };
const AHEAD = 1.3; // while requests are on their way, the axis has room for what comes
const UNKNOWN = 1000; // ms on the axis before anything has happened

/** @returns {import('./types.js').Picture} */
export function waterfallPicture() {
  const summary = summaryBox();
  const legend = h(
    'ul',
    { class: 'legend' },
    barKey('wait', 'in flight, or queued in nginx or the contender'),
    barKey('work', 'processing'),
    barKey('back', 'response in flight'),
    barKey('failed', 'failed'),
  );
  const list = panels();
  const table = requestTable();
  const element = h('figure', { class: 'picture race', hidden: true }, summary.element, legend, list.element, table.element);
  /** @type {import('./types.js').Source[]} */
  let shown = [];

  const redraw = () => shown.length && draw(shown);
  const canvas = frame(element, redraw);

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    element.hidden = false;
    const entries = entriesOf(sources);
    const finished = sources.every(({ record }) => isFinished(record.run));
    const end = max(entries.map(({ lanes }) => lanes.end)) || UNKNOWN;
    const axis = timeAxis(finished ? end : end * AHEAD, canvas);
    list.draw(entries, axis, canvas, (entry) => caption(entry, finished));
    table.set(entries);
    summary.show(sources);
  }

  const blocks = () => [
    ...summary.blocks(),
    { key: [...legend.children] },
    ...list.blocks(),
  ];
  return { element, draw, blocks };
}

/** @param {import('./types.js').Source[]} sources */
function entriesOf(sources) {
  return sources.flatMap(({ record, label }, place) =>
    inOrder(record.run.contenders).flatMap((contender) =>
      Object.keys(PROTOCOLS).map((protocol) => ({
        key: `${label ? `run-${place + 1}-` : ''}${contender}-${protocol.replaceAll(/\W/g, '')}`,
        contender,
        label: `${contender} over ${PROTOCOLS[protocol]}${label ? ` (${place + 1})` : ''}`,
        lanes: arrangeByConnection(
          record.rows.filter((row) => row.contender === contender && row.protocol === protocol),
        ),
        expected: record.run.params.requests,
        live: null,
        line: rowsOf(record).find((line) => line.contender === contender && line.protocol === protocol),
      })),
    ),
  );
}

/** @param {ReturnType<typeof entriesOf>[number]} entry @param {boolean} finished */
function caption({ lanes: { bars, end, processes }, expected, line }, finished) {
  if (!bars.length) return { time: '', text: finished ? 'No requests sent.' : 'pending' };
  const failed = bars.filter((bar) => bar.failed).length;
  const connections = `${processes.length} connection${processes.length === 1 ? '' : 's'}`;
  const words = [
    bars.length < expected && `${bars.length} of ${expected}`,
    connections,
    line && `contender concurrency peaked at ${line.at_once}`,
    failed && `${failed} failed`,
  ];
  return { time: finished || bars.length >= expected ? duration(end) : '', text: words.filter(Boolean).join(', ') };
}
