// Sweep, rate and capacity: throughput, latency, CPU and memory over the load, and what a naive clock would have hidden.

import { inOrder, swatch } from '../core/catalog.js';
import { h, say } from '../core/dom.js';
import { over } from '../core/record.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { keys } from './key.js';
import { seriesOf } from './points.js';
import { PERCENTILES, spectrum } from './clocks.js';
import { conclusion } from './conclusion.js';
import { most } from './lanes.js';
import { around, brief, values } from './scales.js';
import { foldedTable } from './table.js';

const LATENCY = { label: 'milliseconds', unit: brief, log: 10 };

/** Each chart of the small multiples: its title, its column, its vertical axis. */
const CHARTS = [
  ['Throughput', 'rps', { label: 'requests a second', unit: brief, range: null }],
  ['Latency p50', 'p50_ms', LATENCY],
  ['Latency p99', 'p99_ms', LATENCY],
  ['Latency p99.9', 'p999_ms', LATENCY],
  ['CPU', 'cpu_pct', { label: '% of one core', unit: brief }],
  ['CPU a request', (_, notice) => notice?.cpu_us ?? null, { label: 'microseconds', unit: brief }],
  ['Memory', 'rss_mb', { label: 'MiB', unit: brief }],
];
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

export function loadPicture() {
  const sentence = h('p', { class: 'sentence', role: 'status' });
  const answers = h('ul', { class: 'answers' });
  const legend = h('ul', { class: 'legend' });
  const curves = h('div', { class: 'charts' });
  const spectra = h('div', { class: 'charts' });
  const spectraBox = h(
    'section',
    { hidden: true },
    h('h2', {}, 'The same requests by two clocks'),
    h(
      'p',
      { class: 'aside' },
      'Solid: from when a request was due. Dashed: from when it was sent, which forgives the wait that a slow server imposes on the next (coordinated omission).',
    ),
    spectra,
  );
  const table = foldedTable('The points as a table');
  const element = h('figure', { class: 'picture load' }, sentence, answers, legend, curves, spectraBox, table.element);
  const charts = CHARTS.map(([title, column, y]) => ({ title, column, y, chart: chart(title, { group: 'load' }) }));
  const compared = new Map();
  let shown = [];
  frame(element, () => draw(shown));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => element.isConnected && draw(shown));

  /** @param {import('./points.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    if (!sources.length) return;
    const finished = sources.every(({ record }) => over(record.run));
    say(sentence, finished ? conclusion(sources) : '');
    answers.replaceChildren(
      ...sources.flatMap(({ record }) =>
        (record.notices.answer ?? []).map(({ contender, text }) => h('li', {}, swatch(contender), text)),
      ),
    );
    legend.replaceChildren(...keys(sources));
    drawCurves(sources);
    drawSpectra(sources);
    table.set(() => [
      COLUMNS,
      sources.flatMap(({ record }) => record.rows.map((row) => COLUMNS.map((name) => tidy(row[name])))),
    ]);
  }

  function drawCurves(sources) {
    const across = acrossOf(sources);
    const visible = charts
      .map(({ column, ...each }) => ({ ...each, series: across.place(seriesOf(sources, column)) }))
      .filter(({ series }) => values(series).length);
    const wanted = visible.map((each) => each.chart.element);
    if (wanted.length !== curves.children.length || wanted.some((each, place) => each !== curves.children[place]))
      curves.replaceChildren(...wanted);
    const goal = sources[0].record.run.params.p99_ms;
    const latencies = [goal, ...visible.filter(({ y }) => y === LATENCY).flatMap(({ series }) => values(series))];
    for (const { title, chart: own, series, y } of visible) {
      const range = y === LATENCY ? around(latencies.filter(Boolean)) : [0, most(values(series)) * 1.08 || 1];
      own.draw({
        series,
        named: across.named,
        x: across.x,
        y: { ...y, range },
        goal: goal && title === 'Latency p99' ? { y: goal, label: `goal ${goal} ms` } : undefined,
      });
    }
  }

  /** Where latency was counted from when a request was due, the other count beside it: one chart a contender. */
  function drawSpectra(sources) {
    const all = sources
      .flatMap((source) => inOrder(source.record.run.contenders).map((contender) => spectrum(source, contender)))
      .filter(Boolean);
    spectraBox.hidden = !all.length;
    if (!all.length) return;
    const range = around(all.flatMap(({ series }) => values(series)));
    const x = {
      label: 'percentile',
      ticks: new Map(PERCENTILES.map(([, label], place) => [place, label])),
      range: [-0.3, PERCENTILES.length - 0.7],
    };
    for (const { key, title, series } of all) {
      if (!compared.has(key)) compared.set(key, chart(title, { group: 'spectra', height: 220, heading: 'h3' }));
    }
    spectra.replaceChildren(...all.map(({ key }) => compared.get(key).element));
    for (const { key, series } of all) compared.get(key).draw({ series, x, y: { ...LATENCY, range } });
  }

  const blocks = () => {
    const visible = [...charts.map(({ chart: own }) => own), ...compared.values()].filter(
      (each) => each.element.getClientRects().length,
    );
    return [
      { text: sentence.textContent, big: true },
      { key: [...legend.children] },
      ...visible.flatMap((each) => each.blocks()),
    ];
  };
  return { element, draw, blocks };
}

/** The horizontal axis: the points, or, where there is but one, the contenders. */
function acrossOf(sources) {
  const xs = [...new Set(sources.flatMap(({ record }) => record.rows.map(({ point }) => point)))].sort((a, b) => a - b);
  const sweep = sources[0].record.run.experiment === 'sweep';
  const label = sweep ? 'requests in flight' : 'requests a second, asked for';
  if (xs.length < 2) return contendersAcross(sources, `at ${brief(xs[0] ?? 0)} ${label.split(',')[0]}`);
  const wide = xs.at(-1) / xs[0] > 8;
  const ticks = sweep ? new Map(xs.map((each) => [each, brief(each)])) : undefined;
  const air = (xs.at(-1) - xs[0]) * 0.05;
  const range = wide ? [xs[0] / 1.25, xs.at(-1) * 1.25] : [xs[0] - air, xs.at(-1) + air];
  return {
    named: true,
    x: { label, unit: brief, log: wide ? (sweep ? 2 : 10) : undefined, ticks, range },
    place: (series) => series,
  };
}

function contendersAcross(sources, label) {
  const names = inOrder([...new Set(sources.flatMap(({ record }) => record.run.contenders))]);
  const apart = 0.16; // between the runs of one contender
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

/** The picture of one run. */
export function loadOf() {
  const picture = loadPicture();
  return { ...picture, draw: (record) => picture.draw([{ record, label: '' }]) };
}

const tidy = (value) => (typeof value === 'number' ? +value.toFixed(2) : value);
