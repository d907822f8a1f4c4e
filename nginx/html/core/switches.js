// What of the lab's settings is broken on purpose, as each contender tells it.

import { about, contenders } from './catalog.js';
import { pause } from './dom.js';
import { health, measuring } from './health.js';
import { readJson, request } from './requests.js';

const INTERVAL = 2000; // ms between two looks, at a page that waits for a setting
const SOON = 250; // ms, until the contenders are up
const TIMEOUT = 3000; // ms; a contender answers in a few

/** @returns {Promise<Record<string, string>>} */
async function switchesOf(name, signal) {
  const contender = contenders().find((each) => each.name === name);
  const address = `/${encodeURIComponent(name)}/${about(contender)}usage`;
  return (await readJson(await request(address, { signal, timeout: TIMEOUT }))).switches ?? {};
}

/** Calls `update` with whether all of these have these settings, and no others; again and again. */
export async function followSwitches(names, wanted, update, signal) {
  const whole = JSON.stringify(Object.entries(wanted).sort());
  while (!signal.aborted) {
    const up = names.every((name) => health(name).state === 'up'); // else the browser would report the failed request
    if (!document.hidden && !measuring() && up) {
      try {
        const found = await Promise.all(names.map((name) => switchesOf(name, signal)));
        update(found.every((each) => JSON.stringify(Object.entries(each).sort()) === whole));
      } catch {
        update(false); // one of them restarts
      }
    }
    await pause(up ? INTERVAL : SOON);
  }
}

/** The command that brings these about. */
export const switching = (names, wanted) =>
  [...Object.entries(wanted).map(([name, value]) => `${name}=${value}`), 'docker compose up -d --wait', ...names].join(' ');
