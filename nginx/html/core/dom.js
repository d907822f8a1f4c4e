// Builds elements without markup in strings: what a contender answers can never become code.

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | number | null | undefined | false | Child[]} Child */

/**
 * `h('button', {type: 'button', onclick: run}, 'Run')`. Attributes that are null or false are left out.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export const h = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

/**
 * The same for SVG.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export const s = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

function fill(element, attributes = {}, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity))
    if (child !== null && child !== undefined && child !== false)
      element.append(typeof child === 'string' ? unbroken(child, element) : child); // one by one: a call takes no 100,000
  return element;
}

/** No line ends between a number and its unit. What can be copied into a terminal or is typed stays as it is. */
const unbroken = (text, { localName }) =>
  ['code', 'pre', 'option', 'textarea'].includes(localName) ? text : text.replace(UNIT, '$1\u00a0');
const UNIT = /(\d) (?=(?:%|µs|ms|s|min|KiB|MiB|GiB|req\/s)(?![\w/]))/g;

/** Screen readers announce every write to a live region, so only a change is written. */
export function setText(element, text) {
  const whole = unbroken(text, element);
  if (element.textContent !== whole) element.textContent = whole;
}

/** Replaces the children only if they are others: what stays in its place keeps its focus, and is not drawn anew. */
export function keepChildren(element, wanted) {
  const { children } = element;
  if (wanted.length !== children.length || wanted.some((each, place) => each !== children[place]))
    element.replaceChildren(...wanted);
}

/** Disables a button while the task goes on, and gives back the focus that browsers then take from it. */
export async function meanwhile(button, task) {
  const focused = document.activeElement === button;
  button.disabled = true;
  try {
    return await task();
  } finally {
    button.disabled = false;
    if (focused && document.activeElement === document.body) button.focus();
  }
}

/** Calls `draw` once before the next frame, however often it is called. */
export function oncePerFrame(draw) {
  let requested = 0;
  return () => {
    requested ||= requestAnimationFrame(() => {
      requested = 0;
      draw();
    });
  };
}

/** Waits; rejects when the signal aborts. */
export function pause(ms, signal) {
  return new Promise((done, failed) => {
    signal?.throwIfAborted();
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), failed(signal.reason)), { once: true });
  });
}

export const stillness = matchMedia('(prefers-reduced-motion: reduce)');
