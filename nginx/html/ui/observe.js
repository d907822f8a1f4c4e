// What the panels of Observe show: how many minutes, which contenders, and whether they go on.

import { accent, swatch } from '../charts/swatch.js';
import { inOrder } from '../core/catalog.js';
import { h, keyedChildren, patch } from '../core/dom.js';

const MINUTES = [5, 15, 60]; // Prometheus keeps an hour

/** @param {URLSearchParams} query  which it keeps in the address @param {() => void} onChange */
export function observeControls(query, onChange) {
  let minutes = MINUTES.find((each) => String(each) === query.get('minutes')) ?? MINUTES[0];
  let paused = false;
  const requested = query.getAll('contender');
  /** @type {Set<string>} those that are not wanted, so that a new one is shown */
  const left = new Set();
  /** @type {string[]} */
  let names = [];
  const stray = h('p', { class: 'error', hidden: true });
  const spans = MINUTES.map((each) => button(`${each} min`, () => choose(each)));
  const hold = button('Pause', () => {
    paused = !paused;
    patch(hold, { 'aria-pressed': String(paused) });
    if (!paused) onChange();
  });
  const choices = h('div', { class: 'choices' });
  const boxes = keyedChildren(choices, (/** @type {string} */ name) => name, box);
  const element = h(
    'form',
    { class: 'form observe-controls', 'aria-label': 'Panels', hidden: true },
    h('div', { class: 'field' }, h('span', { id: 'observe-minutes' }, 'Last'), h('div', { class: 'choices tabs', role: 'group', 'aria-labelledby': 'observe-minutes' }, spans)),
    h('fieldset', { class: 'field' }, h('legend', {}, 'Contenders'), choices),
    h('div', { class: 'tabs go' }, hold),
    stray,
  );
  element.addEventListener('submit', (event) => event.preventDefault());

  /** @param {number} chosen */
  function choose(chosen) {
    minutes = chosen;
    change();
  }

  /** @param {string} name */
  function box(name) {
    const input = h('input', { type: 'checkbox', value: name, checked: !left.has(name) });
    input.addEventListener('change', () => {
      if (input.checked) left.delete(name);
      else left.add(name);
      change();
    });
    return { element: h('label', { class: `choice ${accent(name)}` }, input, swatch(name), name) };
  }

  const selection = () => names.filter((name) => !left.has(name));

  function draw() {
    spans.forEach((each, place) => patch(each, { 'aria-pressed': String(MINUTES[place] === minutes) }));
    const unknown = requested.filter((name) => names.length && !names.includes(name));
    const problems = [
      query.has('minutes') && String(minutes) !== query.get('minutes') && `minutes=${query.get('minutes')} is none of ${MINUTES.join(', ')}; using ${minutes}.`,
      unknown.length > 0 && `Prometheus has no samples of ${unknown.join(', ')}.`,
      names.length > 0 && !selection().length && 'Choose at least one contender.',
    ].filter(Boolean);
    patch(stray, { hidden: !problems.length }, problems.join(' '));
  }

  function change() {
    requested.length = 0;
    query.delete('minutes');
    query.delete('contender');
    if (minutes !== MINUTES[0]) query.set('minutes', String(minutes));
    if (left.size) for (const name of selection()) query.append('contender', name);
    history.replaceState(null, '', `#/observe${query.size ? `?${query}` : ''}`); // it can be shared
    draw();
    onChange();
  }

  draw();
  return {
    element,
    minutes: () => minutes,
    isPaused: () => paused,
    /** @returns {?string[]} null: all of them */
    contenders: () => (names.some((name) => left.has(name)) ? selection() : null),
    /** @param {string[]} found */
    offer(found) {
      const order = inOrder(found);
      if (order.join() === names.join()) return;
      for (const name of order) if (requested.length && !names.includes(name) && !requested.includes(name)) left.add(name);
      names = order;
      boxes.update(names);
      draw();
    },
  };
}

/** @param {string} label @param {() => void} onclick */
const button = (label, onclick) => h('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false', onclick }, label);
