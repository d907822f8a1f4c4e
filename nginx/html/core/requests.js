// Requests of this page, and the three ways in which one fails: no answer, a refusal, or a mistake of our own.

import { pause } from './dom.js';

const TIMEOUT = 10_000; // ms; the service answers in milliseconds, and 10 s is a person's patience
const AGAIN = 1500; // ms between two tries; below the two seconds in which the lab promises a contender back

/** Nothing that can be used came back: no connection, not in time, or no JSON. */
export class NoAnswer extends Error {
  constructor(message, cause) {
    super(message, { cause });
    this.timedOut = cause?.name === 'TimeoutError';
  }
}

/** An answer other than 2xx: a problem document (RFC 9457), where it is one. */
export class Problem extends Error {
  constructor(status, document) {
    super(document?.detail ?? document?.title ?? `status ${status}`);
    this.status = status;
    /** @type {{pointer: string, detail: string}[]} */
    this.errors = document?.errors ?? [];
  }
}

/** Whether asking again is of no use: the answer is 4xx. */
export const isRefusal = (error) => error instanceof Problem && error.status < 500;

/** Whether the same request may succeed later. A TypeError is no such thing: that is a mistake in this page's code. */
export const isTransient = (error) => error instanceof NoAnswer || (error instanceof Problem && error.status >= 500);

export const reason = (error) => error.message;

/** Does a step of a request; browsers say `TypeError` of a lost connection, here and nowhere else. */
export async function connected(step) {
  try {
    return await step();
  } catch (error) {
    if (error instanceof TypeError) throw new NoAnswer('no connection', error);
    if (error.name === 'TimeoutError') throw new NoAnswer('timed out', error);
    throw error;
  }
}

/** `fetch`, whatever the status; no time-out of its own. @returns {Promise<Response>} */
export const send = (path, options) => connected(() => fetch(path, { cache: 'no-store', ...options }));

/** The response, if it is a success. */
export async function request(path, { timeout = TIMEOUT, signal, ...options } = {}) {
  const limits = [AbortSignal.timeout(timeout), signal].filter(Boolean);
  return succeeded(await send(path, { ...options, signal: AbortSignal.any(limits) }));
}

/** @param {Response} response */
export async function succeeded(response) {
  if (response.ok) return response;
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

/** @param {Response} response */
export async function readJson(response) {
  const text = await connected(() => response.text());
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NoAnswer('response is not JSON', error);
  }
}

/** The module, loaded again by the next call if it did not arrive. @param {() => Promise<any>} load */
export const imported = (load) =>
  load().catch((error) => {
    // Chromium, Firefox, Safari; a TypeError of the module's own code has another message.
    if (/dynamically imported module|Importing a module/.test(error.message))
      throw new NoAnswer('no connection', error);
    throw error;
  });

/** Does `task` again until it succeeds; `trouble` gets each failure, and null at the end. What waiting cannot mend is thrown. */
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
