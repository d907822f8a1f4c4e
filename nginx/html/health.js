// Whether each contender is up, as this browser finds it through nginx.

import { ask, reason } from './api.js';
import { contenders } from './catalog.js';
import { pause } from './dom.js';

const INTERVAL = 5000; // ms between two rounds
const SOON = 1500; // ms while one is down: it answers within two seconds of being healthy, and is seen at once
const TIMEOUT = 3000;
const STAGGER = 50; // ms before each: browsers queue beyond six requests a host, and that wait would be measured too

/** @typedef {{state: 'checking' | 'up' | 'down', text: string}} Health */

/** @type {Map<string, Health>} */
const known = new Map();
export const changes = new EventTarget();

/** @returns {Health} */
export const health = (name) => known.get(name) ?? { state: 'checking', text: 'checking' };

async function check(name, place) {
  await pause(place * STAGGER);
  const sent = performance.now();
  const found = await ask(`/${encodeURIComponent(name)}/healthz`, { timeout: TIMEOUT }).then(
    () => ({ state: 'up', text: `up, ${Math.max(1, Math.round(performance.now() - sent))} ms` }),
    (error) => ({ state: 'down', text: `down (${error.status ?? reason(error)})` }),
  );
  known.set(name, found);
  changes.dispatchEvent(new Event('change'));
}

let timer;
export async function checkAll() {
  clearTimeout(timer); // a page that comes back to the front starts a round before it is due
  if (document.hidden) return;
  await Promise.all(contenders().map(({ name }, place) => check(name, place)));
  const down = contenders().some(({ name }) => health(name).state === 'down');
  clearTimeout(timer);
  timer = setTimeout(checkAll, down ? SOON : INTERVAL);
}

document.addEventListener('visibilitychange', checkAll);
