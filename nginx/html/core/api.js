// The addresses of the lab: its catalogue, and its records under /starlette/.

import { readJson, request, send } from './requests.js';

const RECORDS = '/starlette';
const MERGE_PATCH = 'application/merge-patch+json';

/**
 * @typedef {{id: string, experiment: string, params: Record<string, any>, contenders: string[], state: string,
 *   progress: number, created: string, started: ?string, finished: ?string, environment: ?Record<string, any>,
 *   error: ?string, note: string, tags: string[]}} Run
 * @typedef {{run: Run, etag: string}} Version
 * @typedef {{items: Run[], next: ?string}} Page
 */

/** @param {string} path @param {import('./requests.js').Options} [options] @returns {Promise<any>} */
const json = async (path, options) => readJson(await request(path, options));
/** @param {string} id */
const runPath = (id) => `${RECORDS}/runs/${encodeURIComponent(id)}`;

/** @param {string} path @param {import('./requests.js').Options} [options] @returns {Promise<Version>} */
async function version(path, options) {
  const response = await request(path, options);
  return { run: await readJson(response), etag: response.headers.get('ETag') ?? '' };
}

/** @param {import('./requests.js').Options} [options] @returns {Promise<import('./catalog.js').Contender[]>} */
export const catalogue = (options) => json('/catalog.json', options);

/**
 * The names of what scripts/drills has kept, newest first.
 * @param {import('./requests.js').Options} [options]
 * @returns {Promise<string[]>}
 */
export const drills = async (options) =>
  (await json('/drills/', options))
    .map((/** @type {{name: string}} */ { name }) => name)
    .filter((/** @type {string} */ name) => name.endsWith('.json'))
    .sort()
    .reverse();
/** @param {string} name @param {import('./requests.js').Options} [options] */
export const drill = (name, options) => json(`/drills/${encodeURIComponent(name)}`, options);

/** @param {import('./requests.js').Options} [options] @returns {Promise<import('./experiments.js').Described[]>} */
export const experiments = async (options) => (await json(`${RECORDS}/experiments`, options)).items;

/**
 * A page of runs, newest first: {items, next}. `filters` that are empty are left out.
 * @param {Record<string, string | number>} filters
 * @param {import('./requests.js').Options} [options]
 * @returns {Promise<Page>}
 */
export function listRuns(filters, options) {
  const chosen = Object.entries(filters).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
  return json(`${RECORDS}/runs?${new URLSearchParams(chosen)}`, options);
}

/**
 * The next page, by the address that the last one gave; only its query counts, as nginx may have another name here.
 * @param {string} next
 * @param {import('./requests.js').Options} [options]
 * @returns {Promise<Page>}
 */
export const nextPage = (next, options) => json(`${RECORDS}/runs${new URL(next).search}`, options);

/** @param {string} id @param {import('./requests.js').Options} [options] @returns {Promise<Version>} */
export const readRun = (id, options) => version(runPath(id), options);

/** @param {string} id */
export const csv = (id) => request(`${runPath(id)}/results`, { headers: { Accept: 'text/csv' } });
/**
 * How far run b differs from run a, which is of the same experiment.
 * @param {string} a
 * @param {string} b
 * @param {import('./requests.js').Options} [options]
 */
export const comparison = (a, b, options) => json(`${runPath(a)}/comparison?${new URLSearchParams({ against: b })}`, options);
/** @param {string} id @param {import('./requests.js').Options} [options] */
export const events = (id, options) => send(`${runPath(id)}/events`, options);

/**
 * Queues a run. The key makes it safe to send again when the answer was lost.
 * @param {{experiment: string, params: Record<string, any>, contenders: string[], tags?: string[]}} run
 * @param {string} key
 * @returns {Promise<Version>}
 */
export function createRun(run, key) {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
  return version(`${RECORDS}/runs`, { method: 'POST', headers, body: JSON.stringify(run) });
}

/**
 * @param {string} id
 * @param {string} etag
 * @param {Partial<Pick<Run, 'note' | 'tags' | 'state'>>} changes
 * @returns {Promise<Version>}
 */
export function patchRun(id, etag, changes) {
  const headers = { 'Content-Type': MERGE_PATCH, 'If-Match': etag };
  return version(runPath(id), { method: 'PATCH', headers, body: JSON.stringify(changes) });
}

/** Whatever version it has: cancelling and deleting are meant of the run, not of its note. @param {string} id */
export const cancelRun = (id) => patchRun(id, '*', { state: 'cancelled' });
/** @param {string} id */
export const deleteRun = (id) => request(runPath(id), { method: 'DELETE' });
