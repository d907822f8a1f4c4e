// The grid of verdicts as a drawing, for a file: its colours are written into it, as it is never part of the page.

import { s } from '../core/dom.js';
import { featureOf, inGroups, VERDICTS } from './features.js';

const ROW = 22; // px
const LABEL = 230; // px for the feature
const COLUMN = 92; // px a contender: "gunicorn-asgi" fits
const HEAD = 26; // px

/** @param {string[]} contenders @param {Map<string, Map<string, any>>} found */
export function sheetOf(contenders, found) {
  const style = getComputedStyle(document.body);
  /** @param {string} name */
  const colour = (name) => colourOf(name, style.color);
  const features = inGroups([...found.keys()]);
  const width = LABEL + COLUMN * contenders.length;
  const height = HEAD + ROW * features.length;
  /** @param {number} x @param {number} y @param {string} words @param {import('../core/dom.js').Attributes} more */
  const text = (x, y, words, more = {}) =>
    s('text', { x, y, fill: style.color, 'font-family': style.fontFamily, 'font-size': 13, ...more }, words);
  /** @param {number} x */
  const middle = (x) => LABEL + COLUMN * (x + 0.5);
  return s(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}` },
    contenders.map((name, x) => text(middle(x), 16, name, { 'text-anchor': 'middle', 'font-weight': 700, 'font-size': 12 })),
    features.map((name, y) => [
      s('line', { x1: 0, x2: width, y1: HEAD + ROW * y, y2: HEAD + ROW * y, stroke: style.color, 'stroke-opacity': 0.15 }),
      text(0, HEAD + ROW * y + 15, featureOf(name).title),
      contenders.map((contender, x) => {
        const row = found.get(name)?.get(contender);
        if (!row) return null;
        return text(middle(x), HEAD + ROW * y + 16, VERDICTS[row.verdict][0], { 'text-anchor': 'middle', 'font-weight': 700, fill: colour(row.verdict) });
      }),
    ]),
  );
}

/**
 * As the page shows this verdict: read off an element of that class.
 * @param {string} verdict
 * @param {string} otherwise
 */
function colourOf(verdict, otherwise) {
  const shown = document.querySelector(`.legend .verdict-${verdict}`);
  return shown ? getComputedStyle(shown).color : otherwise;
}
