// What we add to a chart beside uPlot's lines: shaded spans, a mark for each point, warnings above them, and a threshold.

import { endings } from './endings.js';
import { at, edges, isDrawable } from './scales.js';

const DOT = 3.5; // px, radius
const ABOVE = 10; // px from a point to the warning about it
const HOLLOW = ['doubtful', 'limited'];

/**
 * @typedef {{pen: import('./pen.js').Pen, ink: (name: string) => string, colour: (accent: string) => string}} Brush
 * @typedef {import('./types.js').Plot} Plot
 * @typedef {import('./types.js').Series} Series
 * @typedef {import('./types.js').Point} Point
 */

/** @param {import('./types.js').UPlot} u @param {Plot} plot @param {Brush} brush */
export function spans(u, plot, { pen, ink }) {
  const { left, top, right, bottom } = edges(u);
  for (const { from, to, label } of plot.spans ?? []) {
    const [x1, x2] = [from, to].map((x) => Math.min(right, Math.max(left, u.valToPos(x, 'x', true))));
    pen.box(x1, top, x2 - x1, bottom - top, ink('shade'));
    if (label) pen.text(x1, top - 5 * pen.ratio, label, ink('quiet'));
  }
}

/**
 * Warnings are drawn last: no contender's points may hide them.
 * @param {Plot} plot
 * @param {Brush} brush
 * @param {import('./types.js').UPlot} u
 */
export function marks(u, plot, brush) {
  if (plot.threshold) threshold(u, plot.threshold, brush);
  for (const draw of [point, warning])
    for (const series of plot.series)
      for (const each of plot.dense ? alone(series.points) : series.points) draw(u, plot, series, each, brush);
  if (plot.named) endings(u, plot, brush);
}

/** What a line does not show: its last point, and those that have no neighbour. @param {Point[]} points */
function alone(points) {
  const last = points.findLast(({ y }) => y !== null);
  return points.filter(
    (each, place) => each === last || ((points[place - 1]?.y ?? null) === null && (points[place + 1]?.y ?? null) === null),
  );
}

/** @param {import('./types.js').UPlot} u @param {{y: number, label: string}} threshold @param {Brush} brush */
function threshold(u, { y, label }, { pen, ink }) {
  const { left, right } = edges(u);
  const height = u.valToPos(y, 'y', true);
  pen.line([[left, height], [right, height]], ink('bad'), 1.5, [6, 4]);
  pen.text(left + 5 * pen.ratio, height - 5 * pen.ratio, label, ink('bad'));
}

/**
 * @param {import('./types.js').UPlot} u
 * @param {Plot} plot
 * @param {Series} series
 * @param {Point} each
 * @param {Brush} brush
 */
function point(u, plot, series, each, { pen, ink, colour }) {
  if (!isDrawable(plot, each)) return;
  const { x, y, mark = 'plain', low, high } = each;
  const stroke = colour(series.accent);
  if (low !== undefined && high !== undefined && high > low)
    pen.line([at(u, x, plot.y.log ? Math.max(low, 1e-9) : low), at(u, x, high)], stroke, 1.25);
  const size = series.line === false ? 2.5 : DOT;
  const fill = series.hollow || HOLLOW.includes(mark) ? ink('page') : stroke;
  pen.shape(series.shape ?? null, ...at(u, x, y), size, stroke, fill);
}

/**
 * @param {import('./types.js').UPlot} u
 * @param {Plot} plot
 * @param {Series} series
 * @param {Point} each
 * @param {Brush} brush
 */
function warning(u, plot, series, each, { pen, ink, colour }) {
  if (each.mark === 'failed')
    return pen.cross(u.valToPos(each.x, 'x', true), edges(u).top + 6 * pen.ratio, DOT, ink('bad'));
  if (!isDrawable(plot, each)) return;
  const [x, y] = at(u, each.x, each.y);
  if (each.label) pen.text(x - 3 * ABOVE * pen.ratio, y - ABOVE * pen.ratio, each.label, colour(series.accent));
  if (each.mark === 'errors') pen.cross(x, y - ABOVE * pen.ratio, DOT, ink('bad'));
  if (each.mark === 'limited') pen.triangle(x, y - ABOVE * pen.ratio, DOT, ink('quiet'), ink('page'));
}
