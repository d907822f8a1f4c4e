// Asks the lab: the REST service under /starlette/, whose refusals are problem documents (RFC 9457).

import { pause } from './dom.js';

const REST = '/starlette';
const TIMEOUT = 10_000; // ms; the service answers in milliseconds, and 10 s is a person's patience
const AGAIN = 1500; // ms between two tries; below the two seconds in which the lab promises a contender back
const MERGE_PATCH = 'application/merge-patch+json';

/**
 * @typedef {{id: string, experiment: string, params: Record<string, any>, contenders: string[], state: string,
 *   progress: number, created: string, started: ?string, finished: ?string, environment: ?Record<string, any>,
 *   error: ?string, note: string, tags: string[]}} Run
 * @typedef {{run: Run, etag: string}} Version
 */

export class Problem extends Error {
  constructor(status, document) {
    super(document.detail ?? document.title ?? `status ${status}`);
    this.status = status;
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = document.errors ?? [];
  }
}

/** Whether the same request may succeed later: nobody answered, or nginx or the service said 5xx. */
export const passes = (error) => !(error instanceof Problem) || error.status >= 500;

export function reason(error) {
  const known = {
    TimeoutError: 'no answer in time',
    TypeError: 'no connection',
    SyntaxError: 'the answer is not JSON',
  };
  return known[error.name] ?? error.message;
}

export async function ask(path, { timeout = TIMEOUT, signal, ...options } = {}) {
  const limits = [AbortSignal.timeout(timeout), signal].filter(Boolean);
  const response = await fetch(path, { cache: 'no-store', ...options, signal: AbortSignal.any(limits) });
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

/**
 * Does `task` again until it succeeds; `trouble` hears of each failure, and null at the end.
 * What waiting cannot mend is thrown.
 */
export async function patiently(task, { signal, trouble }) {
  for (;;) {
    try {
      const done = await task();
      trouble(null);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (!passes(error)) throw error;
      trouble(error);
    }
    await pause(AGAIN, signal);
  }
}

const json = async (path, options) => (await ask(path, options)).json();
const runPath = (id) => `${REST}/runs/${encodeURIComponent(id)}`;

async function version(asked) {
  const response = await asked;
  return { run: await response.json(), etag: response.headers.get('ETag') };
}

export const catalogue = (options) => json('/catalog.json', options);
export const experiments = async (options) => (await json(`${REST}/experiments`, options)).items;

/** A page of runs, newest first: {items, next}. `filters` that are empty are left out. */
export function listRuns(filters, options) {
  const given = Object.entries(filters).filter(([, value]) => value);
  return json(`${REST}/runs?${new URLSearchParams(given)}`, options);
}

/** The next page, by the address that the last one gave; only its query counts, as nginx may have another name here. */
export const nextPage = (next, options) => json(`${REST}/runs${new URL(next).search}`, options);

/** @returns {Promise<Version>} */
export const readRun = (id, options) => version(ask(runPath(id), options));

export const csv = (id) => ask(`${runPath(id)}/results`, { headers: { Accept: 'text/csv' } });
export const events = (id, options) => fetch(`${runPath(id)}/events`, { cache: 'no-store', ...options });

/**
 * Queues a run. The key makes it safe to send again when the answer was lost.
 * @returns {Promise<Version>}
 */
export function createRun(run, key) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  return version(ask(`${REST}/runs`, { method: 'POST', headers, body: JSON.stringify(run) }));
}

/** @returns {Promise<Version>} */
export function patchRun(id, etag, changes) {
  const headers = { 'Content-Type': MERGE_PATCH, 'If-Match': etag };
  return version(ask(runPath(id), { method: 'PATCH', headers, body: JSON.stringify(changes) }));
}

/** Whatever version it has: cancelling and deleting are meant of the run, not of its note. */
export const cancelRun = (id) => patchRun(id, '*', { state: 'cancelled' });
export const deleteRun = (id) => ask(runPath(id), { method: 'DELETE' });
