// How wide a picture may be, and where its plots begin and end: the same for all of its charts.

import { oncePerFrame } from '../core/dom.js';

const NARROW = 560; // px, below which labels take less room
const LETTER = { wide: 8, narrow: 7.6 }; // px, of the boldest label in the widest of the usual fonts
const TIME = 64; // px at the right for a time as it stands behind a line

export const darkScheme = matchMedia('(prefers-color-scheme: dark)');

/** @typedef {{width: () => number, narrow: () => boolean, left: () => number, right: () => number}} Frame */

/**
 * @param {HTMLElement} element
 * @param {() => void} redraw  called when the width or the colours of the page change, as a canvas follows neither
 * @param {() => number} letters  of the longest label
 * @returns {Frame}
 */
export function frame(element, redraw, letters = () => 0) {
  let width = 0;
  const measure = () => Math.floor(element.getBoundingClientRect().width) || 960;
  const resize = oncePerFrame(() => {
    if (measure() !== width && element.isConnected) {
      width = measure();
      redraw();
    }
  });
  new ResizeObserver(resize).observe(element);
  darkScheme.addEventListener('change', () => element.isConnected && redraw());
  const narrow = () => measure() < NARROW;
  const left = () => Math.max(narrow() ? 84 : 118, 12 + letters() * (narrow() ? LETTER.narrow : LETTER.wide));
  return { width: measure, narrow, left, right: () => measure() - TIME };
}
