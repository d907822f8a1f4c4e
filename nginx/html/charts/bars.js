// A bar a contender, its categories one behind the other, and a line where the kernel's own count ends.

import { s } from '../core/dom.js';
import { CATEGORIES, classOf } from './categories.js';
import { widthOf } from './letters.js';
import { most } from './numbers.js';
import { brief } from './scales.js';
import { niceStep } from './time.js';

const BAR = 26; // px
const ROW = 40; // px
const APART = 70; // px from tick to tick, at least
const FONT = '12px system-ui';

/**
 * @param {{label: string, row: Record<string, any>}[]} bars
 * @param {number} width  px
 */
export function barsDrawing(bars, width) {
  const left = Math.min(width * 0.4, most(bars.map(({ label }) => widthOf(label, FONT))) + 12);
  const right = width - 12;
  const full = most(bars.flatMap(({ row }) => [row.sampled_us, row.sampled_high_us ?? 0, row.cpu_us])) || 1;
  const x = (us) => left + ((right - left) * us) / full;
  const height = bars.length * ROW + 24;
  const step = niceStep((full * APART) / Math.max(APART, right - left));
  const ticks = Array.from({ length: Math.floor(full / step) + 1 }, (_, place) => place * step);
  return s(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': bars.map(sentence).join('; ') },
    ticks.flatMap((us, place) => [
      s('line', { class: 'grid', x1: x(us), x2: x(us), y1: 0, y2: bars.length * ROW }),
      s('text', { x: x(us), y: height - 8, 'text-anchor': place ? 'middle' : 'start' }, place ? brief(us) : '0 µs'),
    ]),
    bars.flatMap(({ label, row }, place) => bar(label, row, place * ROW + (ROW - BAR) / 2, x)),
  );
}

const sentence = ({ label, row }) => `${label}: ${brief(row.sampled_us)} µs per request`;

function bar(label, row, y, x) {
  let end = 0;
  const segments = Object.entries(CATEGORIES).flatMap(([name, title]) => {
    const us = row[`${name}_us`];
    if (!us) return [];
    const begin = x(end);
    end += us;
    const room = x(end) - begin;
    const text = brief(us);
    return [
      s(
        'g',
        { class: classOf(name) },
        s('rect', { class: 'category', x: begin, y, width: Math.max(0.5, room), height: BAR }, s('title', {}, `${title}: ${text} µs`)),
        room > widthOf(text, FONT) + 8 && s('text', { class: 'within', x: begin + 4, y: y + BAR / 2 + 4 }, text),
      ),
    ];
  });
  const spread = row.sampled_low_us !== null && [
    s('line', { class: 'spread', x1: x(row.sampled_low_us), x2: x(row.sampled_high_us), y1: y + BAR + 3, y2: y + BAR + 3 }),
  ];
  return [
    s('text', { class: 'who', x: 0, y: y + BAR / 2 + 4 }, label),
    ...segments,
    spread,
    s('line', { class: 'counted', x1: x(row.cpu_us), x2: x(row.cpu_us), y1: y - 3, y2: y + BAR + 3 }),
  ].filter(Boolean);
}
