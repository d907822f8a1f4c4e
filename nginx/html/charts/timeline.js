// Victim and slow clients: each probe's latency when it was due, on one time axis, with the attack's span shaded.

import { inOrder } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { max, min } from './numbers.js';
import { PATHS, probesOf, visiblePoints } from './probes.js';
import { brief, rangeOf } from './scales.js';
import { rowsOf, summaryBox } from './summary.js';
import { accent } from './swatch.js';
import { detailsTable } from './table.js';
import { duration } from './time.js';

/** @typedef {import('./types.js').Axis & {range: [number, number]}} Ranged */

const HEIGHT = 200; // px of a chart
const AIR = 0.2; // seconds before the first probe and behind the last
const COLUMNS = ['contender', 'path', 'phase', 'probes', 'errors', 'timeouts', 'p50', 'p99', 'max'];

/** @returns {import('./types.js').Picture} */
export function timelinePicture() {
  const summary = summaryBox();
  const explanation = h(
    'p',
    { class: 'aside' },
    'Each dot is one probe (GET /hello): scheduled time and latency. Shaded: the attack. Cross: no response. Dashed, with OBSERVE: the p99 that the contender reports of itself.',
  );
  const place = h('div', { class: 'charts wide' });
  const table = detailsTable('Before/during/after as a table');
  const element = h('figure', { class: 'picture timeline' }, summary.element, explanation, place, table.element);
  const charts = new Map();
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  const measure = frame(element, () => draw(shown));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    const lines = linesOf(sources);
    if (!lines.length) return;
    const axes = axesOf(lines);
    keepCharts(lines);
    for (const line of lines) {
      const { key, contender, attack } = line;
      const size = { width: measure.width(), height: HEIGHT, x: axes.x.range, y: axes.y.range };
      const points = visiblePoints(line, size);
      charts.get(key).draw({
        series: [{ key, label: '/hello', accent: accent(contender), line: false, points }, ...ownP99(line)],
        spans: attack ? [{ ...attack, label: 'attack' }] : [],
        ...axes,
      });
    }
    summary.show(sources);
    const rows = sources.flatMap(({ record, label }) => [
      ...rowsOf(record).map((row) => phaseRow(row, label)),
      ...record.notices.own.map((each) => ownRow(each, label)),
    ]);
    table.element.hidden = !rows.length;
    table.set(() => [COLUMNS, rows]);
  }

  /** @param {ReturnType<typeof linesOf>} lines */
  function keepCharts(lines) {
    const paths = new Set(lines.map(({ via }) => via)).size > 1;
    for (const { key, contender, via, label } of lines) {
      const title = [contender, paths && PATHS[via], label && `(${label})`].filter(Boolean).join(' ');
      if (!charts.has(key)) charts.set(key, chart(title, { group: 'probes', height: HEIGHT }));
    }
    patch(place, {}, lines.map(({ key }) => charts.get(key).element));
  }

  const blocks = () => [
    ...summary.blocks(),
    { text: explanation.textContent },
    ...[...charts.values()].filter((each) => each.element.isConnected).flatMap((each) => each.blocks()),
  ];
  return { element, draw, blocks };
}

/** The probes of each contender by each path, of all runs. @param {import('./types.js').Source[]} sources */
const linesOf = (sources) =>
  sources
    .flatMap(({ record, label }) =>
      inOrder(record.run.contenders).flatMap((contender) =>
        probesOf(record, contender).map((line) => ({
          ...line,
          key: `${record.run.id}/${contender}/${line.via}`,
          contender,
          label,
          own: record.notices.own.find((each) => each.contender === contender)?.p99_ms ?? null,
        })),
      ),
    )
    .filter(({ at }) => at.length);

/** @param {ReturnType<typeof linesOf>} lines @returns {{x: Ranged, y: Ranged}} */
function axesOf(lines) {
  const begin = min(lines.map((line) => line.begin));
  const end = max(lines.map((line) => line.end));
  return {
    x: {
      label: 'seconds since attack start',
      unit: (seconds) => `${+seconds.toFixed(2)}`,
      range: [begin - AIR, end + AIR],
    },
    y: {
      label: 'ms',
      unit: brief,
      log: 10,
      range: rangeOf(lines.flatMap(({ fastest, slowest, own }) => [...(slowest > 0 ? [fastest, slowest] : []), ...(own ? [own] : [])])),
    },
  };
}

/**
 * What the contender reports of itself, as a line from its first probe to its last.
 * @param {ReturnType<typeof linesOf>[number]} line
 * @returns {import('./types.js').Series[]}
 */
function ownP99({ key, contender, own, begin, end }) {
  if (own === null) return [];
  const points = [begin, end].map((x) => ({ x, y: own }));
  return [{ key: `${key}/own`, label: 'p99 in the application', accent: accent(contender), dash: [6, 4], hollow: true, points }];
}

/** @param {{contender: string, route: string, p99_ms: number}} own @param {string} label */
const ownRow = ({ contender, p99_ms }, label) =>
  [label ? `${contender} (${label})` : contender, 'in the application', 'all', '', '', '', '', duration(p99_ms), ''];

/** @param {Record<string, any>} row @param {string} label */
function phaseRow(row, label) {
  const figures = [row.p50_ms, row.p99_ms, row.max_ms].map((ms) => (typeof ms === 'number' ? duration(ms) : ''));
  const contender = label ? `${row.contender} (${label})` : row.contender;
  return [contender, PATHS[row.via] ?? row.via, row.phase, row.sent, row.errors, row.timeouts, ...figures];
}
