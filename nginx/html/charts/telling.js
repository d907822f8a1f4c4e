// Sentences about a race, computed from its rows.

import { least, median, most, together } from './lanes.js';
import { spoken, times } from './time.js';

const ROUNDS = 0.25; // how far from whole rounds a contender may be for them to be called rounds
const LION = 0.75; // share of the requests from which on one process of several is said to have taken nearly all
const ALIKE = 1.35; // slower over faster, up to which neither has won
const NAMED = 5; // of those that took about as long; more are counted
const NEARLY = 0.9; // share of the requests at once, from which on what is left makes no second round

const count = (number, thing) => `${number} ${thing}${number === 1 ? '' : 's'}`;

/** What one contender did: "2 at a time: 10 rounds of 200 ms". */
export function pattern(bars) {
  const served = bars.filter(({ started, finished, failed }) => !failed && started !== null && finished !== null);
  if (!served.length) return '';
  const each = spoken(median(served.map(({ started, finished }) => finished - started)));
  const peak = together(served);
  if (served.length === 1) return `one request of ${each}`;
  if (peak >= served.length) return `all ${served.length} at once, ${each} each`;
  if (peak >= served.length * NEARLY) return `nearly all ${served.length} at once, ${each} each`;
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

/** Names as one says them: "sync", "sync and gevent", "sync, gevent and eventlet". */
const named = (labels) => [labels.slice(0, -1).join(', '), labels.at(-1)].filter(Boolean).join(' and ');

/** Only who was asked for the same can have been first. */
export const comparable = (raced) => new Set(raced.map(({ asked }) => asked)).size < 2;

/**
 * The race in a sentence or two.
 * @param {import('./race.js').Raced[]} raced
 */
export function headline(raced) {
  const ran = raced.filter(({ lanes }) => lanes.bars.length);
  if (!ran.length) return '';
  if (!comparable(ran)) return 'These races asked for different things: nobody is first.';
  const whole = ran.filter((each) => !shortfall(each));
  const short = ran.filter(shortfall).map((each) => `${each.label}: ${shortfall(each)}`);
  if (!whole.length) return `No contender answered everything: ${short.join('; ')}.`;
  return [outcome(whole), ...short.map((each) => `${each}.`)].join(' ');
}

/** Why a contender has not answered everything; empty where it has. */
const shortfall = ({ lanes: { bars }, expected }) =>
  failures(bars) || (bars.length < expected ? `${bars.length} of ${expected} answered` : '');

/** The contenders that answered everything, and none called the first of those that took about as long. */
function outcome(whole) {
  const sorted = [...whole].sort((one, other) => one.lanes.end - other.lanes.end);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const all = first.expected === 1 ? 'its one request' : `all ${first.expected}`;
  if (whole.length === 1) return `${first.label} answered ${all} in ${spoken(first.lanes.end)}.${how(first)}`;
  const ahead = whole.filter(({ lanes }) => lanes.end < first.lanes.end * ALIKE);
  const took = [...new Set([first.lanes.end, most(ahead.map(({ lanes }) => lanes.end))].map(spoken))].join(' to ');
  if (ahead.length === whole.length) return `All took about as long, ${took}.${how(first)}`;
  const who = ahead.length > NAMED ? `${ahead.length} of ${whole.length}` : named(ahead.map(({ label }) => label));
  return (
    `${who} had answered ${all} after ${took}; ` +
    `${last.label} took ${times(last.lanes.end / first.lanes.end)} times as long, ${spoken(last.lanes.end)}.${how(last)}`
  );
}

function how({ label, lanes }) {
  const parts = [pattern(lanes.bars), share(lanes)].filter(Boolean).join('; ');
  return parts ? ` ${label} served ${parts}.` : '';
}
