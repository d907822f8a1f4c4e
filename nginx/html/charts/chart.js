// One chart on uPlot: what uPlot draws itself (axes, lines, cursor), and what we add to it with a pen (spans, marks).

import uPlot from '/lib/uplot/uPlot.esm.js';
import { h, s } from '../core/dom.js';
import { roomOf } from './endings.js';
import { darkScheme } from './frame.js';
import { marks, spans } from './marks.js';
import { canvasPen, svgPen } from './pen.js';
import { readout } from './readout.js';
import { alignSeries, at, decadeTicks, edges, isDrawable, scale } from './scales.js';

const SPAN_LABEL = 20; // px above the frame
const SIZE = { height: 250, left: 66, bottom: 46 }; // px

const sheet = document.createElement('link'); // only pages with curves need it
Object.assign(sheet, { rel: 'stylesheet', href: '/lib/uplot/uPlot.min.css' });
document.head.append(sheet);

/**
 * @param {string} title
 * @param {{group?: string, height?: number, heading?: 'h2' | 'h3'}} [options]  the cursors of a group move together
 */
export function chart(title, { group, height = SIZE.height, heading = 'h2' } = {}) {
  const values = readout();
  const place = h('div', { class: 'plot', role: 'img' });
  const element = h('div', { class: 'chart' }, h(heading, {}, title), place, values.element);
  /** @type {import('./types.js').Plot} */
  let plot = { series: [], x: { label: '' }, y: { label: '' } };
  /** @type {?import('./types.js').UPlot} */
  let drawn = null;
  let shape = '';
  /** @type {Record<'x' | 'y', [value: number, label: string][]>} what uPlot chose, kept for the SVG */
  const ticks = { x: [], y: [] };

  /** @param {string} accent */
  const colour = (accent) => {
    place.className = `plot ${accent}`;
    const value = getComputedStyle(place).getPropertyValue('--accent-now');
    place.className = 'plot';
    return value;
  };
  /** @param {string} name */
  const ink = (name) => getComputedStyle(place).getPropertyValue(`--${name}-now`);
  /**
   * For one drawing: the styles of the page are read once, not for each of its points.
   * @param {import('./pen.js').Pen} pen
   * @returns {import('./marks.js').Brush}
   */
  const brush = (pen) => ({ pen, ink: memoize(ink), colour: memoize(colour) });

  /** @param {import('./types.js').Plot} next */
  function draw(next) {
    plot = next;
    place.setAttribute(
      'aria-label',
      `${title}: ${plot.series.map(({ label }) => label).join(', ')}; see the table below`,
    );
    const width = Math.floor(place.getBoundingClientRect().width) || 480;
    values.list(plot.series);
    const room = roomOf(plot);
    const wanted = JSON.stringify([
      width,
      room,
      darkScheme.matches,
      plot.x,
      plot.y,
      [...(plot.x.ticks ?? [])],
      plot.series.map(({ key, dash }) => [key, dash]),
    ]);
    const data = alignSeries(plot.series);
    if (drawn && wanted === shape) return drawn.setData(data);
    shape = wanted;
    drawn?.destroy();
    drawn = new uPlot(options(width, room), data, place);
  }

  /**
   * @param {number} width
   * @param {?number} room
   * @returns {import('/lib/uplot/uPlot.esm.js').Options}
   */
  const options = (width, room) => ({
    width,
    height,
    padding: [plot.spans?.length ? SPAN_LABEL : null, room, null, null],
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
        spanGaps: !plot.dense,
        points: { show: false },
        paths: line === false ? () => null : undefined,
      })),
    ],
    hooks: {
      drawClear: [(u) => withSavedState(u.ctx, () => spans(u, plot, brush(canvasPen(u.ctx))))],
      draw: [(u) => withSavedState(u.ctx, () => marks(u, plot, brush(canvasPen(u.ctx))))],
      setCursor: [read],
    },
  });

  /**
   * @param {'x' | 'y'} name
   * @param {import('./types.js').Axis} axis
   * @param {number} size
   * @returns {import('/lib/uplot/uPlot.esm.js').Axis}
   */
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
      ticks[name] = splits.flatMap((value, place) =>
        value === null ? [] : [/** @type {[number, string]} */ ([value, labels[place]])],
      );
      return labels;
    },
  });

  /** @param {import('./types.js').UPlot} u */
  function read(u) {
    const { left = -1, idx } = u.cursor;
    const place = left < 0 ? null : (idx ?? null);
    const unit = plot.y.unit ?? String;
    if (place === null) return values.show('', plot.series.map(() => null), unit);
    const x = u.data[0][place];
    values.show(
      plot.x.ticks?.get(x) ?? (plot.x.read ?? plot.x.unit ?? String)(x),
      plot.series.map((_, index) => u.data[index + 1][place] ?? null),
      unit,
    );
  }

  /**
   * The same chart as a drawing that stands alone: uPlot's scales and ticks, our pen.
   * @param {import('./types.js').UPlot} u
   */
  function svg(u) {
    const ratio = uPlot.pxRatio,
      { left, top, right, bottom } = edges(u);
    const group = s('g', { transform: `scale(${1 / ratio})` });
    const pen = svgPen(group, ratio);
    spans(u, plot, brush(pen));
    for (const [value, label] of ticks.x ?? []) {
      const x = u.valToPos(value, 'x', true);
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
      const y = u.valToPos(value, 'y', true);
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
      const path = points.filter((each) => isDrawable(plot, each)).map(({ x, y }) => at(u, x, y));
      if (line !== false) pen.line(path, colour(accent), 2, dash);
    }
    marks(u, plot, brush(pen));
    return s('svg', { width: u.width, height: u.height, viewBox: `0 0 ${u.width} ${u.height}` }, group);
  }

  const blocks = () => (drawn ? [{ text: `${title} (${plot.y.label})` }, { svg: svg(drawn) }] : []);
  return { element, draw, blocks };
}

/** @param {(name: string) => string} read @returns {(name: string) => string} */
function memoize(read) {
  /** @type {Map<string, string>} */
  const known = new Map();
  return (name) => {
    const value = known.get(name) ?? read(name);
    known.set(name, value);
    return value;
  };
}

/**
 * uPlot remembers which styles its canvas has, and must find them again.
 * @param {CanvasRenderingContext2D} ctx
 * @param {() => void} paint
 */
function withSavedState(ctx, paint) {
  ctx.save();
  paint();
  ctx.restore();
}
