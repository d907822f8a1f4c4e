// The panels of the Grafana dashboard (services/prometheus/dashboard.json), and what Prometheus has for them.

import { queryNow, queryRange } from './prometheus.js';
import { readJson, request } from './requests.js';

const SCRAPE = 5; // seconds, the scrape_interval of services/prometheus/prometheus.yml
const POINTS = 240; // of a line at most; a chart is some 500 px wide

// With the replicas of the last hour, which is what Prometheus keeps: a contender that has gone has its history.
const CONTENDERS = 'count by (contender) (last_over_time(up{job="contenders"}[1h]))';

/**
 * @typedef {import('./prometheus.js').Span} Span
 * @typedef {import('./prometheus.js').Range} Range
 * @typedef {{expr: string, legendFormat: string}} Target
 * @typedef {{id: number, title: string, description: string, targets: Target[],
 *   fieldConfig: {defaults: {unit: string, max?: number, custom?: {scaleDistribution?: {type: string}}}}}} Panel
 * @typedef {{label: string, target: number, range: Range}} Line
 */

/** @param {import('./requests.js').Options} options @returns {Promise<Panel[]>} */
export const panels = async (options) => (await readJson(await request('/dashboard.json', options))).panels;

/** The names that have been scraped, and the time by Prometheus' clock. @param {import('./requests.js').Options} options */
export async function observedContenders(options) {
  const found = await queryNow(CONTENDERS, options);
  return { names: found.map(({ metric }) => metric.contender), now: found[0]?.value[0] ?? Date.now() / 1000 };
}

/**
 * The last minutes, on multiples of the step: a point stays where it is from one refresh to the next.
 * @param {number} minutes
 * @param {number} now
 * @returns {Span}
 */
export function spanOf(minutes, now) {
  const step = SCRAPE * Math.ceil((minutes * 60) / POINTS / SCRAPE);
  const end = Math.floor(now / step) * step;
  return { start: end - minutes * 60, end, step };
}

/**
 * The query with Grafana's variables replaced: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
 * @param {string} expr
 * @param {?string[]} contenders  null: all
 * @param {number} step
 */
export const interpolate = (expr, contenders, step) =>
  expr
    .replaceAll('$__rate_interval', `${Math.max(step + SCRAPE, 4 * SCRAPE)}s`)
    .replaceAll('$contender', contenders ? contenders.join('|') : '.+');

/**
 * The lines of a panel: one for each series of each of its queries.
 * @param {Target[]} queries  with their variables replaced
 * @param {Span} span
 * @param {import('./requests.js').Options} options
 * @returns {Promise<Line[]>}
 */
export async function linesOf(queries, span, options) {
  const found = await Promise.all(queries.map(({ expr }) => queryRange(expr, span, options)));
  return found.flatMap((ranges, target) =>
    ranges.map((range) => ({ label: legend(queries[target].legendFormat, range.metric), target, range })),
  );
}

/** @param {string} format @param {import('./prometheus.js').Labels} labels */
const legend = (format, labels) => format.replace(/\{\{(\w+)\}\}/g, (_, name) => labels[name] ?? '');
