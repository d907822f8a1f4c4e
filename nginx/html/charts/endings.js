// The name and the last value of each line at its right end; lines that end alike share one label.

import { widthOf, wrapText } from './letters.js';
import { max } from './numbers.js';
import { at, edges, isDrawable } from './scales.js';

const LINE = 13; // px
const LETTERS = 18; // in a line of a label at most
const LINES = 12; // of all labels, as a chart has room for; where there are more, the legend has to tell the lines apart
const LEADER = 10; // px from the frame to the labels
const MARGIN = 4; // px behind them

/** @typedef {{end: {x: number, y: number}, lines: string[]}} Label */

/** Px that the labels need right of the frame. @param {import('./types.js').Plot} plot */
export function roomOf(plot) {
  if (!plot.named) return null;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const widths = labels(plot).flatMap(({ lines }) => lines.map((line) => widthOf(line, font)));
  if (!widths.length) return null;
  return Math.ceil((max(widths) + LEADER + MARGIN) / 10) * 10; // in steps: a live value does not move the frame
}

/** None where they do not all fit. @param {import('./types.js').Plot} plot @returns {Label[]} */
function labels(plot) {
  const alike = new Map();
  for (const { label, points } of plot.series) {
    const end = points.findLast((each) => isDrawable(plot, each));
    if (!end) continue;
    const value = (plot.y.unit ?? String)(end.y);
    if (!alike.has(value)) alike.set(value, { end, value, names: [] });
    alike.get(value).names.push(label);
  }
  /** @param {string} line */
  const short = (line) => line.length <= LETTERS;
  const all = [...alike.values()].map(({ end, value, names }) => ({
    end,
    lines: wrapText(`${names.join(', ')} ${value}`, short),
  }));
  return all.flatMap(({ lines }) => lines).length > LINES ? [] : all;
}

/**
 * @param {import('./types.js').UPlot} u
 * @param {import('./types.js').Plot} plot
 * @param {import('./marks.js').Brush} brush
 */
export function endings(u, plot, { pen, ink }) {
  const { right, top, bottom } = edges(u);
  const x = right + LEADER * pen.ratio;
  for (const { lines, from, tall, middle } of placeLabels(u, labels(plot), LINE * pen.ratio, top, bottom)) {
    /** @type {import('./pen.js').Place[]} */
    const ends = [middle, [x - 3 * pen.ratio, from + tall / 2]];
    pen.line(ends, ink('quiet'), 0.75);
    lines.forEach((line, place) => pen.text(x, from + (place + 0.8) * LINE * pen.ratio, line, ink('quiet')));
  }
}

/**
 * Beside their ends, as far as none covers another.
 * @param {import('./types.js').UPlot} u
 * @param {Label[]} all
 * @param {number} line
 * @param {number} top
 * @param {number} bottom
 */
function placeLabels(u, all, line, top, bottom) {
  const found = all.map(({ end: { x, y }, lines }) => {
    return { lines, middle: at(u, x, y), tall: lines.length * line, from: 0 };
  });
  found.sort((one, other) => one.middle[1] - other.middle[1]);
  let free = top - line / 2;
  for (const each of found) {
    each.from = Math.max(free, each.middle[1] - each.tall / 2);
    free = each.from + each.tall;
  }
  free = bottom + line / 2;
  for (const each of found.toReversed()) {
    each.from = Math.min(each.from, free - each.tall);
    free = each.from;
  }
  return found;
}
