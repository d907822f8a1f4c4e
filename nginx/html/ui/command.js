// The command that starts a run which a page cannot start, from what its form has.

import { h, patch } from '../core/dom.js';
import { copyButton } from './copy.js';

/** @type {Record<string, string>} */
const OPTIONS = { headers: 'header' }; // of parameters that are not called as their options

/** @typedef {import('../core/experiments.js').Described} Described */

export function commandLine() {
  const code = h('code');
  const element = h('p', { class: 'command', role: 'status', hidden: true }, code, copyButton(() => code.textContent));
  return {
    element,
    hide: () => patch(element, { hidden: true }),
    /**
     * @param {string} script
     * @param {Described} experiment
     * @param {Record<string, any>} params
     * @param {string[]} contenders
     */
    show(script, experiment, params, contenders) {
      patch(element, { hidden: false });
      patch(code, {}, commandOf(script, experiment, params, contenders));
    },
  };
}

/**
 * @param {string} script
 * @param {Described} experiment
 * @param {Record<string, any>} params
 * @param {string[]} contenders
 */
export function commandOf(script, experiment, params, contenders) {
  const defaults = defaultsOf(experiment, params.workload);
  const options = Object.entries(params)
    .filter(([name, value]) => name !== 'workload' && String(value) !== String(defaults[name] ?? ''))
    .flatMap(([name, value]) => optionOf(`--${OPTIONS[name] ?? name.replaceAll('_', '-')}`, name, value));
  return [script, ...contenders.map((name) => `--contender ${name}`), `--workload ${params.workload}`, ...options].join(' ');
}

/** @param {string} option @param {string} name @param {any} value */
function optionOf(option, name, value) {
  if (value === true) return [option];
  if (value === false) return [];
  if (name in OPTIONS) return value.map((/** @type {string} */ each) => `${option} ${quote(each)}`);
  return [`${option} ${quote(String(value))}`];
}

/** @param {Described} experiment @param {string} workload @returns {Record<string, any>} */
function defaultsOf({ params: { oneOf = [], $defs = {} } }, workload) {
  /** @type {Record<string, any>[]} */
  const variants = oneOf.map((/** @type {{$ref: string}} */ { $ref }) => $defs[$ref.split('/').at(-1) ?? ''].properties);
  const own = variants.find((properties) => properties.workload.const === workload) ?? {};
  return Object.fromEntries(Object.entries(own).map(([name, each]) => [name, each.default]));
}

/** For a shell: what is not plain stands in quotes. @param {string} text */
const quote = (text) => (/^[\w.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
