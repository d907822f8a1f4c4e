// Traces, with OBSERVE=otel: a request that begins one, and its spans, which the sink has.

import { readJson, request } from './requests.js';

/**
 * Times are seconds since the epoch; `parent` is the id of another span, of this trace or of its client's.
 * @typedef {{span: string, parent: string, service: string, kind: string, name: string, start: number, end: number}} Span
 * @typedef {import('./requests.js').Options} Options
 */

/** Returns the id of the trace that the request began. @param {string} path @param {Options} options */
export async function beginTrace(path, options) {
  const trace = hexadecimal(16);
  // https://www.w3.org/TR/trace-context/#traceparent-header
  await request(path, { ...options, headers: { traceparent: `00-${trace}-${hexadecimal(8)}-01` } });
  return trace;
}

/** Those that have arrived. @param {string} trace @param {Options} options @returns {Promise<Span[]>} */
export const spansOf = async (trace, options) => (await readJson(await request(`/traces/${trace}`, options))).spans;

/**
 * Each span behind the one that it is a part of, with how deep it is in them; the earliest first.
 * @param {Span[]} spans
 * @returns {{span: Span, depth: number}[]}
 */
export function tree(spans) {
  const known = new Set(spans.map(({ span }) => span));
  const sorted = [...spans].sort((one, other) => one.start - other.start);
  /** @param {(span: Span) => boolean} wanted @param {number} depth @returns {{span: Span, depth: number}[]} */
  const below = (wanted, depth) =>
    sorted.filter(wanted).flatMap((each) => [{ span: each, depth }, ...below(({ parent }) => parent === each.span, depth + 1)]);
  return below(({ parent }) => !known.has(parent), 0);
}

/** @param {number} bytes */
const hexadecimal = (bytes) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');
