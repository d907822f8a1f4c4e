// A flame graph, with the outermost function on top: as wide as its time, one row below its caller. By mouse, finger or keys.

import { h, s, setText } from '../core/dom.js';
import { nodesOf } from '../core/stacks.js';
import { CATEGORIES, classOf } from './categories.js';
import { brief } from './scales.js';

const ROW = 20; // px
const NARROWEST = 1; // px, below which a function is not drawn: nobody can point at it
const LETTER = 6.7; // px, about, of the label's font
const SHOWN = 3; // lines of a function that are named
const MORE = 0.1; // of what a function spends in either profile, from which on a difference has a colour

/** @param {() => number} width  px */
export function flameGraph(width) {
  const drawing = s('svg', { class: 'flames', role: 'group', 'aria-label': 'Flame graph' });
  const found = h('output', { class: 'aside' });
  const search = h('input', { type: 'search', 'aria-label': 'Search functions', placeholder: 'function or file', spellcheck: false, autocomplete: 'off' });
  const whole = h('button', { type: 'button', class: 'small', hidden: true }, 'Show all');
  const about = h('output', { class: 'evidence' });
  const element = h('div', { class: 'flame' }, h('div', { class: 'bar' }, h('span', {}, search, ' ', found), whole), drawing, about);
  let tree = null;
  let top = null; // what is zoomed to
  let differs = false;
  let places = new Map(); // of the nodes that are drawn, their elements
  const nodes = new WeakMap(); // and back

  search.addEventListener('input', () => draw());
  whole.addEventListener('click', () => zoom(tree));
  drawing.addEventListener('click', ({ target }) => zoom(nodeAt(target)));
  drawing.addEventListener('pointerover', ({ target }) => tell(nodeAt(target)));
  drawing.addEventListener('focusin', ({ target }) => (enter(target), tell(nodeAt(target))));
  drawing.addEventListener('keydown', step);

  const nodeAt = (target) => nodes.get(target.closest?.('.call'));

  function zoom(node) {
    if (!node) return;
    top = node;
    draw();
    places.get(top)?.focus();
  }

  /** One function is where Tab enters the graph: the last that had the focus. */
  function enter(target) {
    for (const each of drawing.querySelectorAll("[tabindex='0']")) each.setAttribute('tabindex', -1);
    target.setAttribute('tabindex', 0);
  }

  /** Up to the caller, down to the heaviest call, aside to its neighbours; Enter zooms, Escape shows all again. */
  function step(event) {
    const node = nodeAt(event.target);
    if (!node) return;
    const beside = node.parent ? ordered(node.parent).filter((each) => places.has(each)) : [node];
    const place = beside.indexOf(node);
    const next = {
      ArrowUp: () => node.parent,
      ArrowDown: () => [...node.children.values()].filter((each) => places.has(each)).sort((a, b) => b.us - a.us)[0],
      ArrowLeft: () => beside[place - 1],
      ArrowRight: () => beside[place + 1],
    }[event.key]?.();
    if (event.key === 'Enter' || event.key === ' ') zoom(node);
    else if (event.key === 'Escape') zoom(tree);
    else if (next) places.get(next)?.focus();
    else if (!event.key.startsWith('Arrow')) return;
    event.preventDefault();
  }

  function tell(node) {
    if (node) setText(about, describe(node, tree, differs));
  }

  function draw() {
    whole.hidden = top === tree;
    places = new Map();
    const rows = [];
    const above = callers(top);
    const scale = width() / (top.us || 1);
    above.forEach((each, row) => rows.push([each, 0, width(), row]));
    place(top, 0, above.length);

    function place(node, x, row) {
      const wide = node.us * scale;
      if (wide < NARROWEST) return;
      rows.push([node, x, wide, row]);
      let from = x;
      for (const child of ordered(node)) {
        place(child, from, row + 1);
        from += child.us * scale;
      }
    }

    const height = (Math.max(0, ...rows.map(([, , , row]) => row)) + 1) * ROW;
    for (const [name, value] of Object.entries({ width: width(), height, viewBox: `0 0 ${width()} ${height}` })) drawing.setAttribute(name, value);
    const wanted = search.value.trim().toLowerCase();
    drawing.replaceChildren(...rows.map(([node, x, wide, row]) => call(node, x, wide, row, wanted)));
    places.get(top)?.setAttribute('tabindex', 0);
    setText(found, wanted ? matched(tree, wanted) : '');
    tell(top);
  }

  function call(node, x, wide, row, wanted) {
    const label = node.file ? `${node.name} (${node.file})` : node.name;
    const letters = Math.floor((wide - 6) / LETTER);
    const kind = differs ? difference(node) : classOf(node.category);
    const box = s('rect', {
      class: 'category',
      x,
      y: row * ROW,
      width: Math.max(0.5, wide - 0.5),
      height: ROW - 1,
      tabindex: -1,
      role: 'button',
      'aria-label': `${label}: ${brief(node.us)} µs`,
    });
    const text = letters > 2 && s('text', { class: 'within', 'aria-hidden': 'true', x: x + 3, y: row * ROW + 14 }, label.slice(0, letters));
    const element = s('g', { class: `call ${kind}${wanted && matches(node, wanted) ? ' found' : ''}` }, box, text);
    places.set(node, box);
    nodes.set(element, node);
    return element;
  }

  return {
    element,
    drawing,
    /** @param {import('../core/stacks.js').Node} shown @param {boolean} [against]  whether it was compared with another */
    show(shown, against = false) {
      [tree, top, differs] = [shown, shown, against];
      draw();
    },
    redraw: () => tree && draw(),
  };
}

const callers = (node) => (node.parent ? [...callers(node.parent), node.parent] : []);
const ordered = (node) => [...node.children.values()].sort((a, b) => (a.name + a.file).localeCompare(b.name + b.file));
const matches = ({ name, file }, wanted) => `${name} (${file})`.toLowerCase().includes(wanted);

/** The time of functions that match, each stack once. */
function matched(tree, wanted) {
  const time = (node) => (matches(node, wanted) ? node.us : [...node.children.values()].reduce((sum, each) => sum + time(each), 0));
  const us = time(tree);
  const count = nodesOf(tree).filter((node) => matches(node, wanted)).length;
  return count ? `${count} found, ${brief(us)} µs (${Math.round((100 * us) / tree.us)} %)` : 'none found';
}

function difference({ us, other }) {
  if (Math.abs(us - other) < MORE * Math.max(us, other)) return 'same';
  return us > other ? 'more' : 'less';
}

function describe(node, tree, differs) {
  const share = ((100 * node.us) / tree.us).toPrecision(3);
  const lines = [...node.lines].filter(([line]) => line).sort(([, a], [, b]) => b - a);
  return [
    `${node.name}${node.file && ` (${node.file})`}: ${brief(node.us)} µs per request (${+share} %), of it ${brief(node.own)} µs itself`,
    differs && `${brief(node.other)} µs in the other`,
    CATEGORIES[node.category],
    lines.length && `lines ${lines.slice(0, SHOWN).map(([line, us]) => `${line} (${brief(us)} µs)`).join(', ')}`,
  ]
    .filter(Boolean)
    .join(' · ');
}
