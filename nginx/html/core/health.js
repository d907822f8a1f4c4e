// Whether each contender is up, as nginx finds it: one request returns the result of every health check.

import { contenders } from './catalog.js';
import { readJson, reason, request } from './requests.js';

const INTERVAL = 5000; // ms between two rounds
const SOON = 1500; // ms while one is down: it answers within two seconds of being healthy, and is seen at once
const TIMEOUT = 5000; // ms; above the 2 s after which nginx reports a contender as busy
const AWAY = ['502', '503', '504']; // nginx's own statuses for a contender that it does not reach

/** @typedef {{state: 'checking' | 'up' | 'busy' | 'failing' | 'down', text: string}} Health */

/** @type {Map<string, Health>} */
const known = new Map();
/** @type {Set<() => void>} */
const followers = new Set();
let measurements = 0; // runs in progress on this page, whose figures our own requests would disturb
let checking = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} name @returns {Health} */
export const health = (name) => known.get(name) ?? { state: 'checking', text: 'checking' };

/**
 * Whether it is one of a profile that was not started, as far as is known.
 * @param {import('./catalog.js').Contender} contender
 */
export const isAbsent = ({ name, profile }) => Boolean(profile) && ['checking', 'down'].includes(health(name).state);

/**
 * Calls `update` now and at each change. The contenders are checked for as long as a view follows.
 * @param {() => void} update
 * @param {AbortSignal} signal
 */
export function followHealth(update, signal) {
  followers.add(update);
  signal.addEventListener('abort', () => followers.delete(update), { once: true });
  update();
  checkAll();
}

/** No contender is checked from here until the function that this returns is called. */
export function holdChecks() {
  measurements += 1;
  return () => {
    measurements -= 1;
    checkAll();
  };
}

/** Whether a request of ours would disturb a measurement that this page shows. */
export const isMeasuring = () => measurements > 0;

const shouldCheck = () => followers.size > 0 && measurements === 0 && !document.hidden;

/**
 * What nginx found of a contender: an empty string if it is up, else why its health check failed.
 * @param {string} found
 * @returns {Health}
 */
function healthOf(found) {
  if (found === '') return { state: 'up', text: 'up' };
  if (found === 'busy') return { state: 'busy', text: 'busy: timeout' };
  if (/^\d+$/.test(found) && !AWAY.includes(found)) return { state: 'failing', text: `returns ${found}` };
  return { state: 'down', text: `down (${found})` };
}

/**
 * The result of each health check by the contender's name: of all the same if nginx itself is unreachable.
 * @returns {Promise<Record<string, string>>}
 */
const fetchHealth = () =>
  request('/status.json', { timeout: TIMEOUT })
    .then(readJson)
    .catch((error) => Object.fromEntries(contenders().map(({ name }) => [name, reason(error)])));

async function checkAll() {
  clearTimeout(timer); // a page that comes back to the front starts a round before it is due
  if (checking || !shouldCheck()) return;
  checking = true;
  const found = await fetchHealth();
  checking = false;
  for (const { name } of contenders()) known.set(name, healthOf(found[name] ?? 'not checked'));
  for (const update of followers) update();
  const down = contenders().some((contender) => health(contender.name).state === 'down' && !isAbsent(contender));
  timer = setTimeout(checkAll, down ? SOON : INTERVAL);
}

document.addEventListener('visibilitychange', checkAll);
