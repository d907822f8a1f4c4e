// The fields of a form, one for each property of a JSON Schema.

import { h, setText } from '../core/dom.js';

/** @typedef {{name: string, schema: any, input: HTMLElement, error: HTMLElement, element: HTMLElement, read: () => any}} Field */

/** @returns {Field} in other words than the schema's, if there are; with the default, and a remark, where `requested` is nothing that the field can take */
export function makeField(name, described, requested = described.default ?? undefined, words = []) {
  const [title, description] = words;
  const schema = { ...plain(described), ...(title && { title, description }) };
  const kind = KINDS.find(({ fits }) => fits(schema));
  const taken = !kind.takes || kind.takes(requested, schema);
  const value = taken ? requested : schema.default;
  const id = `field-${name}`;
  const input = kind.input(schema, value);
  const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
  input.id = id;
  input.setAttribute('name', name);
  const hint = [schema.description, range(schema)].filter(Boolean).join(' ');
  const label = h('label', { for: id }, schema.title ?? name);
  input.setAttribute('aria-describedby', `${hint ? `${id}-hint ` : ''}${error.id}`);
  const parts = schema.type === 'boolean' ? [h('label', { for: id }, input, schema.title ?? name)] : [label, input];
  const element = h(
    'div',
    { class: `field ${schema.type === 'boolean' ? 'check' : ''}` },
    parts,
    hint && h('span', { class: 'hint', id: `${id}-hint` }, hint),
    error,
  );
  const field = { name, schema, input, error, element, read: () => kind.read(input) };
  if (!taken) remark(field, `“${requested}” is ${kind.none}; using the default.`);
  return field;
}

/** Of one that may be left out, which JSON Schema calls anyOf it and null. */
function plain({ anyOf, ...schema }) {
  const typed = anyOf?.find(({ type }) => type !== 'null');
  return typed ? { ...schema, ...typed, default: undefined, optional: true } : schema;
}

const number = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text)); // the service refuses what is none, by name

const LINE = 2000; // characters, above which a text may have several lines

const KINDS = [
  {
    fits: ({ type }) => type === 'boolean',
    none: 'not a boolean',
    takes: (value) => ['true', 'false', 'undefined'].includes(String(value)), // those of an address are words
    input: (_, value) => h('input', { type: 'checkbox', checked: String(value) === 'true' }),
    read: (input) => input.checked,
  },
  {
    fits: (schema) => Array.isArray(schema.enum),
    none: 'not a valid option',
    takes: (value, schema) => schema.enum.includes(value) || (schema.optional && !value),
    input: (schema, value) =>
      h(
        'select',
        {},
        [...(schema.optional ? [''] : []), ...schema.enum].map((each) =>
          h('option', { value: each, selected: each === (value ?? '') }, each),
        ),
      ),
    read: (input) => input.value || undefined,
  },
  {
    fits: ({ type, items }) => type === 'array' && items.type === 'string',
    input: (_, value) => h('textarea', { rows: 2, spellcheck: false }, [value ?? []].flat().join('\n')),
    read: (input) => input.value.split('\n').filter((line) => line.trim()),
  },
  {
    fits: ({ type, maxLength }) => type === 'string' && maxLength > LINE,
    input: (_, value) => h('textarea', { rows: 2, spellcheck: false }, value ?? ''),
    read: (input) => input.value || undefined,
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
    none: 'not a number',
    takes: (value) => !Number.isNaN(Number(value ?? '')),
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
  if (items?.type === 'string') return '1 per line.';
  if (type === 'array' && items) return `comma-separated, ${items.minimum}–${items.maximum} each`;
  if (exclusiveMinimum !== undefined && maximum !== undefined) return `above ${exclusiveMinimum}, up to ${maximum}`;
  return minimum !== undefined && maximum !== undefined ? `${minimum}–${maximum}` : '';
}

/** Shows what is wrong with a field, or takes that away. */
export function mark({ input, error }, detail) {
  setText(error, detail);
  error.hidden = !detail;
  if (detail) {
    input.setAttribute('aria-invalid', 'true');
    input.setAttribute('aria-errormessage', error.id);
  } else {
    input.removeAttribute('aria-invalid');
  }
}

/** Explains what became of a value that could not be taken; what the field has now is not wrong. */
export function remark({ error }, text) {
  setText(error, text);
  error.hidden = !text;
}
