// Whether each contender is up, as this browser finds it through nginx.

import { about, contenders } from './catalog.js';
import { pause } from './dom.js';
import { reason, request } from './requests.js';

const INTERVAL = 5000; // ms between two rounds
const SOON = 1500; // ms while one is down: it answers within two seconds of being healthy, and is seen at once
const TIMEOUT = 3000; // ms; above the 1.5 s in which nginx gives up a contender that is away
const STAGGER = 50; // ms before each: browsers queue beyond six requests a host, and that wait would be measured too
const AWAY = [502, 503, 504]; // nginx's own answers for a contender that it does not reach

/** @typedef {{state: 'checking' | 'up' | 'busy' | 'odd' | 'down', text: string}} Health */

/** @type {Map<string, Health>} */
const known = new Map();
const followers = new Set();
let measurements = 0; // runs in progress on this page, whose figures our own requests would disturb
let checking = false;
let timer;

/** @returns {Health} */
export const health = (name) => known.get(name) ?? { state: 'checking', text: 'checking' };

/** Whether it is one of a profile that was not asked for, as far as is known. */
export const isAbsent = ({ name, profile }) => Boolean(profile) && ['checking', 'down'].includes(health(name).state);

/** Calls `update` now and at each change. The contenders are checked for as long as somebody follows. */
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
export const measuring = () => measurements > 0;

const wanted = () => followers.size > 0 && measurements === 0 && !document.hidden;

async function check(contender, place) {
  const { name } = contender;
  await pause(place * STAGGER);
  if (!wanted()) return;
  const sent = performance.now();
  const found = await request(`/${encodeURIComponent(name)}/${about(contender)}healthz`, { timeout: TIMEOUT }).then(
    () => ({ state: 'up', text: `up, ${Math.max(1, Math.round(performance.now() - sent))} ms` }),
    failing,
  );
  known.set(name, found);
  for (const update of followers) update();
}

/** @returns {Health} */
function failing(error) {
  if (error.timedOut) return { state: 'busy', text: `busy: no answer in ${TIMEOUT / 1000} s` };
  if (error.status && !AWAY.includes(error.status)) return { state: 'odd', text: `answers with ${error.status}` };
  return { state: 'down', text: `down (${error.status ?? reason(error)})` };
}

async function checkAll() {
  clearTimeout(timer); // a page that comes back to the front starts a round before it is due
  if (checking || !wanted()) return;
  checking = true;
  await Promise.all(contenders().map(check));
  checking = false;
  const down = contenders().some((contender) => health(contender.name).state === 'down' && !isAbsent(contender));
  timer = setTimeout(checkAll, down ? SOON : INTERVAL);
}

document.addEventListener('visibilitychange', checkAll);
