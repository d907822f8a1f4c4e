// What many people compare, ready to start: each preset of scripts/ab with its command, and what was measured with it.

import { h } from '../core/dom.js';
import { viewOf } from '../core/experiments.js';
import { readJson, reason, request } from '../core/requests.js';
import { copyable } from './copy.js';

/**
 * @typedef {{name: string, a: string, b: string, bench: string, shows: string, source: string, needs?: string,
 *   experiment?: string, measured?: string, date?: string, cores?: number}} Preset
 */

/** @param {AbortSignal} signal */
export function presetsPanel(signal) {
  const place = h('div', {}, h('p', { class: 'aside' }, 'Loading …'));
  const element = h('details', { class: 'ab-presets' }, h('summary', {}, 'Presets: what many people compare'), place);
  const load = async () => {
    try {
      /** @type {Preset[]} */
      const presets = await readJson(await request('/presets.json', { signal }));
      place.replaceChildren(h('ul', {}, presets.map((each) => h('li', {}, preset(each)))));
    } catch (error) {
      if (!signal.aborted) place.replaceChildren(h('p', { class: 'error' }, `The presets are unavailable (${reason(error)}).`));
    }
  };
  load();
  return element;
}

/** @param {Preset} each */
function preset(each) {
  const { name, a, b, bench, shows, source, needs, experiment = 'ab', measured, date, cores } = each;
  return h(
    'details',
    { 'data-preset': name },
    h('summary', {}, h('strong', {}, name), ' ', h('span', { class: 'aside' }, `${a} | ${b}`)),
    h('p', {}, shows),
    h('p', {}, measured ? `Measured here on ${date}, ${cores} cores: ${measured}` : 'Not measured yet.'),
    needs && command(needs),
    command(`scripts/ab --preset ${name}`),
    command(`scripts/bench ${experiment} ${bench}`),
    h('p', {}, h('a', { href: `#/${viewOf(experiment)}?${formOf(experiment, bench)}` }, 'Fill in the form'), ' · ', h('a', { href: source, rel: 'noreferrer' }, 'Source')),
  );
}

/** @param {string} text */
const command = (text) => h('p', { class: 'command' }, copyable(text));

/** Of the bench's options, as the form has them. @param {string} experiment @param {string} options */
function formOf(experiment, options) {
  const params = new URLSearchParams({ experiment });
  const words = options.split(' ');
  words.forEach((word, place) => {
    if (!word.startsWith('--')) return;
    const value = words[place + 1];
    params.append(word.slice(2).replaceAll('-', '_'), value && !value.startsWith('--') ? value : 'true');
  });
  if (params.has('path')) params.set('workload', 'request');
  return params;
}
