// The text of a body, piece by piece as it arrives.

import { connected } from './requests.js';

/**
 * With a reader of its own: Safari has no `for await` over a stream.
 * @param {ReadableStream<Uint8Array>} body
 */
export async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await connected(() => reader.read());
    if (done) return;
    yield value;
  }
}
