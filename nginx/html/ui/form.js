// A form made from the JSON Schema of an experiment, which shows each of the service's refusals at its field.

import { accent } from '../charts/swatch.js';
import { contenders, hasKnownWorker, inOrder, isOptional, isOwn, startCommand } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { takesWorkload } from '../core/experiments.js';
import { followHealth, health, isAbsent } from '../core/health.js';
import { makeField, setError, setHint } from './fields.js';

/** @typedef {import('./fields.js').Field} Field */
/** @typedef {import('../core/catalog.js').Contender} Contender */
/**
 * @typedef {Record<string, {properties: Record<string, any>}>} Variants  the JSON Schema of the parameters, by workload
 */
/**
 * Other words than the schema's, for a reader who does not know the lab: of fields a title and a hint, of workloads what
 * they are, and only those that have some are offered.
 * @typedef {{workload?: [string, string], workloads?: Record<string, string>, fields?: Record<string, [string, string?]>,
 *   go?: string, then?: string}} Words  and what the button says, and what follows it
 */

/**
 * @param {import('../core/experiments.js').Described} experiment
 * @param {{values: Record<string, any>, chosen: ?string[], run: (chosen: {params: any, contenders: string[]}) => void,
 *   signal: AbortSignal, words?: Words}} options
 */
export function experimentForm(experiment, { values, chosen, run, signal, words = {} }) {
  const variants = offeredVariants(workloads(experiment.params), words.workloads, values.workload);
  const known = { ...values };
  const place = h('div', { class: 'wide parameters' });
  const workload = workloadChoice(variants, values.workload, words);
  workload.element.hidden = !takesWorkload(experiment.name);
  /** @param {Contender} contender */
  const fits = (contender) => !setsWorkers(variants) || hasKnownWorker(contender);
  const choice = contenderChoice(chosen, signal, () => workload.read(), fits);
  const whole = h('p', { class: 'error', role: 'alert', hidden: true });
  const button = h('button', { class: 'go' }, words.go ?? 'Run');
  /** @type {Field[]} */
  let fields = [];

  function drawFields() {
    for (const field of fields) known[field.name] = field.read();
    const { properties } = variants[workload.read()];
    const names = order(properties, variants, takesWorkload(experiment.name));
    fields = names.map((name) => makeField(name, properties[name], known[name], words.fields?.[name]));
    patch(place, {}, workload.element, fields.map(({ element }) => element));
  }

  // novalidate: the service knows the ranges, and what it refuses is shown at the field.
  const element = h(
    'form',
    { class: 'form', novalidate: true, 'aria-label': experiment.title },
    place,
    choice.element,
    whole,
    button,
  );
  workload.input.addEventListener('change', () => {
    setHint(workload, '');
    choice.selectSuitable(workload.read());
    drawFields();
  });
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    clear();
    if (!choice.read().length) return (setError(choice, 'Choose at least one contender.'), choice.input.focus());
    const params = Object.fromEntries(
      fields.map((field) => [field.name, field.read()]).filter(([, value]) => value !== undefined),
    );
    run({ params: { workload: workload.read(), ...params }, contenders: choice.read() });
  });
  drawFields();

  /** @param {string} text */
  const showFailure = (text) => patch(whole, { hidden: !text }, text);

  function clear() {
    showFailure('');
    for (const each of [workload, ...fields, choice]) setError(each, '');
  }

  /** @param {import('../core/requests.js').Problem} problem */
  function showRefusal(problem) {
    const placed = (problem.errors ?? []).map(({ pointer, detail }) => {
      const [, part, name] = pointer.split('/');
      const field = part === 'contenders' ? choice : [workload, ...fields].find((each) => each.name === name);
      if (field) setError(field, detail);
      return field;
    });
    showFailure(placed.length > 0 && placed.every(Boolean) ? '' : problem.message);
    [workload, ...fields, choice].find((field) => placed.includes(field))?.input.focus();
  }

  return {
    element,
    showRefusal,
    chosen: choice.read,
    /** @param {boolean} busy */
    setBusy: (busy) => patch(button, { disabled: busy }),
    showFailure,
  };
}

const REQUEST = 'request'; // the workload that is a request of the user's own

/** The variants of a `oneOf`, by the workload that each is for. @param {any} schema @returns {Variants} */
function workloads({ oneOf = [], $defs = {} }) {
  /** @type {Variants[string][]} */
  const resolved = oneOf.map((/** @type {{$ref: string}} */ { $ref }) => $defs[$ref.split('/').at(-1) ?? '']);
  return Object.fromEntries(resolved.map((variant) => [variant.properties.workload.const, variant]));
}

/**
 * A workload that an address names is offered all the same: its run was made elsewhere.
 * @param {Variants} variants
 * @param {Record<string, string> | undefined} named
 * @param {string} requested
 * @returns {Variants}
 */
const offeredVariants = (variants, named, requested) =>
  named
    ? Object.fromEntries(
        [...Object.keys(named), requested].filter((name) => name in variants).map((name) => [name, variants[name]]),
      )
    : variants;

/** @param {Variants} variants */
const defaultWorkload = (variants) =>
  Object.keys(variants).find((name) => variants[name].properties.workload.default) ?? Object.keys(variants)[0];

/**
 * Whether the experiment tries numbers of workers itself: its parameter `workers` can be nothing then.
 * @param {Variants} variants
 */
const setsWorkers = (variants) => Object.values(variants).some(({ properties }) => properties.workers?.type === 'null');

/**
 * What only this workload takes comes first, or is left out; switches come last.
 * @param {Record<string, any>} properties
 * @param {Variants} variants
 * @param {boolean} whole
 */
function order(properties, variants, whole) {
  /** @param {string} name */
  const own = (name) => !Object.values(variants).every((each) => name in each.properties);
  /** @param {string} name */
  const rank = (name) => (properties[name].type === 'boolean' ? 2 : own(name) ? 0 : 1);
  return Object.keys(properties)
    .filter((name) => name !== 'workload' && properties[name].type !== 'null' && (whole || !own(name)))
    .sort((one, other) => rank(one) - rank(other));
}

/** @type {[title: string, hint: string]} */
const TITLE = ['Workload', 'what one request does'];

/** @param {Variants} variants @param {string} requested @param {Words} words */
function workloadChoice(variants, requested, { workload: [title, hint] = TITLE, workloads: named = {} }) {
  const input = h(
    'select',
    { id: 'workload', name: 'workload', 'aria-describedby': 'workload-hint workload-error' },
    Object.keys(variants).map((name) => h('option', { value: name }, named[name] ?? name)),
  );
  input.value = requested in variants ? requested : defaultWorkload(variants);
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
    setHint(field, `“${requested}” is not a workload here; using ${input.value}.`);
  return field;
}

/**
 * @param {?string[]} chosen
 * @param {AbortSignal} signal
 * @param {() => string} workload
 * @param {(contender: Contender) => boolean} fits
 */
function contenderChoice(chosen, signal, workload, fits) {
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
    if (untouched) selectSuitable(workload());
    for (const { name, contender, down, element: label } of boxes) {
      const is = health(name).state === 'down';
      patch(down, {}, is ? (isAbsent(contender) ? 'not started' : 'down') : '');
      patch(label, {
        title: is && `To start it: ${startCommand(contender)}`,
        hidden: isOptional(contender) && isAbsent(contender) && !chosen?.includes(name),
      });
    }
  };
  /** Those that can answer it: an application of the user's own, or the lab's. @param {string} chosenWorkload */
  function selectSuitable(chosenWorkload) {
    const own = boxes.filter(({ contender }) => isOwn(contender) && !isAbsent(contender));
    const suitable = own.filter(({ contender }) => fits(contender));
    if (chosenWorkload === REQUEST && suitable.length)
      for (const box of boxes) box.input.checked = suitable.includes(box);
    else if (chosenWorkload !== REQUEST && own.some(({ input }) => input.checked))
      for (const { contender, input } of boxes) input.checked = !contender.profile;
  }
  followHealth(update, signal);
  const field = {
    name: 'contenders',
    input: boxes[0]?.input ?? element,
    error,
    element,
    selectSuitable,
    read: () => inOrder(boxes.filter(({ input }) => input.checked).map(({ name }) => name)),
  };
  const lost = (chosen ?? []).filter((name) => !boxes.some((box) => box.name === name));
  if (lost.length) setHint(field, `Unknown contender: ${lost.join(', ')}.`);
  return field;
}
