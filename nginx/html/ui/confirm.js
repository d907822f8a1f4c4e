// A button whose second press within some seconds does it: what is deleted is gone.

import { patch } from '../core/dom.js';

const PATIENCE = 4000; // ms between the two presses

/** @param {HTMLElement} button @param {() => void} act */
export function confirmTwice(button, act) {
  const label = button.textContent;
  const name = button.getAttribute('aria-label') ?? label;
  let timer = 0;
  function draw() {
    patch(button, { 'aria-label': timer ? `Confirm ${name}` : name }, timer ? 'Confirm' : label);
  }
  function reset() {
    clearTimeout(timer);
    timer = 0;
    draw();
  }
  button.addEventListener('click', () => {
    if (timer) return (reset(), act());
    timer = setTimeout(reset, PATIENCE);
    draw();
  });
  button.addEventListener('blur', reset);
}
