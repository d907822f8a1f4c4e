// The command that starts a run which a page cannot start, from what its form has.

import { h, setText } from '../core/dom.js';
import { copyButton } from './copy.js';

const OPTIONS = { headers: 'header' }; // of parameters that are not called as their options

export function commandLine() {
  const code = h('code');
  const element = h('p', { class: 'command', role: 'status', hidden: true }, code, copyButton(() => code.textContent));
  return {
    element,
    hide: () => (element.hidden = true),
    show(script, experiment, params, contenders) {
      setText(code, commandOf(script, experiment, params, contenders));
      element.hidden = false;
    },
  };
}

/** @param {string} script @param {any} experiment  as GET /starlette/experiments has it */
export function commandOf(script, experiment, params, contenders) {
  const defaults = defaultsOf(experiment, params.workload);
  const options = Object.entries(params)
    .filter(([name, value]) => name !== 'workload' && String(value) !== String(defaults[name] ?? ''))
    .flatMap(([name, value]) => optionOf(`--${OPTIONS[name] ?? name.replaceAll('_', '-')}`, name, value));
  return [script, ...contenders.map((name) => `--contender ${name}`), `--workload ${params.workload}`, ...options].join(' ');
}

function optionOf(option, name, value) {
  if (value === true) return [option];
  if (value === false) return [];
  if (name in OPTIONS) return value.map((each) => `${option} ${quoted(each)}`);
  return [`${option} ${quoted(String(value))}`];
}

function defaultsOf({ params: { oneOf = [], $defs = {} } }, workload) {
  const variants = oneOf.map(({ $ref }) => $defs[$ref.split('/').at(-1)].properties);
  const own = variants.find((properties) => properties.workload.const === workload) ?? {};
  return Object.fromEntries(Object.entries(own).map(([name, each]) => [name, each.default]));
}

/** For a shell: what is not plain stands in quotes. */
const quoted = (text) => (/^[\w.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
