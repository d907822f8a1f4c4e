// What of the lab's settings is broken on purpose, and which preset the slots run, as each contender tells it.

import { about, contenders } from './catalog.js';
import { pause } from './dom.js';
import { health, measuring } from './health.js';
import { readJson, request } from './requests.js';

const INTERVAL = 2000; // ms between two looks, at a page that waits for a setting
const SOON = 250; // ms, until the contenders are up
const TIMEOUT = 3000; // ms; a contender answers in a few

async function usageOf(name, signal) {
  const contender = contenders().find((each) => each.name === name);
  const address = `/${encodeURIComponent(name)}/${about(contender)}usage`;
  return readJson(await request(address, { signal, timeout: TIMEOUT }));
}

/** Calls `update` with whether all of these have these settings, and no others; again and again. */
export function followSwitches(names, wanted, update, signal) {
  const whole = JSON.stringify(Object.entries(wanted).sort());
  return follow(names, ({ switches = {} }) => JSON.stringify(Object.entries(switches).sort()) === whole, update, signal);
}

/** Calls `update` with whether the slots are those of this preset. */
export const followPreset = (names, preset, update, signal) =>
  follow(names, ({ slot }) => slot?.preset === preset, update, signal);

async function follow(names, suits, update, signal) {
  while (!signal.aborted) {
    const up = names.every((name) => health(name).state === 'up'); // else the browser would report the failed request
    if (!document.hidden && !measuring() && up) {
      try {
        const found = await Promise.all(names.map((name) => usageOf(name, signal)));
        update(found.every(suits));
      } catch {
        update(false); // one of them restarts
      }
    }
    await pause(up ? INTERVAL : SOON);
  }
}

/** The command that starts the slots of a preset. */
export const startingPreset = (name) => `scripts/ab --preset ${name}`;

/** The command that brings these about. */
export const switching = (names, wanted) =>
  [...Object.entries(wanted).map(([name, value]) => `${name}=${value}`), 'docker compose up -d --wait', ...names].join(' ');
