// Under which conditions a run was measured, and how far its figures may be trusted.

import { settingOf } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { experimentOf } from '../core/experiments.js';

/** @typedef {string | {text: string, points: number, of: number}} Doubt */

export function environment() {
  const verdict = h('div', { class: 'verdict', hidden: true });
  const facts = h('dl', { class: 'conditions' });
  const details = h('details', { class: 'environment', hidden: true }, h('summary', {}, 'Environment'), facts);
  const element = h('div', {}, verdict, details);
  return {
    element,
    /** @param {import('../core/record.js').Recording} record */
    show({ run, notices }) {
      const conditions = run.environment;
      const noise = conditions?.noise ?? notices.verdict;
      details.hidden = !conditions;
      facts.replaceChildren(...(conditions ? lines(conditions, notices.machine) : []));
      const once = experimentOf(run.experiment).repeats === false; // what else there is to say of it are warnings
      verdict.hidden = !noise || (once && !noise.doubts?.length);
      if (noise) patch(verdict, {}, assessment(noise, once));
    },
  };
}

/** Whether the repeats agreed, which one repeat cannot show. @param {any} noise */
function spreadOf({ noisy, spread_pct: spread, bound_pct: bound, repeats }) {
  if (typeof spread !== 'number')
    return [h('strong', {}, 'Spread unknown: '), repeats === 1 ? 'only one repeat.' : 'nothing was repeated.'];
  return [
    h('strong', { class: noisy ? 'warn' : 'good' }, noisy ? 'Noisy: ' : 'Stable: '),
    `${repeats} repeats vary by ${spread.toFixed(1)} % (limit: ${bound} %).`,
  ];
}

/** @param {any} noise @param {boolean} once */
function assessment(noise, once) {
  const { generator_limited: limited, doubts = [], advice = [] } = noise;
  return [
    h(
      'p',
      {},
      !once && spreadOf(noise),
      limited &&
        h(
          'span',
          {},
          ' ',
          h('strong', { class: 'warn' }, 'Load generator limit reached'),
          ': some figures are its own, not the contender’s.',
        ),
    ),
    doubts.length > 0 && [
      h('h2', {}, 'Validity warnings'),
      h(
        'ul',
        { class: 'warnings' },
        doubts.map((/** @type {Doubt} */ doubt) => h('li', {}, warning(doubt))),
      ),
    ],
    advice.length > 0 && h('p', {}, 'Suggestions: ', advice.join('; '), '.'),
  ];
}

/**
 * Earlier versions recorded a sentence; where several measurements have a warning, the sentence is of the worst.
 * @param {Doubt} doubt
 * @returns {string}
 */
function warning(doubt) {
  if (typeof doubt === 'string') return doubt;
  const { text, points, of } = doubt;
  return of > 1 ? `${text} (${points} of ${of} measurements)` : text;
}

/** What is broken on purpose. @param {{switches?: Record<string, string>}} contender */
const overridesOf = ({ switches = {} }) =>
  Object.entries(switches).map(([name, value]) => `, ${name}=${value}`).join('');

/** Empty for own-image: its server is not known. @param {Record<string, any>} contender */
const runs = ({ server, server_version, workers, worker, python }) =>
  server ? `${server} ${server_version}, ${workers} × ${worker}, Python ${python}, ` : '';

/**
 * Whether the machine was fit to measure, and what spoke against it.
 * @param {{text: string, findings?: {text: string}[]}} machine
 */
export const fitnessOf = ({ text, findings = [] }) => [text, ...findings.map((each) => each.text)].join(' ');

/** What scripts/ab has it differ in. @param {{slot?: import('../core/catalog.js').Slot}} contender */
const slotOf = ({ slot }) => (slot ? `, ${settingOf(slot)}` : '');

/** @param {unknown} value */
const list = (value) => (Array.isArray(value) ? value.join(', ') : value);

/** @param {Record<string, any>} conditions @param {import('../core/record.js').Notices['machine']} machine */
function lines(conditions, machine) {
  const { generator = {}, contenders = {} } = conditions;
  const rows = [
    ['Cores', conditions.cores],
    ['CPU', conditions.cpu_model],
    ['Memory', conditions.memory_mb && `${Math.round(conditions.memory_mb)} MB`],
    ['Kernel', conditions.kernel],
    ['Prior load', list(conditions.load_before)],
    ['Before the run', machine && fitnessOf(machine)],
    [
      'Load generator',
      [
        generator.version,
        generator.python && `Python ${generator.python}`,
        generator.cpuset && `cores ${list(generator.cpuset)}`,
      ]
        .filter(Boolean)
        .join(', '),
    ],
    [
      'Cores isolated',
      conditions.pinned === undefined
        ? null
        : conditions.pinned
          ? 'yes'
          : 'no: shared by generator and contenders',
    ],
    ['nginx', conditions.nginx && (conditions.nginx.error ?? conditions.nginx.server_version)],
    ...Object.entries(contenders).map(([name, each]) => [
      name,
      each.error ?? `${runs(each)}${each.cpus} CPUs, ${each.memory_mb} MB${overridesOf(each)}${slotOf(each)}`,
    ]),
  ];
  return rows
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([term, value]) => h('div', {}, h('dt', {}, term), h('dd', {}, String(value))));
}
