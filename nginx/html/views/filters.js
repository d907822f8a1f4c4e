// The filters of the list of runs, as a form that the address fills.

import { contenders, positionOf } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'];

/** @param {URLSearchParams} query @param {() => void} onChange */
export function filterForm(query, onChange) {
  const experiment = select('experiment', query);
  const state = select('state', query, STATES);
  const contender = select('contender', query, contenders().map(({ name }) => name));
  const tag = h('input', { id: 'filter-tag', name: 'tag', type: 'text', value: query.get('tag') });
  const unknown = h('span', { class: 'error', role: 'alert' });
  const element = h(
    'form',
    { class: 'form filters', 'aria-label': 'Filters' },
    field('Experiment', experiment),
    field('State', state),
    field('Contender', contender, unknown),
    field('Tag', tag),
  );
  function draw() {
    const lost = contender.value && positionOf(contender.value) < 0;
    patch(unknown, { hidden: !lost }, lost && `Unknown contender: ${contender.value}.`);
  }
  element.addEventListener('submit', (event) => event.preventDefault());
  element.addEventListener('change', () => (draw(), onChange()));
  draw();
  return {
    element,
    /** @returns {[name: string, value: string][]} those that are set */
    values: () =>
      [experiment, state, contender, tag].filter(({ value }) => value).map(({ name, value }) => [name, value]),
    /** @param {{name: string}[]} available */
    offerExperiments: (available) => offer(experiment, available.map(({ name }) => name)),
  };
}

/** @param {string} label @param {HTMLElement} input @param {...import('../core/dom.js').Child} rest */
const field = (label, input, ...rest) =>
  h('div', { class: 'field' }, h('label', { for: input.id }, label), input, rest);

/** @param {string} name @param {URLSearchParams} query @param {string[]} values */
function select(name, query, values = []) {
  const element = h('select', { id: `filter-${name}`, name }, h('option', { value: '' }, 'any'));
  const chosen = query.get(name) ?? '';
  // The records may have what this page has not.
  offer(element, chosen && !values.includes(chosen) ? [chosen, ...values] : values);
  element.value = chosen;
  return element;
}

/** @param {HTMLSelectElement} element @param {string[]} values */
function offer(element, values) {
  const present = new Set([...element.options].map(({ value }) => value));
  element.append(...values.filter((value) => !present.has(value)).map((value) => h('option', { value }, value)));
}
