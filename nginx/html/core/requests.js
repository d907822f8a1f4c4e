// Requests of this page, and the three ways in which one fails: no answer, a refusal, or a mistake of our own.

import { pause } from './dom.js';

const TIMEOUT = 10_000; // ms; the service answers in milliseconds, and 10 s is a person's patience
const AGAIN = 1500; // ms between two tries; below the two seconds in which the lab promises a contender back

/**
 * What `fetch` takes, and a time-out of the whole in ms.
 * @typedef {RequestInit & {timeout?: number, signal?: AbortSignal}} Options
 * @typedef {{signal: AbortSignal, trouble: (error: ?Error) => void}} Patience
 */

/** Nothing that can be used came back: no connection, not in time, or no JSON. */
export class NoAnswer extends Error {
  /** @param {string} message @param {Error} [cause] */
  constructor(message, cause) {
    super(message, { cause });
    this.timedOut = cause?.name === 'TimeoutError';
  }
}

/** An answer other than 2xx: a problem document (RFC 9457), where it is one. */
export class Problem extends Error {
  /**
   * @param {number} status
   * @param {{title?: string, detail?: string, error?: string, errors?: {pointer: string, detail: string}[]}} document  `error`: of Prometheus
   */
  constructor(status, document) {
    super(document?.detail ?? document?.title ?? document?.error ?? `status ${status}`);
    this.status = status;
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = document?.errors ?? [];
  }
}

/** Whether another request is of no use: the answer is 4xx. @param {unknown} error @returns {error is Problem} */
export const isRefusal = (error) => error instanceof Problem && error.status < 500;

/**
 * Whether the same request may succeed later. A TypeError is no such thing: that is a mistake in this page's code.
 * @param {unknown} error
 * @returns {error is NoAnswer | Problem}
 */
export const isTransient = (error) => error instanceof NoAnswer || (error instanceof Problem && error.status >= 500);

/** @param {unknown} error */
export const reason = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Does a step of a request; browsers say `TypeError` of a lost connection, here and nowhere else.
 * @template Done
 * @param {() => Promise<Done>} step
 */
export async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    if (error instanceof TypeError) throw new NoAnswer('no connection', error);
    if (error instanceof Error && error.name === 'TimeoutError') throw new NoAnswer('timed out', error);
    throw error;
  }
}

/**
 * `fetch`, whatever the status; no time-out of its own.
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
export const send = (path, options) => attempt(() => fetch(path, { cache: 'no-store', ...options }));

/** The response, if it is a success. @param {string} path @param {Options} [options] */
export async function request(path, { timeout = TIMEOUT, signal, ...options } = {}) {
  const limits = AbortSignal.any([AbortSignal.timeout(timeout), ...(signal ? [signal] : [])]);
  return requireSuccess(await send(path, { ...options, signal: limits }));
}

/** @param {Response} response */
export async function requireSuccess(response) {
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

/** @param {Response} response @returns {Promise<any>} */
export async function readJson(response) {
  const text = await attempt(() => response.text());
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NoAnswer('response is not JSON', error instanceof Error ? error : undefined);
  }
}

/**
 * The module, loaded again by the next call if it did not arrive.
 * @template Module
 * @param {() => Promise<Module>} load
 */
export const importModule = (load) =>
  load().catch((error) => {
    // Chromium, Firefox, Safari; a TypeError of the module's own code has another message.
    if (/dynamically imported module|Importing a module/.test(error.message))
      throw new NoAnswer('no connection', error);
    throw error;
  });

/**
 * Does `task` again until it succeeds; `trouble` gets each failure, and null at the end. What waiting cannot mend is
 * thrown.
 * @template Done
 * @param {() => Promise<Done>} task
 * @param {Patience} patience
 * @returns {Promise<Done>}
 */
export async function retry(task, { signal, trouble }) {
  for (;;) {
    try {
      const done = await task();
      trouble(null);
      return done;
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      trouble(error);
    }
    await pause(AGAIN, signal);
  }
}
