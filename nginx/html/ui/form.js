// A form made from the JSON Schema of an experiment, which shows each of the service's refusals at its field.

import { accent } from '../charts/swatch.js';
import { contenders, inOrder, starting } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { takesWorkload } from '../core/experiments.js';
import { followHealth, health, isAbsent } from '../core/health.js';
import { makeField, mark, remark } from './fields.js';

/** @typedef {import('./fields.js').Field} Field */

/**
 * @param {any} experiment  as GET /starlette/experiments has it
 * @param {{values: Record<string, any>, chosen: ?string[], run: (chosen: {params: any, contenders: string[]}) => void, signal: AbortSignal}} options
 */
export function experimentForm(experiment, { values, chosen, run, signal }) {
  const variants = workloads(experiment.params);
  const known = { ...values };
  const place = h('div', { class: 'wide parameters' });
  const workload = workloadChoice(variants, values.workload);
  workload.element.hidden = !takesWorkload(experiment.name);
  const who = contenderChoice(chosen, signal);
  const whole = h('p', { class: 'error', role: 'alert', hidden: true });
  const button = h('button', { class: 'go' }, 'Run');
  /** @type {Field[]} */
  let fields = [];

  function drawFields() {
    for (const field of fields) known[field.name] = field.read();
    const { properties } = variants[workload.read()];
    const names = order(properties, variants, takesWorkload(experiment.name));
    fields = names.map((name) => makeField(name, properties[name], known[name]));
    place.replaceChildren(workload.element, ...fields.map(({ element }) => element));
  }

  // novalidate: the service knows the ranges, and what it refuses is shown at the field.
  const element = h(
    'form',
    { class: 'form', novalidate: true, 'aria-label': experiment.title },
    place,
    who.element,
    whole,
    button,
  );
  workload.input.addEventListener('change', () => (remark(workload, ''), drawFields()));
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    clear();
    if (!who.read().length) return (mark(who, 'Choose at least one contender.'), who.input.focus());
    const params = Object.fromEntries(
      fields.map((field) => [field.name, field.read()]).filter(([, value]) => value !== undefined),
    );
    run({ params: { workload: workload.read(), ...params }, contenders: who.read() });
  });
  drawFields();

  function clear() {
    whole.hidden = true;
    for (const each of [workload, ...fields, who]) mark(each, '');
  }

  /** @param {import('../core/requests.js').Problem} problem */
  function refused(problem) {
    const placed = (problem.errors ?? []).map(({ pointer, detail }) => {
      const [, part, name] = pointer.split('/');
      const field = part === 'contenders' ? who : [workload, ...fields].find((each) => each.name === name);
      if (field) mark(field, detail);
      return field;
    });
    whole.hidden = placed.length > 0 && placed.every(Boolean);
    setText(whole, whole.hidden ? '' : problem.message);
    [workload, ...fields, who].find((field) => placed.includes(field))?.input.focus();
  }

  return {
    element,
    refused,
    clear,
    chosen: who.read,
    busy: (is) => (button.disabled = is),
    failed: (text) => ((whole.hidden = !text), setText(whole, text)),
  };
}

/** The variants of a `oneOf`, by the workload that each is for. */
function workloads({ oneOf = [], $defs = {} }) {
  const resolved = oneOf.map(({ $ref }) => $defs[$ref.split('/').at(-1)]);
  return Object.fromEntries(resolved.map((variant) => [variant.properties.workload.const, variant]));
}

const preferred = (variants) =>
  Object.keys(variants).find((name) => variants[name].properties.workload.default) ?? Object.keys(variants)[0];

/** What only this workload takes comes first, or is left out; switches come last. */
function order(properties, variants, whole) {
  const own = (name) => !Object.values(variants).every((each) => name in each.properties);
  const rank = (name) => (properties[name].type === 'boolean' ? 2 : own(name) ? 0 : 1);
  return Object.keys(properties)
    .filter((name) => name !== 'workload' && properties[name].type !== 'null' && (whole || !own(name)))
    .sort((one, other) => rank(one) - rank(other));
}

function workloadChoice(variants, requested) {
  const input = h(
    'select',
    { id: 'workload', name: 'workload', 'aria-describedby': 'workload-hint workload-error' },
    Object.keys(variants).map((name) => h('option', { value: name }, name)),
  );
  input.value = requested in variants ? requested : preferred(variants);
  const error = h('p', { class: 'error', id: 'workload-error', hidden: true });
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: 'workload' }, 'Workload'),
    input,
    h('span', { class: 'hint', id: 'workload-hint' }, 'what one request does'),
    error,
  );
  const field = { name: 'workload', input, error, element, read: () => input.value };
  if (requested && !(requested in variants))
    remark(field, `“${requested}” is not a workload of this experiment; using ${input.value}.`);
  return field;
}

function contenderChoice(chosen, signal) {
  const boxes = contenders().map((contender) => {
    const { name, profile } = contender;
    const input = h('input', { type: 'checkbox', value: name, checked: chosen ? chosen.includes(name) : !profile });
    const down = h('span', { class: 'down' });
    return { name, contender, input, down, element: h('label', { class: `choice ${accent(name)}` }, input, name, down) };
  });
  const error = h('p', { class: 'error', id: 'contenders-error', hidden: true });
  const element = h(
    'fieldset',
    { class: 'field' },
    h('legend', {}, 'Contenders'),
    h(
      'div',
      { class: 'choices' },
      boxes.map((box) => box.element),
    ),
    error,
  );
  const update = () => {
    for (const { name, contender, down, element: label } of boxes) {
      const is = health(name).state === 'down';
      setText(down, is ? (isAbsent(contender) ? 'not started' : 'down') : '');
      label.title = is ? `To start it: ${starting(contender)}` : '';
    }
  };
  followHealth(update, signal);
  const field = {
    name: 'contenders',
    input: boxes[0]?.input ?? element,
    error,
    element,
    read: () => inOrder(boxes.filter(({ input }) => input.checked).map(({ name }) => name)),
  };
  const lost = (chosen ?? []).filter((name) => !boxes.some((box) => box.name === name));
  if (lost.length) remark(field, `Unknown contender: ${lost.join(', ')}.`);
  return field;
}
