// The fields of a form, one for each property of a JSON Schema.

import { h, patch } from '../core/dom.js';

/**
 * `input` is what takes the focus.
 * @typedef {{name: string, input: HTMLElement, error: HTMLElement, element: HTMLElement, read: () => any}} Field
 * @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Input
 *
 * `takes` is whether a value of an address can be shown at all; what it is not, if not, is `none`.
 * @typedef {{fits: (schema: any) => boolean, none?: string, takes?: (value: any, schema: any) => boolean,
 *   make: (schema: any, value: any) => {input: Input, read: () => any}}} Kind
 */

/**
 * In other words than the schema's, if there are; with the default, and a hint, where `requested` is nothing that the
 * field can take.
 * @param {string} name
 * @param {any} described  JSON Schema
 * @param {any} requested
 * @param {[title?: string, description?: string]} words
 * @returns {Field}
 */
export function makeField(name, described, requested = described.default ?? undefined, words = []) {
  const [title, description] = words;
  const schema = { ...unwrapOptional(described), ...(title && { title, description }) };
  const kind = KINDS.find(({ fits }) => fits(schema)) ?? TEXT;
  const taken = !kind.takes || kind.takes(requested, schema);
  const { input, read } = kind.make(schema, taken ? requested : schema.default);
  const id = `field-${name}`;
  const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
  const hint = [schema.description, range(schema)].filter(Boolean).join(' ');
  patch(input, { id, name, 'aria-describedby': `${hint ? `${id}-hint ` : ''}${error.id}` });
  const label = h('label', { for: id }, schema.title ?? name);
  const parts = schema.type === 'boolean' ? [h('label', { for: id }, input, schema.title ?? name)] : [label, input];
  const element = h(
    'div',
    { class: `field ${schema.type === 'boolean' ? 'check' : ''}` },
    parts,
    hint && h('span', { class: 'hint', id: `${id}-hint` }, hint),
    error,
  );
  const field = { name, input, error, element, read };
  if (!taken) setHint(field, `“${requested}” is ${kind.none}; using the default.`);
  return field;
}

/** Of one that may be left out, which JSON Schema calls anyOf it and null. @param {any} schema */
function unwrapOptional({ anyOf, ...schema }) {
  const typed = anyOf?.find((/** @type {{type: string}} */ { type }) => type !== 'null');
  return typed ? { ...schema, ...typed, default: undefined, optional: true } : schema;
}

/** What is no number stays a text: the service refuses it by name. @param {string} text */
const number = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));

const LINE = 2000; // characters, above which a text may have several lines

/** @type {Kind} */
const TEXT = {
  fits: () => true,
  make(_, value) {
    const input = h('input', { type: 'text', value });
    return { input, read: () => input.value };
  },
};

/** @type {Kind[]} */
const KINDS = [
  {
    fits: ({ type }) => type === 'boolean',
    none: 'not a boolean',
    takes: (value) => ['true', 'false', 'undefined'].includes(String(value)), // those of an address are words
    make(_, value) {
      const input = h('input', { type: 'checkbox', checked: String(value) === 'true' });
      return { input, read: () => input.checked };
    },
  },
  {
    fits: (schema) => Array.isArray(schema.enum),
    none: 'not a valid option',
    takes: (value, schema) => schema.enum.includes(value) || (schema.optional && !value),
    make(schema, value) {
      const options = [...(schema.optional ? [''] : []), ...schema.enum].map((each) =>
        h('option', { value: each, selected: each === (value ?? '') }, each),
      );
      const input = h('select', {}, options);
      return { input, read: () => input.value || undefined };
    },
  },
  {
    fits: ({ type, items }) => type === 'array' && items.type === 'string',
    make(_, value) {
      const input = h('textarea', { rows: 2, spellcheck: false }, [value ?? []].flat().join('\n'));
      return { input, read: () => input.value.split('\n').filter((line) => line.trim()) };
    },
  },
  {
    fits: ({ type, maxLength }) => type === 'string' && maxLength > LINE,
    make(_, value) {
      const input = h('textarea', { rows: 2, spellcheck: false }, value ?? '');
      return { input, read: () => input.value || undefined };
    },
  },
  {
    fits: ({ type }) => type === 'array',
    make(_, value) {
      const input = h('input', { type: 'text', inputmode: 'numeric', value: [value ?? []].flat().join(', ') });
      const parts = () => input.value.split(',').filter((part) => part.trim());
      return { input, read: () => parts().map(number) };
    },
  },
  {
    fits: ({ type }) => type === 'number' || type === 'integer',
    none: 'not a number',
    takes: (value) => !Number.isNaN(Number(value ?? '')),
    make(schema, value) {
      const { type, minimum: min, maximum: max } = schema;
      const input = h('input', { type: 'number', step: type === 'integer' ? 1 : 'any', min, max, value });
      const isEmpty = () => input.value === '' && !input.validity.badInput;
      return { input, read: () => (isEmpty() ? undefined : number(input.value)) };
    },
  },
];

/** @param {any} schema */
function range({ minimum, maximum, exclusiveMinimum, items, type }) {
  if (items?.type === 'string') return '1 per line.';
  if (type === 'array' && items) return `comma-separated, ${items.minimum}–${items.maximum} each`;
  if (exclusiveMinimum !== undefined && maximum !== undefined) return `above ${exclusiveMinimum}, up to ${maximum}`;
  return minimum !== undefined && maximum !== undefined ? `${minimum}–${maximum}` : '';
}

/**
 * Shows what is wrong with a field, or takes that away.
 * @param {Pick<Field, 'input' | 'error'>} field
 * @param {string} detail
 */
export function setError({ input, error }, detail) {
  patch(error, { hidden: !detail }, detail);
  patch(input, { 'aria-invalid': detail && 'true', 'aria-errormessage': detail && error.id });
}

/**
 * Explains what became of a value that could not be taken; what the field has now is not wrong.
 * @param {Pick<Field, 'error'>} field
 * @param {string} text
 */
export function setHint({ error }, text) {
  patch(error, { hidden: !text }, text);
}
