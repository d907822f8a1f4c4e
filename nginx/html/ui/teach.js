// The switch that makes a page fit for a projector: large type, and each result hidden until it is requested.

import { h } from '../core/dom.js';
import { progress, updateProgress } from '../core/lessons.js';

/** @param {(on: boolean) => void} onChange */
export function teachSwitch(onChange = () => {}) {
  const input = h('input', { type: 'checkbox', checked: isTeaching() });
  const apply = () => document.body.classList.toggle('teach', input.checked);
  input.addEventListener('change', () => {
    updateProgress((all) => (all.teach = input.checked));
    apply();
    onChange(input.checked);
  });
  apply();
  return h('label', { class: 'teach-switch' }, input, 'Present (large type, results hidden)');
}

export const isTeaching = () => Boolean(progress().teach);
