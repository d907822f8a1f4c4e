// Builds elements without markup in strings: what a contender answers can never become code.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */
/** @typedef {Record<string, unknown>} Attributes */

/**
 * `h('button', {type: 'button', onclick: run}, 'Run')`. Attributes that are null or false are left out.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/**
 * The same for SVG.
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  fill(element, attributes, children);
  return element;
}

/** @param {Element} element @param {Attributes} attributes @param {Child[]} children */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function')
      element.addEventListener(name.slice('on'.length), /** @type {EventListener} */ (value));
    else if (isPresent(value)) element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of nodesOf(children, element)) element.append(child); // one by one: a call takes no 100,000
}

/** @param {unknown} value */
const isPresent = (value) => value !== null && value !== undefined && value !== false;

/** @param {Child[]} children @param {Element} parent @returns {(Node | string)[]} */
const nodesOf = (children, parent) =>
  children.flatMap((child) => {
    if (Array.isArray(child)) return nodesOf(child, parent);
    if (!isPresent(child)) return [];
    return [child instanceof Node ? child : keepUnits(String(child), parent)];
  });

/**
 * No line ends between a number and its unit. What can be copied into a terminal or is typed stays as it is.
 * @param {string} text
 * @param {Element} parent
 */
const keepUnits = (text, { localName }) =>
  ['code', 'pre', 'option', 'textarea'].includes(localName) ? text : text.replace(UNIT, '$1\u00a0');
const UNIT = /(\d) (?=(?:%|µs|ms|s|min|KiB|MiB|GiB|req\/s)(?![\w/]))/g;

// --- elements that are there ----------------------------------------------------------------------

/**
 * What `h` makes of an element, of one that is there: `patch(button, {disabled: running}, 'Run')`. Only what differs is
 * written: screen readers announce every write to a live region, and what stays in its place keeps its focus.
 * Attributes that are not named stay, and so do the children if none are given; `[]` takes them away.
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {...Child} children
 */
export function patch(element, attributes, ...children) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = isPresent(value) ? (value === true ? '' : String(value)) : null;
    if (text === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
  if (children.length) arrange(element, nodesOf(children, element));
}

/**
 * The children of an element, in this order; a text that is there is kept as it is.
 * @param {Element} element
 * @param {(Node | string)[]} wanted
 */
function arrange(element, wanted) {
  const present = [...element.childNodes];
  const nodes = wanted
    .filter((each) => each !== '')
    .map((each, place) => {
      if (each instanceof Node) return each;
      const there = present[place];
      return there instanceof Text && there.data === each ? there : document.createTextNode(each);
    });
  const kept = new Set(nodes);
  for (const node of present) if (!kept.has(node)) node.remove();
  let next = element.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else element.insertBefore(node, next);
  }
}

/** @param {Element} element @param {string} text */
export const setText = (element, text) => patch(element, {}, text);

/**
 * Children that follow a list: each is made when its key is new, kept while its key is listed, and updated at once.
 * @template Item
 * @template {{element: Element, update?: (item: Item) => void}} Part
 * @param {Element} parent
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item) => Part} make
 */
export function keyedChildren(parent, keyOf, make) {
  /** @type {Map<string, Part>} */
  let parts = new Map();
  return {
    /** @param {Item[]} items */
    update(items) {
      parts = new Map(items.map((item) => [keyOf(item), parts.get(keyOf(item)) ?? make(item)]));
      arrange(parent, [...parts.values()].map(({ element }) => element));
      for (const item of items) parts.get(keyOf(item))?.update?.(item);
    },
    /** @param {string} key */
    of: (key) => parts.get(key),
    all: () => [...parts.values()],
  };
}

/**
 * Disables a button while the task goes on, and gives back the focus that browsers then take from it.
 * @template Done
 * @param {HTMLButtonElement} button
 * @param {() => Promise<Done>} task
 */
export async function whileDisabled(button, task) {
  const focused = document.activeElement === button;
  button.disabled = true;
  try {
    return await task();
  } finally {
    button.disabled = false;
    if (focused && document.activeElement === document.body) button.focus();
  }
}

/** Calls `draw` once before the next frame, however often it is called. @param {() => void} draw */
export function oncePerFrame(draw) {
  let requested = 0;
  return () => {
    requested ||= requestAnimationFrame(() => {
      requested = 0;
      draw();
    });
  };
}

/** Waits; rejects when the signal aborts. @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
export function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}

export const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
