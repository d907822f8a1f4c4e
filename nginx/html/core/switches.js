// Which of the lab's settings are broken on purpose, and which preset the slots run, as each contender reports it.

import { contenders, controlPrefix, isOptional } from './catalog.js';
import { pause } from './dom.js';
import { health, isMeasuring } from './health.js';
import { readJson, request } from './requests.js';

const INTERVAL = 2000; // ms between two looks, at a page that waits for a setting
const SOON = 250; // ms, until the contenders are up
const TIMEOUT = 3000; // ms; a contender answers in a few

/**
 * What of a contender's usage is looked at here.
 * @typedef {{switches?: Record<string, string>, slot?: import('./catalog.js').Slot}} Usage
 */

/** @param {string} name @param {AbortSignal} signal @returns {Promise<Usage>} */
async function usageOf(name, signal) {
  const contender = contenders().find((each) => each.name === name);
  const address = `/${encodeURIComponent(name)}/${contender ? controlPrefix(contender) : ''}usage`;
  return readJson(await request(address, { signal, timeout: TIMEOUT }));
}

/**
 * Calls `update` with whether all of these have these settings, and no others; again and again.
 * @param {string[]} names
 * @param {Record<string, string>} wanted
 * @param {(applied: boolean) => void} update
 * @param {AbortSignal} signal
 */
export function followSwitches(names, wanted, update, signal) {
  const whole = JSON.stringify(Object.entries(wanted).sort());
  return follow(names, ({ switches = {} }) => JSON.stringify(Object.entries(switches).sort()) === whole, update, signal);
}

/**
 * Calls `update` with whether the slots are those of this preset.
 * @param {string[]} names
 * @param {string} preset
 * @param {(applied: boolean) => void} update
 * @param {AbortSignal} signal
 */
export const followPreset = (names, preset, update, signal) =>
  follow(names, ({ slot }) => slot?.preset === preset, update, signal);

/**
 * @param {string[]} names
 * @param {(usage: Usage) => boolean} suits
 * @param {(applied: boolean) => void} update
 * @param {AbortSignal} signal
 */
async function follow(names, suits, update, signal) {
  while (!signal.aborted) {
    const up = names.every((name) => health(name).state === 'up'); // else the browser would report the failed request
    if (!document.hidden && !isMeasuring() && up) {
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

/**
 * Calls `update` with whether these measure themselves with this.
 * @param {string[]} names
 * @param {string} kind
 * @param {(applied: boolean) => void} update
 * @param {AbortSignal} signal
 */
export const followObserved = (names, kind, update, signal) => follow(names, (usage) => observes(usage, kind), update, signal);

/** @param {Usage} usage @param {string} kind */
const observes = ({ switches = {} }, kind) => (switches.OBSERVE ?? '').split(',').includes(kind);

/** The command that starts the lab so. @param {string} kind */
export const observeCommand = (kind) => `OBSERVE=${kind} scripts/up`;

/**
 * Whether the contenders measure themselves with this: what the first that is up reports; null if none is.
 * @param {string} kind
 * @param {AbortSignal} signal
 * @returns {Promise<?boolean>}
 */
export async function isObserved(kind, signal) {
  while (contenders().some(({ name }) => health(name).state === 'checking')) await pause(SOON, signal);
  const first = contenders().find((each) => !isOptional(each) && health(each.name).state === 'up');
  if (!first) return null;
  try {
    return observes(await usageOf(first.name, signal), kind);
  } catch {
    signal.throwIfAborted();
    return null; // it is too busy, or restarts
  }
}

/** The command that starts the slots of a preset. @param {string} name */
export const presetCommand = (name) => `scripts/ab --preset ${name}`;

/** The command that brings these about. @param {string[]} names @param {Record<string, string>} wanted */
export const switchCommand = (names, wanted) =>
  [...Object.entries(wanted).map(([name, value]) => `${name}=${value}`), 'docker compose up -d --wait', ...names].join(' ');
