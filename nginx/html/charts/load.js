// Sweep, rate and capacity: throughput, latency, CPU and memory over the load, and what coordinated omission hides.

import { inOrder } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { chart } from './chart.js';
import { PERCENTILES, spectrum } from './clocks.js';
import { frame } from './frame.js';
import { keys, runDashes } from './key.js';
import { max } from './numbers.js';
import { seriesOf } from './points.js';
import { brief, fromZero, rangeOf, values } from './scales.js';
import { summaryBox } from './summary.js';
import { swatch } from './swatch.js';
import { detailsTable } from './table.js';

/** @typedef {import('./types.js').Series} Series */

/** @type {import('./types.js').Axis} */
const LATENCY = { label: 'ms', unit: brief, log: 10 };

/**
 * Each chart of the small multiples: its title, its column, its vertical axis.
 * @type {[title: string, column: import('./points.js').Column, y: import('./types.js').Axis][]}
 */
const CHARTS = [
  ['Throughput', 'rps', { label: 'req/s', unit: brief }],
  ['Latency p50', 'p50_ms', LATENCY],
  ['Latency p99', 'p99_ms', LATENCY],
  ['Latency p99.9', 'p999_ms', LATENCY],
  ['CPU', 'cpu_pct', { label: '% of one core', unit: brief }],
  ['CPU per request', (_, notice) => notice?.cpu_us ?? null, { label: 'µs', unit: brief }],
  ['Event loop lag', (_, notice) => notice?.loop_lag?.mean_ms ?? null, { label: 'ms late', unit: brief }],
  ['Memory', 'rss_mb', { label: 'MiB', unit: brief }],
];
const OWN = 'app_p99_ms'; // of rate, in a lab with OBSERVE
/** @type {[label: string, dash: number[]]} */
const OWN_KEY = ['p99 in the application, from Prometheus', [2, 4]];
const COLUMNS = [
  'contender',
  'point',
  'repeat',
  'rps',
  'requests',
  'errors',
  'timeouts',
  'p50_ms',
  'p90_ms',
  'p99_ms',
  'p999_ms',
  'max_ms',
  'cpu_pct',
  'rss_mb',
];

/**
 * What the points of a run are, at which load is measured.
 * @typedef {{label: string, at: (point: string) => string, doubling: boolean}} Across
 * @typedef {{named?: boolean, x: import('./types.js').Axis, place: (series: Series[]) => Series[]}} Horizontal
 * @type {Across}
 */
const RATES = { label: 'arrival rate (req/s)', at: (point) => `at ${point} req/s`, doubling: false };

/** @param {Across} across @returns {import('./types.js').Picture} */
export function loadPicture(across = RATES) {
  const summary = summaryBox();
  const answers = h('ul', { class: 'answers' });
  const legend = h('ul', { class: 'legend' });
  const curves = h('div', { class: 'charts' });
  const spectra = h('div', { class: 'charts' });
  const spectraBox = h(
    'section',
    { hidden: true },
    h('h2', {}, 'Coordinated omission: corrected vs uncorrected'),
    h(
      'p',
      { class: 'aside' },
      'Solid: latency from the scheduled start. Dashed: from the actual send, which hides time spent waiting behind slow responses.',
    ),
    spectra,
  );
  const table = detailsTable('Points as a table');
  const element = h(
    'figure',
    { class: 'picture load' },
    summary.element,
    answers,
    legend,
    curves,
    spectraBox,
    table.element,
  );
  const charts = CHARTS.map(([title, column, y]) => ({ title, column, y, chart: chart(title, { group: 'load' }) }));
  const compared = new Map();
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  frame(element, () => draw(shown));

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    if (!sources.length) return;
    summary.show(sources);
    answers.replaceChildren(
      ...sources.flatMap(({ record }) =>
        record.notices.answers.map(({ contender, text }) => h('li', {}, swatch(contender), text)),
      ),
    );
    legend.replaceChildren(...(hasResponses(sources) ? keys(sources, hasOwn(sources) ? { dashes: [...runDashes(sources), OWN_KEY] } : {}) : []));
    drawCurves(sources);
    drawSpectra(sources);
    const columns = hasOwn(sources) ? [...COLUMNS, OWN] : COLUMNS;
    table.set(() => [
      columns,
      sources.flatMap(({ record }) => record.rows.map((row) => columns.map((name) => round(row[name])))),
    ]);
  }

  /** @param {import('./types.js').Source[]} sources */
  function drawCurves(sources) {
    const horizontal = acrossOf(sources, across);
    const visible = charts
      .map(({ column, ...each }) => ({ ...each, series: [...horizontal.place(seriesOf(sources, column)), ...(column === 'p99_ms' ? ownSeries(sources, horizontal) : [])] }))
      .filter(({ series }) => hasResponses(sources) && values(series).length);
    patch(curves, {}, visible.map((each) => each.chart.element));
    const threshold = sources[0].record.run.params.p99_ms;
    const latencies = [threshold, ...visible.filter(({ y }) => y === LATENCY).flatMap(({ series }) => values(series))];
    for (const { title, chart: own, series, y } of visible) {
      const range = y === LATENCY ? rangeOf(latencies.filter(Boolean)) : fromZero(max(values(series)) * 1.08 || 1);
      own.draw({
        series,
        named: horizontal.named,
        x: horizontal.x,
        y: { ...y, range },
        threshold:
          threshold && title === 'Latency p99' ? { y: threshold, label: `threshold ${threshold} ms` } : undefined,
      });
    }
  }

  /**
   * Where latency counts from when a request was due, the uncorrected one beside it: one chart a contender.
   * @param {import('./types.js').Source[]} sources
   */
  function drawSpectra(sources) {
    const all = sources
      .flatMap((source) => inOrder(source.record.run.contenders).map((contender) => spectrum(source, contender)))
      .filter((each) => each !== null);
    spectraBox.hidden = !all.length;
    if (!all.length) return;
    const range = rangeOf(all.flatMap(({ series }) => values(series)));
    const x = {
      label: 'percentile',
      ticks: new Map(PERCENTILES.map(([, label], place) => [place, label])),
      range: [-0.3, PERCENTILES.length - 0.7],
    };
    for (const { key, title } of all) {
      if (!compared.has(key)) compared.set(key, chart(title, { group: 'spectra', height: 220, heading: 'h3' }));
    }
    spectra.replaceChildren(...all.map(({ key }) => compared.get(key).element));
    for (const { key, series } of all) compared.get(key).draw({ series, x, y: { ...LATENCY, range } });
  }

  const blocks = () => {
    const visible = [...charts.map(({ chart: own }) => own), ...compared.values()].filter(
      (each) => each.element.getClientRects().length,
    );
    return [...summary.blocks(), { key: [...legend.children] }, ...visible.flatMap((each) => each.blocks())];
  };
  return { element, draw, blocks };
}

/** @param {import('./types.js').Source[]} sources */
const hasOwn = (sources) => sources.some(({ record }) => record.rows.some((row) => typeof row[OWN] === 'number'));

/** What the contenders report of themselves. @param {import('./types.js').Source[]} sources @param {Horizontal} horizontal */
const ownSeries = (sources, { place, named }) =>
  place(seriesOf(sources, OWN))
    .filter(({ points }) => points.some(({ y }) => y !== null))
    .map((each) => ({
      ...each,
      key: `${each.key}/own`,
      label: `${each.label}, itself`,
      dash: OWN_KEY[1],
      hollow: true,
      points: each.points.map((point) => ({
        ...point,
        mark: /** @type {import('./types.js').Mark} */ ('plain'),
        label: named ? undefined : 'in the application', // a point alone has no dashes
      })),
    }));

/**
 * Without a single response a curve has no meaning: the throughput is 0, and memory is that of idle processes.
 * @param {import('./types.js').Source[]} sources
 */
const hasResponses = (sources) =>
  sources.some(({ record }) => record.rows.some(({ requests, errors, timeouts }) => requests > errors + timeouts));

/**
 * The horizontal axis: the points, or, where there is but one, the contenders.
 * @param {import('./types.js').Source[]} sources
 * @param {Across} across
 * @returns {Horizontal}
 */
function acrossOf(sources, { label, at, doubling }) {
  const xs = [...new Set(sources.flatMap(({ record }) => record.rows.map(({ point }) => point)))].sort((a, b) => a - b);
  if (xs.length < 2) return contendersAcross(sources, at(brief(xs[0] ?? 0)));
  const wide = xs.at(-1) / xs[0] > 8;
  const ticks = doubling ? new Map(xs.map((each) => [each, brief(each)])) : undefined;
  const air = (xs.at(-1) - xs[0]) * 0.05;
  /** @type {[number, number]} */
  const range = wide ? [xs[0] / 1.25, xs.at(-1) * 1.25] : [xs[0] - air, xs.at(-1) + air];
  return {
    named: true,
    x: { label, unit: brief, log: wide ? (doubling ? 2 : 10) : undefined, ticks, range },
    place: (series) => series,
  };
}

/** @param {import('./types.js').Source[]} sources @param {string} label @returns {Horizontal} */
function contendersAcross(sources, label) {
  const names = inOrder([...new Set(sources.flatMap(({ record }) => record.run.contenders))]);
  const apart = 0.16; // between the runs of one contender
  /** @param {import('./types.js').Series[]} series */
  const place = (series) =>
    series.map((each, index) => {
      const x =
        names.indexOf(each.key.split('/')[1]) +
        (sources.length > 1 ? apart * Math.floor(index / (series.length / sources.length)) : 0);
      return { ...each, points: each.points.map((point) => ({ ...point, x })) };
    });
  return {
    x: { label, ticks: new Map(names.map((name, index) => [index, name])), range: [-0.5, names.length - 0.5] },
    place,
  };
}

/** @param {unknown} value */
const round = (value) => (typeof value === 'number' ? +value.toFixed(2) : value);
