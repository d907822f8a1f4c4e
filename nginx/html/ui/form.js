// A form made from the JSON Schema of an experiment, which shows each of the service's refusals at its field.

import { accent } from '../charts/swatch.js';
import { contenders, inOrder, isOptional, isOwn, starting } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { takesWorkload } from '../core/experiments.js';
import { followHealth, health, isAbsent } from '../core/health.js';
import { makeField, mark, remark } from './fields.js';

/** @typedef {import('./fields.js').Field} Field */
/**
 * Other words than the schema's, for who does not know the lab: of fields a title and a hint, of workloads what they are,
 * and only those that have some are offered.
 * @typedef {{workload?: [string, string], workloads?: Record<string, string>, fields?: Record<string, [string, string?]>, go?: string}} Words
 */

/**
 * @param {any} experiment  as GET /starlette/experiments has it
 * @param {{values: Record<string, any>, chosen: ?string[], run: (chosen: {params: any, contenders: string[]}) => void,
 *   signal: AbortSignal, words?: Words}} options
 */
export function experimentForm(experiment, { values, chosen, run, signal, words = {} }) {
  const variants = kept(workloads(experiment.params), words.workloads, values.workload);
  const known = { ...values };
  const place = h('div', { class: 'wide parameters' });
  const workload = workloadChoice(variants, values.workload, words);
  workload.element.hidden = !takesWorkload(experiment.name);
  const who = contenderChoice(chosen, signal, () => workload.read());
  const whole = h('p', { class: 'error', role: 'alert', hidden: true });
  const button = h('button', { class: 'go' }, words.go ?? 'Run');
  /** @type {Field[]} */
  let fields = [];

  function drawFields() {
    for (const field of fields) known[field.name] = field.read();
    const { properties } = variants[workload.read()];
    const names = order(properties, variants, takesWorkload(experiment.name));
    fields = names.map((name) => makeField(name, properties[name], known[name], words.fields?.[name]));
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
  workload.input.addEventListener('change', () => (remark(workload, ''), who.suit(workload.read()), drawFields()));
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

const REQUEST = 'request'; // the workload that is a request of the user's own

/** The variants of a `oneOf`, by the workload that each is for. */
function workloads({ oneOf = [], $defs = {} }) {
  const resolved = oneOf.map(({ $ref }) => $defs[$ref.split('/').at(-1)]);
  return Object.fromEntries(resolved.map((variant) => [variant.properties.workload.const, variant]));
}

/** A workload that an address asks for is offered all the same: its run was made elsewhere. */
const kept = (variants, named, requested) =>
  named
    ? Object.fromEntries(
        [...Object.keys(named), requested].filter((name) => name in variants).map((name) => [name, variants[name]]),
      )
    : variants;

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

const TITLE = ['Workload', 'what one request does'];

function workloadChoice(variants, requested, { workload: [title, hint] = TITLE, workloads: named = {} }) {
  const input = h(
    'select',
    { id: 'workload', name: 'workload', 'aria-describedby': 'workload-hint workload-error' },
    Object.keys(variants).map((name) => h('option', { value: name }, named[name] ?? name)),
  );
  input.value = requested in variants ? requested : preferred(variants);
  const error = h('p', { class: 'error', id: 'workload-error', hidden: true });
  const element = h(
    'div',
    { class: 'field' },
    h('label', { for: 'workload' }, title),
    input,
    h('span', { class: 'hint', id: 'workload-hint' }, hint),
    error,
  );
  const field = { name: 'workload', input, error, element, read: () => input.value };
  if (requested && !(requested in variants))
    remark(field, `“${requested}” is not a workload here; using ${input.value}.`);
  return field;
}

function contenderChoice(chosen, signal, workload) {
  let untouched = !chosen;
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
  element.addEventListener('change', () => (untouched = false));
  const update = () => {
    if (untouched) suit(workload());
    for (const { name, contender, down, element: label } of boxes) {
      const is = health(name).state === 'down';
      setText(down, is ? (isAbsent(contender) ? 'not started' : 'down') : '');
      label.title = is ? `To start it: ${starting(contender)}` : '';
      label.hidden = isOptional(contender) && isAbsent(contender) && !chosen?.includes(name);
    }
  };
  /** Those that can answer it: an application of the user's own, or the lab's. */
  function suit(asked) {
    const own = boxes.filter(({ contender }) => isOwn(contender) && !isAbsent(contender));
    if (asked === REQUEST && own.length) for (const box of boxes) box.input.checked = own.includes(box);
    else if (asked !== REQUEST && own.some(({ input }) => input.checked))
      for (const { contender, input } of boxes) input.checked = !contender.profile;
  }
  followHealth(update, signal);
  const field = {
    name: 'contenders',
    input: boxes[0]?.input ?? element,
    error,
    element,
    suit,
    read: () => inOrder(boxes.filter(({ input }) => input.checked).map(({ name }) => name)),
  };
  const lost = (chosen ?? []).filter((name) => !boxes.some((box) => box.name === name));
  if (lost.length) remark(field, `Unknown contender: ${lost.join(', ')}.`);
  return field;
}
