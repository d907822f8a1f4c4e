// What a load run says, in a sentence computed from its rows.

import { inOrder } from '../core/catalog.js';
import { median } from './lanes.js';
import { points } from './points.js';
import { spoken, times } from './time.js';

const whole = (number) => Math.round(number).toLocaleString('en');

/** @param {import('./points.js').Source[]} sources */
export function conclusion(sources) {
  if (sources.length > 1) return '';
  const [{ record }] = sources;
  const told = inOrder(record.run.contenders)
    .map((contender) => ({ contender, found: points(record, contender).map(condensed) }))
    .filter(({ found }) => found.length);
  if (!told.length) return '';
  return { sweep, capacity }[record.run.experiment]?.(told, record) ?? rate(told, record);
}

function condensed({ x, rows }) {
  const middle = (of) => {
    const known = rows.map(of).filter((number) => typeof number === 'number');
    return known.length ? median(known) : null;
  };
  return {
    x,
    rps: middle(({ row }) => row.rps),
    p99: middle(({ row }) => row.p99_ms),
    naive: middle(({ notice }) => notice?.uncorrected?.p99_ms),
  };
}

function sweep(told) {
  const best = told
    .map(({ contender, found }) => ({
      contender,
      ...found.reduce((one, other) => (other.rps > one.rps ? other : one)),
    }))
    .sort((one, other) => other.rps - one.rps);
  const [first, last] = [best[0], best.at(-1)];
  const of = ({ contender, rps, x }) => `${contender} reaches ${whole(rps)} requests a second with ${x} in flight`;
  return best.length === 1 ? `${of(first)}.` : `${of(first)}; ${last.contender} ${whole(last.rps)} with ${last.x}.`;
}

function rate(told) {
  const ordered = told
    .map(({ contender, found }) => ({ contender, ...found.at(-1) }))
    .filter(({ p99 }) => p99 !== null)
    .sort((one, other) => one.p99 - other.p99);
  if (!ordered.length) return 'Nothing was answered.';
  const [first, last] = [ordered[0], ordered.at(-1)];
  const hidden =
    last.naive !== null && last.p99 > 1.5 * last.naive
      ? ` A clock that starts when a request is sent would have said ${spoken(last.naive)}, ${times(last.p99 / last.naive)} times too little.`
      : '';
  const others = ordered.length > 1 ? `; ${last.contender}, ${spoken(last.p99)}` : '';
  return `At ${whole(first.x)} requests a second, 99 % of ${first.contender}’s answers are there within ${spoken(first.p99)}${others}.${hidden}`;
}

function capacity(told, record) {
  const answers = [...(record.notices.answer ?? [])].sort((one, other) => other.rate - one.rate);
  if (!answers.length) return '';
  const goal = record.run.params.p99_ms;
  return `With 99 % of answers within ${spoken(goal)}, ${answers.map(({ contender, rate: most }) => `${contender} carries ${whole(most)}`).join(', ')} requests a second.`;
}
