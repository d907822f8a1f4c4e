// The values under the cursor, as chips below a chart. Each has its room before it has a value: nothing moves when it gets one.

import { h, setText } from '../core/dom.js';
import { sign } from './swatch.js';

const MANY = 6; // chips, above which they lie over what is below: their room would be as large as the chart

export function readout() {
  const element = h('ul', { class: 'readout', 'aria-hidden': 'true' });
  /** @type {{value: HTMLElement, element: HTMLElement}[]} */
  let chips = [];
  let listed = '';

  /** @param {import('./types.js').Series[]} series */
  function list(series) {
    const wanted = series.map(({ key }) => key).join();
    if (wanted === listed) return;
    listed = wanted;
    chips = [null, ...series].map((each) => {
      const value = h('b', {});
      return {
        value,
        element: h('li', { class: 'blank' }, each && [sign(each.accent, each.shape ?? null), each.label], value),
      };
    });
    element.classList.toggle('many', series.length > MANY);
    element.replaceChildren(...chips.map((each) => each.element));
  }

  /** @param {string} x @param {(number | null)[]} values @param {(value: number) => string} unit */
  function show(x, values, unit) {
    const texts = [x, ...values.map((value) => (value === null ? '' : unit(value)))];
    const any = texts.slice(1).some(Boolean);
    chips.forEach((chip, place) => {
      chip.element.classList.toggle('blank', !any || !texts[place]);
      setText(chip.value, texts[place]);
    });
  }
  return { element, list, show };
}
