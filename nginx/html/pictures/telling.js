// Sentences about a race, computed from its rows.

import { least, median, most, together } from './lanes.js';
import { spoken, times } from './time.js';

const ROUNDS = 0.25; // how far from whole rounds a contender may be for them to be called rounds
const LION = 0.75; // share of the requests from which on one process of several is said to have taken nearly all
const ALIKE = 1.35; // slowest over fastest, up to which nobody has won

const count = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;

/** What one contender did: "2 at a time: 10 rounds of 200 ms". */
export function pattern(bars) {
  const served = bars.filter(({ started, finished, failed }) => !failed && started !== null && finished !== null);
  if (!served.length) return '';
  const each = spoken(median(served.map(({ started, finished }) => finished - started)));
  const peak = together(served);
  if (served.length === 1) return `one request of ${each}`;
  if (peak >= served.length) return `all ${served.length} at once, ${each} each`;
  const [whole, fits] = rounds(served, peak);
  if (fits) return `${peak === 1 ? 'one' : peak} at a time: ${count(whole, 'round')} of ${each}`;
  return `${peak === 1 ? 'one' : `up to ${peak}`} at a time, ${each} each (median)`;
}

/** How many rounds that many at a time need, and whether they took as long as those would. */
function rounds(served, peak) {
  const whole = Math.ceil(served.length / peak);
  const work = median(served.map(({ started, finished }) => finished - started));
  const span = most(served.map(({ finished }) => finished)) - least(served.map(({ started }) => started));
  return [whole, Math.abs(span / work / whole - 1) <= ROUNDS];
}

/** Where one process did the work of several: greenlets of one process take all connections that they can get. */
export function share({ bars, processes }) {
  const told = processes.filter(({ pid }) => pid !== null);
  const busiest = told.reduce((one, other) => (other.size > one.size ? other : one), { size: 0 });
  if (told.length < 2 || busiest.size < bars.length * LION || bars.length < 4) return '';
  return `process ${busiest.pid} took ${busiest.size} of ${bars.length}`;
}

/** What became of the requests that were not answered with success. */
export function failures(bars) {
  const failed = bars.filter((bar) => bar.failed);
  if (!failed.length) return '';
  const kinds = [...new Set(failed.map(({ row }) => row.error ?? `status ${row.status}`))];
  return `${failed.length} of ${bars.length} failed (${kinds.slice(0, 2).join('; ')})`;
}

/**
 * The race in a sentence or two.
 * @param {{label: string, lanes: import('./lanes.js').Lanes}[]} raced
 */
export function headline(raced) {
  const ran = raced.filter(({ lanes }) => lanes.bars.length).sort((one, other) => one.lanes.end - other.lanes.end);
  const whole = ran.filter(({ lanes }) => lanes.bars.every(({ failed }) => !failed));
  if (!whole.length) return ran.length ? `No contender answered everything: ${failures(ran[0].lanes.bars)}.` : '';
  const [first, last] = [whole[0], whole.at(-1)];
  const n = first.lanes.bars.length;
  const all = n === 1 ? 'its one request' : `all ${n}`;
  const how = ({ label, lanes }) => {
    const parts = [pattern(lanes.bars), share(lanes)].filter(Boolean).join('; ');
    return parts ? ` ${label} served ${parts}.` : '';
  };
  if (whole.length === 1) return `${first.label} answered ${all} in ${spoken(first.lanes.end)}.${how(first)}`;
  const ratio = last.lanes.end / first.lanes.end;
  if (ratio < ALIKE)
    return `All took about as long, ${spoken(first.lanes.end)} to ${spoken(last.lanes.end)}.${how(first)}`;
  return `${first.label} had answered ${all} after ${spoken(first.lanes.end)}; ${last.label} took ${times(ratio)} times as long, ${spoken(last.lanes.end)}.${how(last)}`;
}
