// What requests left in memory: a bar a line of code, with the bytes that it keeps of each request.

import { h, s } from '../core/dom.js';
import { frame } from './frame.js';
import { widthOf } from './letters.js';
import { max } from './numbers.js';
import { brief } from './scales.js';
import { summaryBox } from './summary.js';
import { swatch } from './swatch.js';
import { detailsTable, tableOf } from './table.js';

const SHOWN = 10; // lines of each contender: the table has all
const ROW = 34; // px: a line of text, and its bar below
const BAR = 10; // px
const FONT = '12px system-ui';

/** @returns {import('./types.js').Picture} */
export function memoryPicture() {
  const summary = summaryBox();
  const charts = h('div');
  const table = detailsTable('Lines as a table');
  const element = h('figure', { class: 'picture memory' }, summary.element, charts, table.element);
  const size = frame(element, drawCharts);
  /** @type {import('./types.js').Source[]} */
  let shown = [];

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    summary.show(sources);
    drawCharts();
    table.set(() => tableOf(sources));
  }

  function drawCharts() {
    const groups = shown.flatMap(({ record, label }) =>
      [...Map.groupBy(record.rows, ({ contender }) => contender)].map(([contender, rows]) => ({ contender, label, rows: rows.slice(0, SHOWN) })),
    );
    const full = max(groups.flatMap(({ rows }) => rows.map((row) => row.bytes_per_request))) || 1;
    charts.replaceChildren(
      ...groups.map(({ contender, label, rows }) =>
        h(
          'section',
          {},
          h('h2', {}, swatch(contender), label ? `${contender} (${label})` : contender),
          linesDrawing(rows, full, size.width()),
        ),
      ),
    );
  }

  const blocks = () => [
    ...summary.blocks(),
    ...[...charts.children].flatMap((section) => [
      { text: section.querySelector('h2')?.textContent ?? '' },
      { svg: /** @type {SVGElement} */ (section.querySelector('svg[role]')) },
    ]),
  ];
  return { element, draw, blocks };
}

/** @param {Record<string, any>[]} rows @param {number} full  bytes that the widest bar stands for @param {number} width  px */
function linesDrawing(rows, full, width) {
  const height = rows.length * ROW;
  return s(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': rows.map(sentence).join('; ') },
    rows.map((row, place) => [
      s('text', { class: 'who', x: 0, y: place * ROW + 14 }, fitting(row, width)),
      s('rect', { class: 'kept', x: 0, y: place * ROW + 19, width: Math.max(1, (width * row.bytes_per_request) / full), height: BAR }),
    ]),
  );
}

/** @param {Record<string, any>} row */
const figures = ({ bytes_per_request: each, kib }) => `${brief(each)} bytes per request, ${brief(kib)} KiB`;

/** @param {Record<string, any>} row */
const sentence = (row) => `${row.file}:${row.line}: ${figures(row)}`;

/** The end of a path says more than its beginning. @param {Record<string, any>} row @param {number} width  px */
function fitting(row, width) {
  const whole = sentence(row);
  if (widthOf(whole, FONT) <= width) return whole;
  return sentence({ ...row, file: `…/${row.file.split('/').at(-1)}` });
}
