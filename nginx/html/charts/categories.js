// What CPU time is spent on: the categories of a profile, each with its colour.

import { h, s } from '../core/dom.js';

export const CATEGORIES = {
  application: 'application',
  serialization: 'serialization',
  framework: 'framework',
  server: 'server (Python)',
  native: 'native code',
  kernel: 'kernel and network',
  lab: 'the lab’s own',
};

/** The class that gives an element its colour; libraries and all else are grey. */
export const classOf = (category) => `cat-${category in CATEGORIES ? category : 'library'}`;

export const categoryKey = (present, library = false) =>
  [...Object.entries(CATEGORIES).filter(([name]) => present.has(name)), ...(library ? [['library', 'library']] : [])].map(
    ([name, title]) =>
      h('li', {}, s('svg', { class: `swatch ${classOf(name)}`, viewBox: '0 0 10 10', 'aria-hidden': 'true' }, s('rect', { class: 'category', width: 10, height: 10 })), title),
  );
