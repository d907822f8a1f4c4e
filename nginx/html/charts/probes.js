// The probes of a victim or slow-clients run, in seconds from the beginning of the attack.

import { max } from './numbers.js';

/** How a probe reached its contender, as a reader sees it. @type {Record<string, string>} */
export const PATHS = { nginx: 'via nginx', direct: 'bypassing nginx' };

/**
 * @typedef {{via: string, attack: ?{from: number, to: number}, at: Float64Array, ms: Float64Array, begin: number,
 *   end: number, fastest: number, slowest: number}} Line
 *   of each probe when it was due and how long it took, NaN where no good answer came; and the ends of both
 * @returns {Line[]}
 * @param {import('../core/record.js').Recording} record
 * @param {string} contender
 */
export function probesOf(record, contender) {
  const ways = new Map();
  for (const row of record.rows) {
    if (row.contender !== contender || row.due === undefined) continue;
    if (!ways.has(row.via)) ways.set(row.via, []);
    ways.get(row.via).push(row);
  }
  return [...ways].map(([via, rows]) => line(record, contender, via, rows));
}

/**
 * @param {import('../core/record.js').Recording} record
 * @param {string} contender
 * @param {string} via
 * @param {any[]} rows
 * @returns {Line}
 */
function line(record, contender, via, rows) {
  const phases = record.notices.phases.filter(
    (notice) => notice.contender === contender && (notice.via ?? via) === via,
  );
  /** @param {string} phase */
  const begin = (phase) => phases.find((notice) => notice.phase === phase)?.at ?? earliestDue(rows, phase);
  const zero = begin('during') ?? earliestDue(rows, 'before');
  const end =
    begin('after') ?? (rows.some(({ phase }) => phase === 'during') ? max(rows.map(({ due }) => due)) : null);
  const attack = begin('during') !== undefined && end !== null ? { from: 0, to: end - zero } : null;
  return { via, attack, ...timesOf(rows, zero) };
}

/**
 * In one pass, without an object a probe: there may be 240,000, and the page has to react meanwhile.
 * @param {any[]} rows
 * @param {number} zero
 */
function timesOf(rows, zero) {
  const [at, ms] = [new Float64Array(rows.length), new Float64Array(rows.length)];
  let [begin, end, fastest, slowest] = [Infinity, -Infinity, Infinity, 0];
  for (let place = 0; place < rows.length; place += 1) {
    const { due, received, status } = rows[place];
    const took = received !== null && status === 200 ? (received - due) * 1000 : NaN;
    at[place] = due - zero;
    ms[place] = took;
    if (at[place] < begin) begin = at[place];
    if (at[place] > end) end = at[place];
    if (took > 0 && took < fastest) fastest = took;
    if (took > slowest) slowest = took;
  }
  return { at, ms, begin, end, fastest, slowest };
}

/** @param {any[]} rows @param {string} phase */
function earliestDue(rows, phase) {
  let earliest;
  for (const row of rows) if (row.phase === phase && !(row.due >= earliest)) earliest = row.due;
  return earliest;
}

const CELL = 2; // px: two dots that are as near as this are one to the eye

/**
 * The dots that can be told apart on a plot of this size, in order: of all that fall on one spot the slowest, so that no
 * extreme is lost; of those without an answer one a column.
 * @param {Line} line  @param {{width: number, height: number, x: [number, number], y: [number, number]}} plot
 * @returns {import('./types.js').Point[]}
 */
export function visiblePoints({ at, ms }, { width, height, x: [begin, end], y: [lowest, highest] }) {
  const [columns, rows] = [Math.ceil(width / CELL), Math.ceil(height / CELL)];
  const [across, up] = [columns / (end - begin), rows / Math.log(highest / lowest)];
  /** @param {number} cell @param {number} last */
  const clampCell = (cell, last) => Math.min(last, Math.max(0, Math.floor(cell)));
  const cells = new Int32Array((columns + 1) * (rows + 2)).fill(-1);
  for (let place = 0; place < at.length; place += 1) {
    const row = ms[place] >= 0 ? 1 + clampCell(Math.log(ms[place] / lowest) * up, rows) : 0;
    const cell = clampCell((at[place] - begin) * across, columns) * (rows + 2) + row;
    if (cells[cell] < 0 || ms[place] > ms[cells[cell]]) cells[cell] = place;
  }
  const chosen = cells.filter((place) => place >= 0).sort((one, other) => at[one] - at[other]);
  return Array.from(chosen, (place) =>
    ms[place] >= 0 ? { x: at[place], y: ms[place], mark: 'plain' } : { x: at[place], y: null, mark: 'failed' },
  );
}
