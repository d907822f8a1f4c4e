// How wide a picture may be, and where its plots begin and end: the same for all of its charts.

import { oncePerFrame } from '../dom.js';

const NARROW = 560; // px, below which labels take less room

/** Calls `resized` when the width has changed. */
export function frame(element, resized) {
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
  return { width: measure, narrow, left: () => (narrow() ? 84 : 118), right: () => measure() - (narrow() ? 14 : 22) };
}
