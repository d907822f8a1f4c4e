// Victim and slow clients: each probe's latency when it was due, on one time axis, with the attack's span shaded.

import { accent, inOrder } from '../core/catalog.js';
import { h, say } from '../core/dom.js';
import { over } from '../core/record.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { around, brief } from './scales.js';
import { foldedTable } from './table.js';
import { percentile, probesOf, verdict } from './probes.js';
import { spoken } from './time.js';

const WAYS = { nginx: 'through nginx', direct: 'straight at it' };
const COLUMNS = ['contender', 'way', 'phase', 'probes', 'failed', 'p50', 'p99', 'max'];

export function timelinePicture() {
  const sentence = h('p', { class: 'sentence', role: 'status' });
  const about = h(
    'p',
    { class: 'aside' },
    'A dot is one innocent request for /hello, at the moment when it was due; how high, how long it took. Shaded: while the attack ran. A cross: no answer.',
  );
  const place = h('div', { class: 'charts wide' });
  const table = foldedTable('Before, during and after as a table');
  const element = h('figure', { class: 'picture timeline' }, sentence, about, place, table.element);
  const charts = new Map();
  let shown = [];
  frame(element, () => draw(shown));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => element.isConnected && draw(shown));

  /** @param {import('./points.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    const lines = sources
      .flatMap(({ record, label }) =>
        inOrder(record.run.contenders).flatMap((contender) =>
          probesOf(record, contender).map((line) => ({
            ...line,
            key: `${record.run.id}/${contender}/${line.via}`,
            contender,
            label,
          })),
        ),
      )
      .filter(({ probes }) => probes.length);
    if (!lines.length) return;
    const all = lines.flatMap(({ probes }) => probes);
    const latencies = all.map(({ ms }) => ms).filter((ms) => ms !== null && ms > 0);
    const range = around(latencies);
    const x = {
      label: 'seconds since the attack began',
      unit: (seconds) => `${+seconds.toFixed(2)}`,
      range: [Math.min(...all.map(({ at }) => at)) - 0.2, Math.max(...all.map(({ at }) => at)) + 0.2],
    };
    const y = { label: 'milliseconds', unit: brief, log: 10, range };
    const ways = new Set(lines.map(({ via }) => via)).size > 1;
    for (const { key, contender, via, label } of lines) {
      const title = [contender, ways && WAYS[via], label && `(${label})`].filter(Boolean).join(' ');
      if (!charts.has(key)) charts.set(key, chart(title, { group: 'probes', height: 200 }));
    }
    const wanted = lines.map(({ key }) => charts.get(key).element);
    if (wanted.some((each, index) => place.children[index] !== each)) place.replaceChildren(...wanted);
    for (const { key, contender, probes, attack } of lines) {
      const points = probes.map(({ at, ms }) => ({ x: at, y: ms, mark: ms === null ? 'failed' : 'plain' }));
      charts.get(key).draw({
        series: [{ key, label: '/hello', accent: accent(contender), line: false, points }],
        spans: attack ? [{ ...attack, label: 'attack' }] : [],
        x,
        y,
      });
    }
    if (sources.every(({ record }) => over(record.run)) && sources.length === 1) say(sentence, verdict(lines));
    table.set(() => [COLUMNS, lines.flatMap(summaries)]);
  }

  const blocks = () => [
    { text: sentence.textContent, big: true },
    { text: about.textContent },
    ...[...charts.values()].filter((each) => each.element.isConnected).flatMap((each) => each.blocks()),
  ];
  return { element, draw, blocks };
}

/** The picture of one run. */
export function timelineOf() {
  const picture = timelinePicture();
  return { ...picture, draw: (record) => picture.draw([{ record, label: '' }]) };
}

const summaries = ({ contender, via, probes }) =>
  ['before', 'during', 'after'].map((phase) => {
    const own = probes.filter((probe) => probe.phase === phase);
    const took = own.map(({ ms }) => ms).filter((ms) => ms !== null);
    const at = (share) => (took.length ? spoken(percentile(took, share)) : '');
    return [contender, WAYS[via] ?? via, phase, own.length, own.length - took.length, at(0.5), at(0.99), at(1)];
  });
