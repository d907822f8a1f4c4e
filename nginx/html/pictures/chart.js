// One chart on uPlot: what uPlot draws itself (axes, lines, cursor), and what we add to it with a pen (spans, marks).

import uPlot from '/lib/uplot/uPlot.esm.js';
import { h, s, say } from '../dom.js';
import { canvasPen, svgPen } from './pen.js';
import { aligned, decadeTicks, scale } from './scales.js';

/**
 * @typedef {'plain' | 'errors' | 'doubtful' | 'limited' | 'failed'} Mark
 * @typedef {{x: number, y: ?number, mark?: Mark, low?: number, high?: number}} Point
 * @typedef {{key: string, label: string, accent: string, dash?: number[], line?: boolean, hollow?: boolean, points: Point[]}} Series
 * @typedef {{from: number, to: number, label: string}} Span
 * @typedef {{label: string, unit?: (value: number) => string, log?: 2 | 10, range?: [number, number], ticks?: Map<number, string>}} Axis
 * @typedef {{series: Series[], spans?: Span[], goal?: {y: number, label: string}, x: Axis, y: Axis}} Plot
 */

const SIZE = { height: 250, left: 66, bottom: 46 }; // px
const DOT = 3.5; // px, radius

const sheet = document.createElement('link'); // only pages with curves need it
Object.assign(sheet, { rel: 'stylesheet', href: '/lib/uplot/uPlot.min.css' });
document.head.append(sheet);

/**
 * @param {string} title
 * @param {{group?: string, height?: number, heading?: string}} [options]  charts of a group move their cursors together
 */
export function chart(title, { group, height = SIZE.height, heading = 'h2' } = {}) {
  const readout = h('span', { class: 'readout', 'aria-hidden': 'true' });
  const place = h('div', { class: 'plot', role: 'img' });
  const element = h('div', { class: 'chart' }, h('div', { class: 'bar' }, h(heading, {}, title), readout), place);
  /** @type {?Plot} */
  let plot = null;
  let drawn = null;
  let shape = '';
  const ticks = {}; // what uPlot chose, kept for the SVG

  const colour = (accent) => {
    place.className = `plot ${accent}`;
    const value = getComputedStyle(place).getPropertyValue('--accent-now');
    place.className = 'plot';
    return value;
  };
  const ink = (name) => getComputedStyle(place).getPropertyValue(`--${name}-now`);

  function draw(next) {
    plot = next;
    place.setAttribute(
      'aria-label',
      `${title}: ${plot.series.map(({ label }) => label).join(', ')}; the figures are in the table below`,
    );
    const width = Math.floor(place.getBoundingClientRect().width) || 480;
    const asked = JSON.stringify([
      width,
      matchMedia('(prefers-color-scheme: dark)').matches,
      plot.x,
      plot.y,
      [...(plot.x.ticks ?? [])],
      plot.series.map(({ key, dash }) => [key, dash]),
    ]);
    const data = aligned(plot.series);
    if (drawn && asked === shape) return drawn.setData(data);
    shape = asked;
    drawn?.destroy();
    drawn = new uPlot(options(width), data, place);
  }

  const options = (width) => ({
    width,
    height,
    legend: { show: false },
    cursor: { sync: group ? { key: group } : undefined, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: scale(plot.x), y: scale(plot.y) },
    axes: [axis('x', plot.x, SIZE.bottom), axis('y', plot.y, SIZE.left)],
    series: [
      {},
      ...plot.series.map(({ accent, dash, line }) => ({
        stroke: () => colour(accent),
        width: line === false ? 0 : 2,
        dash,
        spanGaps: true,
        points: { show: false },
        paths: line === false ? () => null : undefined,
      })),
    ],
    hooks: {
      drawClear: [(u) => asBefore(u.ctx, () => spans(u, canvasPen(u.ctx)))],
      draw: [(u) => asBefore(u.ctx, () => marks(u, canvasPen(u.ctx)))],
      setCursor: [read],
    },
  });

  const axis = (name, { label, unit = String, ticks: named, log }, size) => ({
    label,
    labelSize: 18,
    size: size - 16,
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    labelFont: `12px ${getComputedStyle(document.body).fontFamily}`,
    stroke: () => ink('quiet'),
    grid: { stroke: () => ink('line'), width: 1 },
    ticks: { show: false },
    space: name === 'x' ? 62 : 34,
    ...(log && !named ? { splits: (u, index, min, max) => decadeTicks(min, max), filter: (_, splits) => splits } : {}),
    ...(named ? { splits: () => [...named.keys()], filter: (_, splits) => splits } : {}),
    values: (_, splits) => {
      const labels = splits.map((value) => (value === null ? '' : (named?.get(value) ?? unit(value))));
      ticks[name] = splits.map((value, place) => [value, labels[place]]).filter(([value]) => value !== null);
      return labels;
    },
  });

  const at = (u, x, y) => [u.valToPos(x, 'x', true), u.valToPos(y, 'y', true)];
  const edges = (u) => ({
    left: u.bbox.left,
    top: u.bbox.top,
    right: u.bbox.left + u.bbox.width,
    bottom: u.bbox.top + u.bbox.height,
  });

  function spans(u, pen) {
    const { left, top, right, bottom } = edges(u);
    for (const { from, to, label } of plot.spans ?? []) {
      const [x1, x2] = [from, to].map((x) => Math.min(right, Math.max(left, u.valToPos(x, 'x', true))));
      pen.box(x1, top, x2 - x1, bottom - top, ink('shade'));
      if (label) pen.text(x1 + 5 * pen.ratio, top + 13 * pen.ratio, label, ink('quiet'));
    }
  }

  function marks(u, pen) {
    const { left, right, top } = edges(u);
    if (plot.goal) {
      const [, y] = at(u, u.scales.x.min, plot.goal.y);
      pen.line(
        [
          [left, y],
          [right, y],
        ],
        ink('bad'),
        1.5,
        [6, 4],
      );
      pen.text(left + 5 * pen.ratio, y - 5 * pen.ratio, plot.goal.label, ink('bad'));
    }
    for (const series of plot.series) {
      const stroke = colour(series.accent);
      for (const point of series.points) mark(u, pen, series, point, stroke, top);
    }
  }

  function mark(u, pen, series, { x, y, mark: kind = 'plain', low, high }, stroke, top) {
    if (kind === 'failed') return pen.cross(u.valToPos(x, 'x', true), top + 6 * pen.ratio, DOT, ink('bad'));
    if (y === null || y === undefined || (plot.y.log && y <= 0)) return;
    const [px, py] = at(u, x, y);
    if (low !== undefined && high > low) pen.line([at(u, x, Math.max(low, 1e-9)), at(u, x, high)], stroke, 1.25);
    const hollow = series.hollow || kind === 'doubtful';
    if (kind === 'limited') pen.triangle(px, py, DOT + 1.5, stroke, ink('page'));
    else pen.dot(px, py, series.line === false ? 2.5 : DOT, stroke, hollow ? ink('page') : stroke);
    if (kind === 'errors') pen.cross(px, py - 9 * pen.ratio, DOT, ink('bad'));
  }

  function read(u) {
    const place = u.cursor.idx;
    if (place === null || place === undefined || u.cursor.left < 0) return say(readout, '');
    const x = u.data[0][place];
    const values = plot.series
      .map(({ label }, index) => [label, u.data[index + 1][place]])
      .filter(([, value]) => value !== null && value !== undefined);
    const unit = plot.y.unit ?? String;
    say(
      readout,
      values.length
        ? `${plot.x.ticks?.get(x) ?? (plot.x.unit ?? String)(x)}: ${values.map(([label, value]) => `${label} ${unit(value)}`).join(' · ')}`
        : '',
    );
  }

  /** The same chart as a drawing that stands alone: uPlot's scales and ticks, our pen. */
  function svg() {
    const ratio = uPlot.pxRatio,
      { left, top, right, bottom } = edges(drawn);
    const group = s('g', { transform: `scale(${1 / ratio})` });
    const pen = svgPen(group, ratio);
    spans(drawn, pen);
    for (const [value, label] of ticks.x ?? []) {
      const x = drawn.valToPos(value, 'x', true);
      pen.line(
        [
          [x, top],
          [x, bottom],
        ],
        ink('line'),
        1,
      );
      pen.text(x, bottom + 16 * ratio, label, ink('quiet'), 'middle');
    }
    for (const [value, label] of ticks.y ?? []) {
      const y = drawn.valToPos(value, 'y', true);
      pen.line(
        [
          [left, y],
          [right, y],
        ],
        ink('line'),
        1,
      );
      pen.text(left - 6 * ratio, y + 4 * ratio, label, ink('quiet'), 'end');
    }
    pen.text((left + right) / 2, bottom + 33 * ratio, plot.x.label, ink('quiet'), 'middle');
    for (const { accent, dash, line, points } of plot.series) {
      const path = points
        .filter(({ y }) => y !== null && y !== undefined && !(plot.y.log && y <= 0))
        .map(({ x, y }) => at(drawn, x, y));
      if (line !== false) pen.line(path, colour(accent), 2, dash);
    }
    marks(drawn, pen);
    return s('svg', { width: drawn.width, height: drawn.height, viewBox: `0 0 ${drawn.width} ${drawn.height}` }, group);
  }

  const blocks = () => (drawn ? [{ text: `${title} (${plot.y.label})` }, { svg: svg() }] : []);
  return { element, draw, blocks };
}

/** uPlot remembers which styles its canvas has, and must find them again. */
function asBefore(ctx, paint) {
  ctx.save();
  paint();
  ctx.restore();
}
