// The text of a body, piece by piece as it arrives.

/**
 * With a reader of its own: Safari knows no `for await` of a stream.
 * @param {ReadableStream<Uint8Array>} body
 */
export async function* texts(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
