// The few strokes that a chart adds to uPlot's own, on its canvas or into an SVG. Positions are canvas pixels.

import { s } from '../core/dom.js';

const FONT = 12; // px

/** @param {CanvasRenderingContext2D} ctx */
export function canvasPen(ctx) {
  const ratio = devicePixelRatio;
  const stroked = (colour, width, dash = []) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width * ratio;
    ctx.setLineDash(dash.map((length) => length * ratio));
    ctx.stroke();
    ctx.setLineDash([]);
  };
  const path = (points) => {
    ctx.beginPath();
    points.forEach(([x, y], place) => (place ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  };
  return shapes(ratio, {
    line: (points, colour, width, dash) => (path(points), stroked(colour, width, dash)),
    polygon(points, stroke, fill) {
      path(points);
      ctx.closePath();
      ctx.fillStyle = fill;
      ctx.fill();
      stroked(stroke, 1.75);
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
      stroked(stroke, 1.5);
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

/** @param {SVGElement} group */
export function svgPen(group, ratio) {
  const add = (...made) => group.append(s(...made));
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

function shapes(ratio, pen) {
  return {
    ratio,
    ...pen,
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
    /** @param {import('./swatch.js').Shape} corners */
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
