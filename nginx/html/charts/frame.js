// How wide a picture may be, and where its plots begin and end: the same for all of its charts.

import { oncePerFrame } from '../core/dom.js';

const NARROW = 560; // px, below which labels take less room
const LETTER = { wide: 8, narrow: 7.6 }; // px, of the boldest label in the widest of the usual fonts
const TIME = 64; // px at the right for a time as it stands behind a line

/** Calls `resized` when the width has changed; `letters` are those of the longest label. */
export function frame(element, resized, letters = () => 0) {
  let width = 0;
  const measure = () => Math.floor(element.getBoundingClientRect().width) || 960;
  const changed = oncePerFrame(() => {
    if (measure() !== width && element.isConnected) {
      width = measure();
      resized();
    }
  });
  new ResizeObserver(changed).observe(element);
  const narrow = () => measure() < NARROW;
  const left = () => Math.max(narrow() ? 84 : 118, 12 + letters() * (narrow() ? LETTER.narrow : LETTER.wide));
  return { width: measure, narrow, left, right: () => measure() - TIME };
}
