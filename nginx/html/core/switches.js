// Which of the lab's settings are broken on purpose, as each contender reports it.

import { contenders, controlPrefix } from './catalog.js';
import { pause } from './dom.js';
import { health, isMeasuring } from './health.js';
import { readJson, request } from './requests.js';

const INTERVAL = 2000; // ms between two looks, at a page that waits for a setting
const SOON = 250; // ms, until the contenders are up
const TIMEOUT = 3000; // ms; a contender answers in a few

/** @param {string} name @param {AbortSignal} signal @returns {Promise<Record<string, string>>} */
async function switchesOf(name, signal) {
  const contender = contenders().find((each) => each.name === name);
  const address = `/${encodeURIComponent(name)}/${contender ? controlPrefix(contender) : ''}usage`;
  return (await readJson(await request(address, { signal, timeout: TIMEOUT }))).switches ?? {};
}

/**
 * Calls `update` with whether all of these have these settings, and no others; again and again.
 * @param {string[]} names
 * @param {Record<string, string>} wanted
 * @param {(applied: boolean) => void} update
 * @param {AbortSignal} signal
 */
export async function followSwitches(names, wanted, update, signal) {
  const whole = JSON.stringify(Object.entries(wanted).sort());
  while (!signal.aborted) {
    const up = names.every((name) => health(name).state === 'up'); // else the browser would report the failed request
    if (!document.hidden && !isMeasuring() && up) {
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

/** The command that brings these about. @param {string[]} names @param {Record<string, string>} wanted */
export const switchCommand = (names, wanted) =>
  [...Object.entries(wanted).map(([name, value]) => `${name}=${value}`), 'docker compose up -d --wait', ...names].join(' ');
