// A form made from the JSON Schema of an experiment, which shows each of the service's refusals at its field.

import { accent, contenders, inOrder } from './catalog.js';
import { h, say } from './dom.js';
import { changes, health } from './health.js';

/** @typedef {{name: string, schema: any, input: HTMLElement, error: HTMLElement, element: HTMLElement, read: () => any}} Field */

/**
 * @param {any} experiment  as GET /starlette/experiments has it
 * @param {{values: Record<string, any>, chosen: string[], run: (order: {params: any, contenders: string[]}) => void, signal: AbortSignal}} options
 */
export function experimentForm(experiment, { values, chosen, run, signal }) {
  const variants = workloads(experiment.params);
  const known = { ...values };
  const place = h('div', { class: 'wide parameters' });
  const workload = h(
    'select',
    { id: 'workload', name: 'workload' },
    Object.keys(variants).map((name) => h('option', { value: name }, name)),
  );
  workload.value = values.workload in variants ? values.workload : preferred(variants);
  const who = contenderChoice(chosen, signal);
  const whole = h('p', { class: 'error', role: 'alert', hidden: true });
  const button = h('button', { class: 'go' }, 'Run');
  /** @type {Field[]} */
  let fields = [];

  function drawFields() {
    for (const field of fields) known[field.name] = field.read();
    const { properties } = variants[workload.value];
    fields = order(properties, variants).map((name) => makeField(name, properties[name], known[name]));
    place.replaceChildren(workloadField, ...fields.map(({ element }) => element));
  }

  const workloadField = h(
    'div',
    { class: 'field' },
    h('label', { for: 'workload' }, 'Workload'),
    workload,
    h('span', { class: 'hint' }, 'what one request asks for'),
  );
  // novalidate: the service knows the ranges, and what it refuses is shown at the field.
  const element = h(
    'form',
    { class: 'form', novalidate: true, 'aria-label': experiment.title },
    place,
    who.element,
    whole,
    button,
  );
  workload.addEventListener('change', drawFields);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    clear();
    const params = Object.fromEntries(
      fields.map((field) => [field.name, field.read()]).filter(([, value]) => value !== undefined),
    );
    run({ params: { workload: workload.value, ...params }, contenders: who.read() });
  });
  drawFields();

  function clear() {
    whole.hidden = true;
    for (const each of [...fields, who]) mark(each, '');
  }

  /** @param {import('./api.js').Problem} problem */
  function refused(problem) {
    const placed = problem.errors.map(({ pointer, detail }) => {
      const [, part, name] = pointer.split('/');
      const field = part === 'contenders' ? who : fields.find((each) => each.name === name);
      if (field) mark(field, detail);
      return field;
    });
    whole.hidden = problem.errors.length > 0 && placed.every(Boolean);
    say(whole, whole.hidden ? '' : problem.message);
    [...fields, who].find((field) => placed.includes(field))?.input.focus();
  }

  return {
    element,
    refused,
    clear,
    busy: (is) => (button.disabled = is),
    failed: (text) => ((whole.hidden = !text), say(whole, text)),
  };
}

/** The variants of a `oneOf`, by the workload that each is for. */
function workloads({ oneOf = [], $defs = {} }) {
  const resolved = oneOf.map(({ $ref }) => $defs[$ref.split('/').at(-1)]);
  return Object.fromEntries(resolved.map((variant) => [variant.properties.workload.const, variant]));
}

const preferred = (variants) =>
  Object.keys(variants).find((name) => variants[name].properties.workload.default) ?? Object.keys(variants)[0];

/** What only this workload takes comes first, switches last. */
function order(properties, variants) {
  const own = (name) => !Object.values(variants).every((each) => name in each.properties);
  const rank = (name) => (properties[name].type === 'boolean' ? 2 : own(name) ? 0 : 1);
  return Object.keys(properties)
    .filter((name) => name !== 'workload')
    .sort((one, other) => rank(one) - rank(other));
}

function makeField(name, schema, value = schema.default) {
  const kind = KINDS.find(({ fits }) => fits(schema));
  const id = `field-${name}`;
  const input = kind.input(schema, value);
  const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
  input.id = id;
  input.setAttribute('name', name);
  const hint = [schema.description, range(schema)].filter(Boolean).join(' ');
  const label = h('label', { for: id }, schema.title ?? name);
  if (hint) input.setAttribute('aria-describedby', `${id}-hint`);
  const parts = schema.type === 'boolean' ? [h('label', { for: id }, input, schema.title ?? name)] : [label, input];
  const element = h(
    'div',
    { class: `field ${schema.type === 'boolean' ? 'check' : ''}` },
    parts,
    hint && h('span', { class: 'hint', id: `${id}-hint` }, hint),
    error,
  );
  return { name, schema, input, error, element, read: () => kind.read(input) };
}

const number = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)); // the service names what is none

const KINDS = [
  {
    fits: ({ type }) => type === 'boolean',
    input: (_, value) => h('input', { type: 'checkbox', checked: Boolean(value) }),
    read: (input) => input.checked,
  },
  {
    fits: (schema) => Array.isArray(schema.enum),
    input: (schema, value) =>
      h(
        'select',
        {},
        schema.enum.map((each) => h('option', { value: each, selected: each === value }, each)),
      ),
    read: (input) => input.value,
  },
  {
    fits: ({ type }) => type === 'array',
    input: (_, value) => h('input', { type: 'text', inputmode: 'numeric', value: [value ?? []].flat().join(', ') }),
    read: (input) =>
      input.value
        .split(',')
        .filter((part) => part.trim())
        .map(number),
  },
  {
    fits: ({ type }) => type === 'number' || type === 'integer',
    input: (schema, value) =>
      h('input', {
        type: 'number',
        step: schema.type === 'integer' ? 1 : 'any',
        min: schema.minimum,
        max: schema.maximum,
        value,
      }),
    read: (input) => (input.value === '' && !input.validity.badInput ? undefined : number(input.value)),
  },
  {
    fits: () => true,
    input: (_, value) => h('input', { type: 'text', value }),
    read: (input) => input.value,
  },
];

function range({ minimum, maximum, exclusiveMinimum, items, type }) {
  if (type === 'array' && items) return `${items.minimum}–${items.maximum} each, separated by commas`;
  if (exclusiveMinimum !== undefined && maximum !== undefined) return `above ${exclusiveMinimum}, up to ${maximum}`;
  return minimum !== undefined && maximum !== undefined ? `${minimum}–${maximum}` : '';
}

function mark({ input, error }, detail) {
  say(error, detail);
  error.hidden = !detail;
  if (detail) {
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-errormessage', error.id);
  } else {
    input.removeAttribute('aria-invalid');
  }
}

function contenderChoice(chosen, signal) {
  const boxes = contenders().map(({ name }) => {
    const input = h('input', { type: 'checkbox', value: name, checked: !chosen.length || chosen.includes(name) });
    const down = h('span', { class: 'down' });
    return { name, input, down, element: h('label', { class: `choice ${accent(name)}` }, input, name, down) };
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
  const update = () => boxes.forEach(({ name, down }) => say(down, health(name).state === 'down' ? 'down' : ''));
  changes.addEventListener('change', update, { signal });
  update();
  return {
    name: 'contenders',
    input: boxes[0]?.input ?? element,
    error,
    element,
    read: () => inOrder(boxes.filter(({ input }) => input.checked).map(({ name }) => name)),
  };
}
