// Prometheus' HTTP API, as far as nginx passes it on: https://prometheus.io/docs/prometheus/latest/querying/api/

import { readJson, request } from './requests.js';

const API = '/prometheus/api/v1';

/**
 * @typedef {Record<string, string>} Labels
 * @typedef {[seconds: number, value: string]} Sample
 * @typedef {{metric: Labels, value: Sample}} Instant
 * @typedef {{metric: Labels, values: Sample[]}} Range
 * @typedef {{start: number, end: number, step: number}} Span  in seconds
 * @typedef {import('./requests.js').Options} Options
 */

/** @param {string} path @param {Record<string, string | number>} params @param {Options} options @returns {Promise<any[]>} */
async function results(path, params, options) {
  const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
  return (await readJson(await request(`${API}/${path}?${query}`, options))).data.result;
}

/** An instant vector, now by Prometheus' own clock. @param {string} query @param {Options} options @returns {Promise<Instant[]>} */
export const queryNow = (query, options) => results('query', { query }, options);

/** @param {string} query @param {Span} span @param {Options} options @returns {Promise<Range[]>} */
export const queryRange = (query, span, options) => results('query_range', { query, ...span }, options);
