// The probes of a victim or slow-clients run, in seconds from the attack's beginning, and what they say.

import { most } from './lanes.js';
import { spoken, times } from './time.js';

const RUINED = 5; // times the latency before the attack, from which on an innocent request has suffered

/**
 * @typedef {{at: number, ms: ?number, phase: string}} Probe  `ms` null where no good answer came
 * @typedef {{via: string, probes: Probe[], attack: ?{from: number, to: number}}} Line
 * @returns {Line[]}
 */
export function probesOf(record, contender) {
  const own = record.rows.filter((row) => row.contender === contender && row.due !== undefined);
  return [...new Set(own.map(({ via }) => via))].map((via) =>
    line(
      record,
      contender,
      via,
      own.filter((row) => row.via === via),
    ),
  );
}

function line(record, contender, via, rows) {
  const told = (record.notices.phase ?? []).filter(
    (notice) => notice.contender === contender && (notice.via ?? via) === via,
  );
  const begin = (phase) => told.find((notice) => notice.phase === phase)?.at ?? first(rows, phase);
  const zero = begin('during') ?? first(rows, 'before');
  const end =
    begin('after') ?? (rows.some(({ phase }) => phase === 'during') ? most(rows.map(({ due }) => due)) : null);
  const good = ({ status, received }) => received !== null && status === 200;
  return {
    via,
    probes: rows
      .map((row) => ({ at: row.due - zero, ms: good(row) ? (row.received - row.due) * 1000 : null, phase: row.phase }))
      .sort((one, other) => one.at - other.at),
    attack: begin('during') !== undefined && end !== null ? { from: 0, to: end - zero } : null,
  };
}

function first(rows, phase) {
  const dues = rows.filter((row) => row.phase === phase).map(({ due }) => due);
  return dues.length ? Math.min(...dues) : undefined;
}

/** The nearest rank: a value that was measured, never one between two. */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))];
}

/** Who suffered, the worst first, and whom it hardly touched. */
export function verdict(lines) {
  const judged = lines
    .map(({ contender, via, probes }) => {
      const of = (phase) => probes.filter((probe) => probe.phase === phase);
      const p99 = (phase) => {
        const took = of(phase)
          .map(({ ms }) => ms)
          .filter((ms) => ms !== null);
        return took.length ? percentile(took, 0.99) : null;
      };
      const lost = of('during').filter(({ ms }) => ms === null).length;
      return {
        who: lines.some((other) => other.contender === contender && other.via !== via)
          ? `${contender} (${via})`
          : contender,
        before: p99('before'),
        during: p99('during'),
        lost,
        asked: of('during').length,
      };
    })
    .filter(({ before, asked }) => before !== null && asked);
  if (!judged.length) return '';
  const factor = ({ before, during }) => (during === null ? Infinity : during / before);
  judged.sort((one, other) => factor(other) - factor(one));
  const ruined = judged.filter((each) => factor(each) >= RUINED || each.lost);
  const calm = judged.filter((each) => !ruined.includes(each)).map(({ who }) => who);
  if (!ruined.length)
    return `Nobody suffered: the p99 of an innocent request stayed below ${RUINED} times what it was before.`;
  const answered = ruined.filter(({ during }) => during !== null).map(suffering);
  return [
    answered.length && `The p99 of an innocent request went ${answered.join('; ')}.`,
    ...ruined
      .filter(({ during }) => during === null)
      .map(({ who, asked }) => `${who} answered none of ${asked} innocent requests during the attack.`),
    calm.length && `Hardly touched: ${calm.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

function suffering({ who, before, during, lost, asked }) {
  const unanswered = lost ? `, and ${lost} of ${asked} were not answered` : '';
  return `from ${spoken(before)} to ${spoken(during)} on ${who} (${times(during / before)} times as long${unanswered})`;
}
