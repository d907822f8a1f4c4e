// The few strokes that a chart adds to uPlot's own, on its canvas or into an SVG. Positions are canvas pixels.

import { s } from '../core/dom.js';

const FONT = 12; // px

/**
 * @typedef {[x: number, y: number]} Place
 * @typedef {{
 *   line: (points: Place[], stroke: string, width: number, dash?: number[]) => void,
 *   polygon: (points: Place[], stroke: string, fill: string) => void,
 *   box: (x: number, y: number, width: number, height: number, fill: string) => void,
 *   dot: (x: number, y: number, radius: number, stroke: string, fill: string) => void,
 *   text: (x: number, y: number, words: string, fill: string, anchor?: 'start' | 'middle' | 'end') => void}} Strokes
 * @typedef {ReturnType<typeof shapes>} Pen
 */

/** @param {CanvasRenderingContext2D} ctx */
export function canvasPen(ctx) {
  const ratio = devicePixelRatio;
  /** @param {string} colour @param {number} width @param {number[]} dash */
  const strokePath = (colour, width, dash = []) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.stroke();
    ctx.setLineDash([]);
  };
  /** @param {Place[]} points */
  const path = (points) => {
    ctx.beginPath();
    points.forEach(([x, y], place) => (place ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  };
  return shapes(ratio, {
    line: (points, colour, width, dash) => (path(points), strokePath(colour, width, dash)),
    polygon(points, stroke, fill) {
      path(points);
      ctx.closePath();
      ctx.fillStyle = fill;
      ctx.fill();
      strokePath(stroke, 1.75);
    },
    box(x, y, width, height, fill) {
      ctx.fillStyle = fill;
      ctx.fillRect(x, y, width, height);
    },
    dot(x, y, radius, stroke, fill) {
      ctx.beginPath();
      ctx.arc(x, y, radius * ratio, 0, 2 * Math.PI);
      ctx.fillStyle = fill;
      ctx.fill();
      strokePath(stroke, 1.5);
    },
    text(x, y, words, colour, anchor = 'start') {
      ctx.font = `${FONT * ratio}px ${getComputedStyle(document.body).fontFamily}`;
      ctx.fillStyle = colour;
      ctx.textAlign = anchor === 'middle' ? 'center' : anchor;
      ctx.textBaseline = 'alphabetic';
      ctx.fillText(words, x, y);
    },
  });
}

/** @param {SVGElement} group @param {number} ratio */
export function svgPen(group, ratio) {
  /** @param {Parameters<typeof s>} made */
  const add = (...made) => group.append(s(...made));
  /** @param {Place[]} points */
  const list = (points) => points.map((point) => point.map((number) => number.toFixed(2)).join()).join(' ');
  return shapes(ratio, {
    line: (points, stroke, width, dash = []) =>
      add('polyline', {
        points: list(points),
        fill: 'none',
        stroke,
        'stroke-width': width * ratio,
        'stroke-dasharray': dash.map((length) => length * ratio).join(' ') || null,
      }),
    polygon: (points, stroke, fill) =>
      add('polygon', { points: list(points), stroke, fill, 'stroke-width': 1.75 * ratio }),
    box: (x, y, width, height, fill) => add('rect', { x, y, width: Math.max(0, width), height, fill }),
    dot: (cx, cy, radius, stroke, fill) =>
      add('circle', { cx, cy, r: radius * ratio, stroke, fill, 'stroke-width': 1.5 * ratio }),
    text: (x, y, words, fill, anchor = 'start') =>
      add(
        'text',
        {
          x,
          y,
          fill,
          'text-anchor': anchor,
          'font-size': FONT * ratio,
          'font-family': getComputedStyle(document.body).fontFamily,
        },
        words,
      ),
  });
}

/** @param {number} ratio @param {Strokes} pen */
function shapes(ratio, pen) {
  return {
    ratio,
    ...pen,
    /** @param {number} x @param {number} y @param {number} size @param {string} colour */
    cross(x, y, size, colour) {
      const r = size * ratio;
      pen.line(
        [
          [x - r, y - r],
          [x + r, y + r],
        ],
        colour,
        2,
      );
      pen.line(
        [
          [x - r, y + r],
          [x + r, y - r],
        ],
        colour,
        2,
      );
    },
    /**
     * @param {import('./swatch.js').Shape} corners
     * @param {number} x
     * @param {number} y
     * @param {number} size
     * @param {string} stroke
     * @param {string} fill
     */
    shape(corners, x, y, size, stroke, fill) {
      const r = size * ratio;
      if (corners)
        pen.polygon(
          corners.map(([right, down]) => [x + right * r, y + down * r]),
          stroke,
          fill,
        );
      else pen.dot(x, y, size, stroke, fill);
    },
    /** @param {number} x @param {number} y @param {number} size @param {string} stroke @param {string} fill */
    triangle(x, y, size, stroke, fill) {
      const r = size * ratio;
      pen.polygon(
        [
          [x, y - r],
          [x + r, y + r * 0.8],
          [x - r, y + r * 0.8],
        ],
        stroke,
        fill,
      );
    },
  };
}
