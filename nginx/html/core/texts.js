// The text of a body, piece by piece as it arrives.

import { attempt } from './requests.js';

/**
 * With a reader of its own: Safari has no `for await` over a stream.
 * @param {Response} response
 */
export async function* texts({ body }) {
  if (!body) return;
  const decoder = /** @type {ReadableWritablePair<string, Uint8Array<ArrayBuffer>>} */ (new TextDecoderStream());
  const reader = body.pipeThrough(decoder).getReader();
  for (;;) {
    const { done, value } = await attempt(() => reader.read());
    if (done) return;
    yield value;
  }
}
