// Runs a race again in its own time, all contenders at once, which the lab itself never does.

import { reducedMotion } from '../core/dom.js';
import { max } from './numbers.js';

const LONGEST = 6000; // ms; a longer race is shown faster

/**
 * @param {HTMLElement} figure
 * @param {import('./lanes.js').Raced[]} raced
 * @param {number} last  ms at the right end of the axis
 * @param {import('./frame.js').Frame} canvas
 * @param {AbortSignal} signal
 */
export async function replay(figure, raced, last, canvas, signal) {
  if (reducedMotion.matches) return; // the picture is complete as it stands
  const end = max(raced.map(({ lanes }) => lanes.end));
  const speed = Math.max(1, end / LONGEST);
  const start = performance.now();
  const whole = () => {
    figure.classList.remove('replaying');
    reveal(figure, canvas.width(), Infinity, raced);
  };
  signal.addEventListener('abort', whole, { once: true }); // at once: another replay or an export follows
  figure.classList.add('replaying');
  for (let now = 0; now < end && figure.isConnected; now = (performance.now() - start) * speed) {
    reveal(figure, canvas.left() + (now / last) * (canvas.right() - canvas.left()), now, raced);
    await new Promise(requestAnimationFrame);
    if (signal.aborted) return;
  }
  whole();
}

/** @param {HTMLElement} figure @param {number} x @param {number} now @param {import('./lanes.js').Raced[]} raced */
function reveal(figure, x, now, raced) {
  for (const rect of figure.querySelectorAll('.reveal')) rect.setAttribute('width', String(x));
  /** @type {NodeListOf<SVGElement>} */
  const marks = figure.querySelectorAll('.answer-mark');
  for (const mark of marks)
    mark.style.visibility = Number(mark.getAttribute('x1')) <= x ? '' : 'hidden';
  for (const { key, lanes } of raced) {
    const done = now >= lanes.end;
    for (const each of figure.querySelectorAll(`.finish[data-key="${key}"], .panel[data-key="${key}"]`))
      each.classList.toggle('running', !done);
    /** @type {?SVGElement} */
    const bar = figure.querySelector(`.finish[data-key="${key}"] .elapsed`);
    if (bar)
      bar.style.clipPath = done
        ? ''
        : `inset(0 ${Math.max(0, Number(bar.getAttribute('x')) + Number(bar.getAttribute('width')) - x)}px 0 0)`;
  }
}
