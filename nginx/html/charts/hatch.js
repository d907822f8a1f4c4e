// The hatching of what was answered by an unknown process; each drawing has its own, so that it can stand alone.

import { s } from '../core/dom.js';

const APART = 5; // px

/** @param {string} key */
export const hatch = (key) =>
  s(
    'pattern',
    {
      id: `hatch-${key}`,
      width: APART,
      height: APART,
      patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)',
    },
    s('rect', { class: 'hatch', width: APART * 0.36, height: APART }),
  );

/** @param {string} key */
export const hatchFill = (key) => `url(#hatch-${key})`;
