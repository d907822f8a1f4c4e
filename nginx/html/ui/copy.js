// The button that copies a command.

import { h, pause, setText } from '../core/dom.js';

/** @param {() => string} text */
export function copyButton(text) {
  const label = h('span', { 'aria-live': 'polite' }, 'Copy');
  const onclick = async () => {
    // Without https, or by another name than localhost, browsers have no clipboard for pages.
    const copied = await navigator.clipboard?.writeText(text()).then(
      () => true,
      () => false,
    );
    setText(label, copied ? 'Copied' : 'Select and copy manually');
    await pause(2000);
    setText(label, 'Copy');
  };
  return h('button', { type: 'button', class: 'small', onclick }, label);
}

/** A command and its button, as children of an element. @param {string} command */
export const copyable = (command) => [h('code', {}, command), copyButton(() => command)];
