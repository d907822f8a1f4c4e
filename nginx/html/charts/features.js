// The features of HTTP and WebSocket that the bench asks for, in words, and in groups. What it measured is not here.

export const VERDICTS = { yes: ['✓', 'yes'], partly: ['~', 'partly'], no: ['✗', 'no'] };

export const WAYS = { direct: 'Directly', nginx: 'Through nginx', 'nginx-tls': 'Through nginx by TLS' };

/** With a link to nginx’s own discussion where nginx is what lacks it. @type {Record<string, [name: string, title: string, meaning: string, link?: string][]>} */
// prettier-ignore
export const GROUPS = {
  'HTTP/1': [
    ['http10', 'HTTP/1.0', 'a request without a Host header, and the connection closed behind the response'],
    ['keep-alive', 'Keep-alive', 'twenty requests on one connection, and how long it may be idle'],
    ['pipelining', 'Pipelining', 'two requests in one write, answered in order'],
    ['expect-continue', '100 Continue', 'the server asks for a body that its client holds back'],
    ['chunked-request', 'Chunked request', 'a body whose length is not known before'],
    ['chunked-response', 'Chunked response', 'a response whose length is not known before'],
    ['request-trailers', 'Request trailers', 'headers behind a chunked body: whether they are taken, and who hears of them'],
    ['head', 'HEAD', 'the headers of GET, and no body'],
  ],
  'HTTP/2 and 3': [
    ['h2-prior-knowledge', 'HTTP/2, prior knowledge', 'HTTP/2 from the first byte'],
    ['h2c-upgrade', 'Upgrade: h2c', 'from HTTP/1.1 to HTTP/2 on one connection; RFC 9113 has given it up'],
    ['h2-alpn', 'HTTP/2 by ALPN', 'chosen in the TLS handshake, as browsers do'],
    ['h3', 'HTTP/3', 'over QUIC, on a UDP port'],
  ],
  WebSocket: [
    ['websocket-text', 'WebSocket, text', 'a text message comes back'],
    ['websocket-binary', 'WebSocket, binary', 'a binary message comes back'],
    ['websocket-subprotocol', 'Subprotocol', 'the application chooses one that its client offers'],
    ['websocket-deflate', 'permessage-deflate', 'messages are compressed'],
    ['websocket-h2', 'WebSocket over HTTP/2', 'by an extended CONNECT, RFC 8441', 'https://github.com/nginx/nginx/pull/1683'],
  ],
  Streams: [
    ['sse', 'Server-sent events', 'each event arrives when it is made'],
    ['early-hints', '103 Early Hints', 'a Link header before the response'],
    ['streaming-request', 'Streaming request body', 'the application sees the first byte before the last was sent'],
    ['client-disconnect', 'Client disconnect', 'the application notices that its client has gone'],
    ['large-response', 'Response larger than memory', 'the server waits for a client that does not read'],
  ],
  'Life cycle': [
    ['graceful-shutdown', 'Graceful shutdown', 'a request in flight is answered when the server is told to stop'],
  ],
};

const ALL = Object.entries(GROUPS).flatMap(([group, rows]) => rows.map(([name, title, meaning, link]) => ({ name, title, meaning, link, group })));

/** One that a bench of another version measured has its name alone. */
export const featureOf = (name) => ALL.find((each) => each.name === name) ?? { name, title: name, meaning: '', group: '' };

/** In the order of the groups, those that are not known last. */
export function inGroups(names) {
  const place = (name) => ALL.findIndex((each) => each.name === name) + 1 || Infinity;
  return [...names].sort((one, other) => place(one) - place(other));
}
