// The events of a run as they happen. Not EventSource: that gives up for good at the first 502 of a service that
// restarts, cannot then resume where it was, and hides events whose type it was not given beforehand.

import { events } from './api.js';
import { pause } from './dom.js';
import { isTransient, requireSuccess } from './requests.js';
import { texts } from './texts.js';

const AGAIN = 1000; // ms; a restart of the service takes one or two of these
const TURN = 40; // ms of reading, after which the page has its turn: above 50 ms it is a long task to a browser
const SILENCE = 40_000; // ms; the service sends a comment every 15 s, so that two have been missed

/**
 * Ends with the run. `trouble` gets each lost connection, and null when it is back.
 * @param {string} id
 * @param {{signal: AbortSignal, event: (event: {type: string, data: any}) => void, trouble: (error: ?Error) => void}} to
 */
export async function watch(id, { signal, event, trouble }) {
  let last = ''; // id of the last event
  for (;;) {
    const guard = watchdog();
    let delivered = false;
    try {
      /** @type {Record<string, string>} */
      const headers = last ? { 'Last-Event-ID': last } : {};
      const response = await events(id, { signal: AbortSignal.any([signal, guard.signal]), headers });
      if (response.status === 204) return trouble(null); // all of a finished run has been delivered
      await requireSuccess(response);
      trouble(null);
      const breathe = breather();
      for await (const message of messages(response, guard.reset)) {
        await breathe();
        last = message.id;
        delivered = true;
        event({ type: message.event, data: JSON.parse(message.data) });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isTransient(error)) throw error;
      trouble(error);
      delivered = false;
    } finally {
      guard.stop();
    }
    if (!delivered) await pause(AGAIN, signal); // a stream that ends at once, again and again, must not be requested without end
  }
}

/** Aborts when nothing has arrived for too long: a connection can be lost without either side noticing. */
function watchdog() {
  const silent = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = () => clearTimeout(timer);
  const reset = () => {
    stop();
    timer = setTimeout(() => silent.abort(new DOMException('nothing arrived', 'TimeoutError')), SILENCE);
  };
  reset();
  return { signal: silent.signal, reset, stop };
}

/**
 * @param {Response} response
 * @param {() => void} arrived  called for all that arrives, comments too
 */
async function* messages(response, arrived) {
  let rest = '';
  for await (const text of texts(response)) {
    arrived();
    const blocks = (rest + text).replaceAll('\r', '').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = fields(block);
      if (message.data !== '') yield message; // the rest are comments that keep the connection alive
    }
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation @param {string} block */
function fields(block) {
  const found = { id: '', event: '', data: '' };
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'id' || name === 'event' || name === 'data') found[name] = value;
  }
  return found;
}

/** Gives the page its turn every now and then: a run that is over arrives as fast as it can be read. */
function breather() {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN) return;
    await pause(0);
    since = performance.now();
  };
}
