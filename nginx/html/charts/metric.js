// One panel of the view Observe: its chart, what it means, and its PromQL.

import { positionOf } from '../core/catalog.js';
import { h, patch } from '../core/dom.js';
import { copyable } from '../ui/copy.js';
import { chart } from './chart.js';
import { frame } from './frame.js';
import { max } from './numbers.js';
import { DASHES } from './points.js';
import { brief, fromZero, rangeOf, values } from './scales.js';
import { accent, shape, sign } from './swatch.js';
import { niceStep } from './time.js';

const HEIGHT = 220; // px
const PLAIN = 'accent-none'; // of what is no contender

/**
 * @typedef {import('../core/panels.js').Panel} Panel
 * @typedef {import('../core/panels.js').Line} Line
 * @typedef {import('../core/panels.js').Target} Target
 * @typedef {import('../core/panels.js').Span} Span
 */

/** 85 µs, 4.9 ms, 2.5 s. @param {number} seconds */
function brieflyTimed(seconds) {
  if (seconds < 0.001) return `${brief(seconds * 1e6)} µs`;
  return seconds < 1 ? `${brief(seconds * 1000)} ms` : `${brief(seconds)} s`;
}

/**
 * Grafana's units, as far as the panels have them.
 * `least`: where the axis ends at least, so that a number has no fractions beside it.
 * @type {Record<string, {label: string, unit: (value: number) => string, least?: number}>}
 */
const UNITS = {
  reqps: { label: 'req/s', unit: brief },
  s: { label: 'time', unit: brieflyTimed },
  percentunit: { label: 'share', unit: (share) => `${brief(share * 100)} %` },
  short: { label: 'number', unit: brief, least: 4 },
};

/** @param {Panel} panel */
export function metric(panel) {
  const { unit: name, custom, max: most } = panel.fieldConfig.defaults;
  const { least = 0, ...unit } = UNITS[name];
  const log = custom?.scaleDistribution?.type === 'log' ? 10 : undefined;
  const plot = chart(panel.title, { group: 'observe', height: HEIGHT });
  const empty = h('p', { class: 'nothing', hidden: true });
  const failure = h('p', { class: 'error', role: 'status', hidden: true });
  const latest = h('ul', { class: 'legend' }); // where there is no room for it beside the lines
  const queries = h('div');
  /** @type {import('./types.js').Series[]} */
  let series = [];
  let redraw = () => {};
  const { narrow } = frame(plot.element, () => redraw());
  plot.element.classList.add('metric');
  plot.element.append(
    empty,
    latest,
    failure,
    h('p', { class: 'aside' }, panel.description),
    h('details', {}, h('summary', {}, 'PromQL'), queries),
  );

  /** @param {Line[]} lines @param {Span} span */
  function draw(lines, span) {
    redraw = () => draw(lines, span);
    const { start, end, step } = span;
    const minutes = (end - start) / 60;
    series = [...lines].sort((one, other) => rank(one) - rank(other)).map((line) => seriesOf(line, start, end, step));
    const none = !series.some(({ points }) => points.some(({ y }) => y !== null));
    plot.element.classList.toggle('blank', none);
    patch(empty, { hidden: !none }, none && `No samples in the last ${minutes} minutes.`);
    patch(latest, { hidden: none || !narrow() }, series.map((each) => entry(each, text)));
    if (none) return;
    /** @type {[number, number]} */
    const range = log ? rangeOf(values(series)) : fromZero(most ?? Math.max(least, niceStep(max(values(series)) * 1.05 || 1)));
    plot.draw({
      series,
      dense: true,
      named: !narrow(),
      x: {
        label: 'minutes ago',
        unit: (minute) => brief(Math.abs(minute)),
        read: (minute) => clock(end + minute * 60),
        range: [-minutes, 0],
      },
      y: { ...unit, log, range },
    });
  }

  /** @param {?number} value */
  const text = (value) => (value === null ? '' : `${unit.unit(value)}${name === 'reqps' ? ' req/s' : ''}`);

  return {
    element: plot.element,
    draw,
    /** @param {Target[]} targets  with their variables replaced */
    explain: (targets) => {
      if (queries.textContent !== targets.map(({ expr }) => `${expr}Copy`).join(''))
        queries.replaceChildren(...targets.map(({ expr }) => h('p', { class: 'command' }, copyable(expr))));
    },
    /** @param {string} text  none: there is no failure */
    fail: (text) => patch(failure, { hidden: !text }, text),
    /** The rows of a table: the latest, the lowest and the highest of each line. */
    rows: () =>
      series.map(({ label, points }) => {
        const numbers = points.flatMap(({ y }) => (y === null ? [] : [y]));
        const found = numbers.length ? [points.at(-1)?.y ?? null, Math.min(...numbers), Math.max(...numbers)] : [];
        return [panel.title, label, ...found.map(text)];
      }),
  };
}

/** By the catalogue, what is no contender of it last; the queries of a panel in their order. @param {Line} line */
const rank = ({ target, range: { metric: { contender } } }) => (contender ? positionOf(contender) + 1 || 1000 : 1000) + target / 10;

/** @param {import('./types.js').Series} series @param {(value: ?number) => string} text */
const entry = ({ accent: colour, shape: corners = null, label, points }, text) =>
  h('li', {}, sign(colour, corners), label, ' ', text(points.at(-1)?.y ?? null));

/**
 * On the whole grid: where Prometheus has no sample the line is broken.
 * @param {Line} line
 * @param {number} start
 * @param {number} end
 * @param {number} step
 * @returns {import('./types.js').Series}
 */
function seriesOf({ label, target, range }, start, end, step) {
  const { contender } = range.metric;
  const found = new Map(range.values.map(([at, value]) => [at, Number(value)]));
  const points = [];
  for (let at = start; at <= end; at += step) {
    const value = found.get(at);
    points.push({ x: (at - end) / 60, y: value === undefined || !Number.isFinite(value) ? null : value });
  }
  return {
    key: `${contender ?? ''}/${label}`,
    label,
    accent: contender ? accent(contender) : PLAIN,
    shape: contender ? shape(contender) : null,
    dash: DASHES[target],
    points,
  };
}

const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
/** @param {number} seconds */
const clock = (seconds) => CLOCK.format(seconds * 1000);
