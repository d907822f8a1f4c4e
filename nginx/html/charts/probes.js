// The probes of a victim or slow-clients run, in seconds from the beginning of the attack.

import { least, most } from './numbers.js';

/** How a probe reached its contender, as a reader sees it. */
export const PATHS = { nginx: 'through nginx', direct: 'bypassing nginx' };

/**
 * @typedef {{at: number, ms: ?number}} Probe  `ms` null where no good answer came
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
  const phases = record.notices.phases.filter(
    (notice) => notice.contender === contender && (notice.via ?? via) === via,
  );
  const begin = (phase) => phases.find((notice) => notice.phase === phase)?.at ?? first(rows, phase);
  const zero = begin('during') ?? first(rows, 'before');
  const end =
    begin('after') ?? (rows.some(({ phase }) => phase === 'during') ? most(rows.map(({ due }) => due)) : null);
  const good = ({ status, received }) => received !== null && status === 200;
  return {
    via,
    probes: rows
      .map((row) => ({ at: row.due - zero, ms: good(row) ? (row.received - row.due) * 1000 : null }))
      .sort((one, other) => one.at - other.at),
    attack: begin('during') !== undefined && end !== null ? { from: 0, to: end - zero } : null,
  };
}

function first(rows, phase) {
  const dues = rows.filter((row) => row.phase === phase).map(({ due }) => due);
  return dues.length ? least(dues) : undefined;
}
