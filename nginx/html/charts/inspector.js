// Points at one request of a chart, by mouse, finger or arrow keys, and shows all that is known of it.

import { h, setText } from '../core/dom.js';
import { duration } from './time.js';

/** @type {Record<string, number>} */
const STEPS = {
  ArrowDown: 1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -Infinity,
  End: Infinity,
};

/** @param {HTMLElement} box */
export function inspector(box) {
  const tip = h('output', { class: 'tip', hidden: true });
  const line = h('div', { class: 'pointed', hidden: true });
  box.append(line, tip);
  /** @type {import('./requestbar.js').Placed[]} */
  let rows = [];
  /** @type {?import('./time.js').TimeAxis} */
  let axis = null;
  let at = -1;

  /** @param {number} place */
  function point(place) {
    at = place;
    tip.hidden = line.hidden = !rows[at];
    if (!rows[at] || !axis) return;
    const { bar, y, height } = rows[at];
    setText(tip, describe(bar));
    Object.assign(line.style, {
      top: `${y - 1}px`,
      height: `${Math.max(height, 3) + 1}px`,
      left: `${axis.x(bar.sent) - 1}px`,
      width: `${axis.x(bar.end) - axis.x(bar.sent) + 2}px`,
    });
    tip.style.top = `${y + height + 6}px`;
    tip.style.left = `${Math.max(0, Math.min(axis.x(bar.started ?? bar.sent), box.clientWidth - tip.offsetWidth - 4))}px`;
  }

  /** @param {MouseEvent} event */
  const under = (event) => {
    const y = event.clientY - box.getBoundingClientRect().top;
    return rows.findIndex((row) => y >= row.y && y < row.y + row.height);
  };
  box.addEventListener('pointermove', (event) => point(under(event)));
  box.addEventListener('pointerdown', (event) => point(under(event)));
  box.addEventListener('pointerleave', ({ pointerType }) => {
    if (pointerType !== 'touch') point(-1); // a finger leaves when it is lifted
  });
  box.addEventListener('blur', () => point(-1));
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return point(-1);
    const step = STEPS[event.key];
    if (!step || !rows.length) return;
    event.preventDefault();
    point(Math.max(0, Math.min(rows.length - 1, at + step)));
    tip.scrollIntoView({ block: 'nearest' });
  });

  return {
    /** @param {import('./requestbar.js').Placed[]} placed @param {import('./time.js').TimeAxis} scale */
    show(placed, scale) {
      [rows, axis] = [placed, scale];
      point(-1);
    },
  };
}

/** @param {import('./lanes.js').Bar} bar */
const describe = ({ row, sent, started, finished, end }) =>
  [
    `request ${row.seq}`,
    row.pid === null
      ? null
      : `process ${row.pid}${row.lane ? `, ${row.lane}` : ''}${row.host ? ` in ${row.host}` : ''}`,
    row.error ?? (row.status === 200 ? null : `status ${row.status}`),
    started === null ? null : `queued ${duration(Math.max(0, started - sent))}`,
    started === null || finished === null ? null : `processed ${duration(finished - started)}`,
    `total ${duration(end - sent)}`,
  ]
    .filter(Boolean)
    .join(' · ');
