// The features of HTTP and WebSocket that the bench tests, in words, and in groups. What it measured is not here.

/** @type {Record<string, [glyph: string, text: string]>} */
export const VERDICTS = { yes: ['✓', 'yes'], partly: ['~', 'partly'], no: ['✗', 'no'] };

/** @type {Record<string, string>} */
export const WAYS = { direct: 'Direct', nginx: 'Via nginx', 'nginx-tls': 'Via nginx over TLS' };

/**
 * With a link to nginx’s own discussion where nginx is what lacks it.
 * @type {Record<string, [name: string, title: string, meaning: string, link?: string][]>}
 */
// prettier-ignore
export const GROUPS = {
  'HTTP/1': [
    ['http10', 'HTTP/1.0', 'a request without a Host header; the connection closes after the response'],
    ['keep-alive', 'Keep-alive', 'twenty requests on one connection, and its idle timeout'],
    ['pipelining', 'Pipelining', 'two requests in one write, answered in order'],
    ['expect-continue', '100 Continue', 'the server asks for the body before it is sent'],
    ['chunked-request', 'Chunked request', 'a body of unknown length'],
    ['chunked-response', 'Chunked response', 'a response of unknown length'],
    ['request-trailers', 'Request trailers', 'headers after a chunked body: accepted, and visible to the app?'],
    ['head', 'HEAD', 'the headers of GET, and no body'],
  ],
  'HTTP/2 and 3': [
    ['h2-prior-knowledge', 'HTTP/2, prior knowledge', 'HTTP/2 from the first byte'],
    ['h2c-upgrade', 'Upgrade: h2c', 'from HTTP/1.1 to HTTP/2 on one connection; dropped by RFC 9113'],
    ['h2-alpn', 'HTTP/2 ALPN', 'negotiated in the TLS handshake'],
    ['h3', 'HTTP/3', 'over QUIC, on a UDP port'],
  ],
  WebSocket: [
    ['websocket-text', 'WebSocket, text', 'a text message is echoed'],
    ['websocket-binary', 'WebSocket, binary', 'a binary message is echoed'],
    ['websocket-subprotocol', 'Subprotocol', 'the app selects one the client offers'],
    ['websocket-deflate', 'permessage-deflate', 'messages are compressed'],
    ['websocket-h2', 'WebSocket over HTTP/2', 'via extended CONNECT, RFC 8441', 'https://github.com/nginx/nginx/pull/1683'],
  ],
  Streams: [
    ['sse', 'Server-sent events', 'each event arrives once sent'],
    ['early-hints', '103 Early Hints', 'a Link header before the response'],
    ['streaming-request', 'Streaming request body', 'the app sees the first byte before the last is sent'],
    ['client-disconnect', 'Client disconnect', 'the app notices that the client is gone'],
    ['large-response', 'Response larger than memory', 'the server waits for a client that does not read'],
  ],
  'Lifecycle': [
    ['graceful-shutdown', 'Graceful shutdown', 'an in-flight request completes after SIGTERM'],
  ],
};

/**
 * @typedef {{name: string, title: string, meaning: string, group: string, link?: string}} Feature
 * @type {Feature[]}
 */
const ALL = Object.entries(GROUPS).flatMap(([group, rows]) => rows.map(([name, title, meaning, link]) => ({ name, title, meaning, link, group })));

/** One that a bench of another version measured has its name alone. @param {string} name @returns {Feature} */
export const featureOf = (name) => ALL.find((each) => each.name === name) ?? { name, title: name, meaning: '', group: '' };

/** In the order of the groups, those that are not known last. @param {string[]} names */
export function inGroups(names) {
  /** @param {string} name */
  const place = (name) => ALL.findIndex((each) => each.name === name) + 1 || Infinity;
  return [...names].sort((one, other) => place(one) - place(other));
}
