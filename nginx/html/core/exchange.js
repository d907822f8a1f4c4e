// One request to a contender and its answer: status, headers, body as it arrives, and where its time went.

import { NoAnswer, send } from './requests.js';
import { texts } from './texts.js';

const SHOWN = 20_000; // characters of a body that are worth a look

/** What a card offers, in the order of the README. `/ws` is opened as a WebSocket where the interface has them. */
export const WORKLOADS = [
  'hello',
  'whoami',
  'io?ms=200',
  'cpu?ms=50',
  'block?ms=200',
  'pool?ms=200',
  'mix?io_ms=100&cpu_ms=20&bytes=200',
  'fanout?n=10&ms=100',
  'stream?chunks=5&ms=200',
  'sse?events=5&ms=200',
  'upload',
  'ws',
  'dump',
];

const STREAMS = 50; // ms between headers and end of a body from which on it counts as a stream
const UPLOAD = 256 * 1024; // bytes: enough to be sent in pieces

/** The handshake of a WebSocket; its key may be any 16 bytes in base64. */
const UPGRADE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: c2VydmVybGFiIGlzIGZ1bg==',
];

/**
 * @typedef {{status: string, ok: boolean, headers: [string, string][], body: string, ended: boolean,
 *   ms: {queue: ?number, app: ?number, network: ?number, stream: number, total: number}}} Answer
 */

/** The same request in a terminal. @param {string} contender @param {string} what */
export function curl(contender, what) {
  const url = `${location.origin.replace('http://', '')}/${contender}/${what}`;
  if (what === 'upload') return `head -c ${UPLOAD} /dev/urandom | curl --data-binary @- ${url}`;
  if (what === 'ws') return `curl -i --max-time 2 --http1.1 ${UPGRADE.map((line) => `-H '${line}'`).join(' ')} ${url}`;
  return `curl ${/^(stream|sse)/.test(what) ? '-iN' : '-i'} '${url}'`;
}

/**
 * @param {{name: string, interface?: string}} contender
 * @param {string} what
 * @param {(answer: Answer) => void} show  called for each piece that arrives
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function exchange(contender, what, show, signal) {
  return what === 'ws' && contender.interface === 'asgi'
    ? echo(contender.name, show, signal)
    : request(contender.name, what, show, signal);
}

/** @param {string} name @param {string} what @param {(answer: Answer) => void} show @param {AbortSignal} signal */
async function request(name, what, show, signal) {
  const sent = performance.now();
  const options = what === 'upload' ? { method: 'POST', body: new Uint8Array(UPLOAD) } : {};
  const response = await send(`/${encodeURIComponent(name)}/${what}`, { signal, ...options });
  const answer = {
    status: `${response.status} ${response.statusText}`.trim(),
    ok: response.ok,
    headers: [...response.headers],
    body: '',
    ended: false,
    ms: timing(null, 0, 0),
  };
  const header = response.headers.get('Server-Timing');
  const headed = performance.now() - sent;
  let length = 0;
  for await (const text of texts(response)) {
    if (answer.body.length < SHOWN) answer.body = (answer.body + text).slice(0, SHOWN);
    length += text.length;
    answer.ms = timing(header, headed, performance.now() - sent);
    show(answer);
  }
  answer.ended = true;
  answer.ms = timing(header, headed, performance.now() - sent);
  const whole = length <= SHOWN;
  answer.body = whole
    ? pretty(answer.body, response.headers.get('Content-Type') ?? '')
    : `${answer.body}\n… first ${answer.body.length} of ${length} characters`;
  show(answer);
}

/**
 * `queue;dur=0.4, app;dur=201.1`. The application's part ends with its headers: what a stream takes after them is
 * no network, and kept apart.
 * @param {?string} header
 * @param {number} headed
 * @param {number} total
 */
function timing(header, headed, total) {
  const parts = Object.fromEntries(
    [...(header ?? '').matchAll(/(\w+);dur=([\d.]+)/g)].map(([, name, ms]) => [name, Number(ms)]),
  );
  const { queue = null, app = null } = parts;
  const stream = total - headed > STREAMS ? total - headed : 0;
  const network = queue === null || app === null ? null : Math.max(0, total - stream - queue - app);
  return { queue, app, network, stream, total };
}

/** Indented, if it is JSON: a Content-Type may be wrong. @param {string} body @param {string} type */
function pretty(body, type) {
  if (!/json/.test(type)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** @param {string} name @param {(answer: Answer) => void} show @param {AbortSignal} signal */
async function echo(name, show, signal) {
  const sent = performance.now();
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/${encodeURIComponent(name)}/ws`);
  signal.addEventListener('abort', () => socket.close(), { once: true });
  await new Promise((opened, failed) => {
    socket.onopen = opened;
    socket.onerror = socket.onclose = () => failed(new NoAnswer('WebSocket failed to open'));
  });
  const echoed = new Promise((done, failed) => {
    socket.onmessage = done;
    socket.onclose = () => failed(new NoAnswer('WebSocket closed before the echo'));
  });
  socket.send('hello, echo');
  const { data } = await echoed;
  socket.close();
  const ms = timing(null, 0, performance.now() - sent);
  show({
    status: '101 Switching Protocols',
    ok: true,
    headers: [],
    body: `sent: hello, echo\necho: ${data}`,
    ended: true,
    ms,
  });
}
