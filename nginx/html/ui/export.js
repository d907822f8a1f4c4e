// A run as a file: its rows as CSV or JSON, its picture as SVG or PNG.

import { widthOf, wrapText } from '../charts/letters.js';
import { moment } from '../charts/time.js';
import { csv } from '../core/api.js';
import { h, patch, s } from '../core/dom.js';

/** @typedef {import('../charts/types.js').Block} Block */

const MARGIN = 24; // px
const NARROWEST = 480; // px, where there is nothing to draw
const SHARP = 2; // pixels of a PNG for each of the picture's: readable when enlarged
const STYLES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
  'paint-order',
  'stroke-linejoin',
];

/**
 * @param {import('../core/record.js').Recording} record
 * @param {() => import('../charts/types.js').Block[]} blocks  of its picture
 */
export function exportButtons(record, blocks) {
  const { markdown } = record.notices.summary ?? {};
  /** @param {string} ending */
  const fileName = (ending) => `${record.run.experiment}-${record.run.id}.${ending}`;
  return [
    ...buttons({
      CSV: async () => save(await (await csv(record.run.id)).blob(), fileName('csv')),
      JSON: async () =>
        save(
          new Blob([JSON.stringify({ run: record.run, results: record.rows }, null, 2)], { type: 'application/json' }),
          fileName('json'),
        ),
      ...(markdown && { Markdown: async () => save(new Blob([markdown], { type: 'text/markdown' }), fileName('md')) }),
    }),
    ...exportPicture({ blocks }, `${record.run.experiment}-${record.run.id}`, () => origin(record.run)),
  ];
}

/**
 * Where the figures of a file come from, for a reader who has it without its page.
 * @param {import('../core/api.js').Run} run
 */
function origin({ experiment, params, finished, created, id }) {
  const settings = Object.entries(params).map(([name, value]) => `${name} ${value}`);
  return [experiment, ...settings, moment(finished ?? created), `run\u00a0${id}`].join(' · ');
}

/**
 * @param {{blocks: () => import('../charts/types.js').Block[]}} picture
 * @param {string} name  of the file
 * @param {() => string} foot  its last line
 */
export function exportPicture(picture, name, foot = () => '') {
  const blocks = () => [...picture.blocks(), { text: foot() }];
  return buttons({
    SVG: async () => save(svgFile(blocks()), `${name}.svg`),
    PNG: async () => save(await pngFile(blocks()), `${name}.png`),
  });
}

/** @param {Record<string, () => unknown>} files */
function buttons(files) {
  return Object.entries(files).map(([name, make]) =>
    h('button', { type: 'button', class: 'small', onclick: make, 'aria-label': `Export as ${name}` }, name),
  );
}

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the download may not have begun when click() returns
}

/** @param {Block[]} blocks */
const svgFile = (blocks) => new Blob([new XMLSerializer().serializeToString(sheet(blocks))], { type: 'image/svg+xml' });

/** @param {Block[]} blocks @returns {Promise<Blob>} */
async function pngFile(blocks) {
  const url = URL.createObjectURL(svgFile(blocks));
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = h('canvas', { width: image.width * SHARP, height: image.height * SHARP });
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('too large for a PNG'))), 'image/png'),
  );
}

/** All blocks below each other on one sheet that needs no style sheet. @param {Block[]} blocks */
function sheet(blocks) {
  const page = getComputedStyle(document.body);
  const widths = blocks.map(({ svg }) => Number(svg?.getAttribute('width') ?? 0));
  const width = Math.max(NARROWEST, ...widths) + 2 * MARGIN;
  let y = MARGIN;
  const parts = blocks
    .filter(({ text }) => text !== '')
    .flatMap((block) => {
      if (block.svg) {
        const own = standaloneCopy(block.svg);
        patch(own, { x: MARGIN, y });
        y += Number(block.svg.getAttribute('height')) + 10;
        return [own];
      }
      if (block.key) {
        const { parts: entries, end } = legendParts(block.key, y + 15, width, page);
        y = end + 10;
        return entries;
      }
      const [size, weight] = block.big ? [17, 700] : [14, 400];
      const font = `${weight} ${size}px ${page.fontFamily}`;
      return wrapText(block.text ?? '', (line) => widthOf(line, font) <= width - 2 * MARGIN).map((line) => {
        y += size * 1.4;
        return s(
          'text',
          {
            x: MARGIN,
            y: y - size * 0.4,
            'font-family': page.fontFamily,
            'font-size': size,
            'font-weight': weight,
            fill: page.color,
          },
          line,
        );
      });
    });
  return s(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height: y + MARGIN, viewBox: `0 0 ${width} ${y + MARGIN}` },
    s('rect', { width: '100%', height: '100%', fill: page.backgroundColor }),
    ...parts,
  );
}

/**
 * Each entry of a legend: its sign and its words, side by side in as many lines as they need.
 * @param {Element[]} entries
 * @param {number} top
 * @param {number} width
 * @param {CSSStyleDeclaration} page
 */
function legendParts(entries, top, width, page) {
  let x = MARGIN,
    y = top;
  const parts = entries.flatMap((entry) => {
    const sign = entry.querySelector('svg');
    if (!sign) return [];
    const words = entry.textContent;
    const size = sign.getBoundingClientRect();
    const room = size.width + 24 + words.length * 7.2;
    if (x + room > width - MARGIN) [x, y] = [MARGIN, y + 20];
    const own = standaloneCopy(sign);
    patch(own, { x, y: y - 10, width: size.width, height: size.height });
    const text = s(
      'text',
      { x: x + size.width + 6, y, 'font-family': page.fontFamily, 'font-size': 13, fill: page.color },
      words,
    );
    x += room;
    return [own, text];
  });
  return { parts, end: y };
}

/** @param {SVGElement} svg */
function standaloneCopy(svg) {
  const copy = /** @type {SVGElement} */ (svg.cloneNode(true));
  const originals = svg.querySelectorAll('*');
  copy.querySelectorAll('*').forEach((element, place) => {
    const style = getComputedStyle(originals[place]);
    for (const name of STYLES) {
      const value = style.getPropertyValue(name);
      if (value && value !== 'auto') element.setAttribute(name, value);
    }
    element.removeAttribute('class');
  });
  return copy;
}
