// Sends one request to a contender and shows the answer: where its time went, its headers, its body, its command.

import { isImage, isOwn } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { curl, exchange, WORKLOADS } from '../core/exchange.js';
import { reason } from '../core/requests.js';
import { copyButton } from '../ui/copy.js';

/** @typedef {import('../core/catalog.js').Contender} Contender */

/** @type {[part: 'queue' | 'app' | 'network' | 'stream', label: string, why: string][]} */
const PARTS = [
  ['queue', 'queue', 'from nginx accepting the request to the app starting on it'],
  ['app', 'application', 'inside the application'],
  ['network', 'network', 'the rest: browser to nginx and back'],
  ['stream', 'body transfer', 'from the headers to the end of the body'],
];

/** What is sent to an application that the lab does not know. */
const OWN = ['', '.well-known/serverlab/whoami'];
const IMAGE = [''];

/** What each workload does, as the tooltip of its button. */
/** @type {Record<string, string>} */
const DOES = {
  hello: 'returns a fixed hello: measures the server alone',
  whoami: 'returns the process, thread, greenlet or task ID',
  io: 'waits natively (sleep or await)',
  cpu: 'burns CPU time in its thread',
  block: 'blocks without yielding, under any model',
  pool: 'makes a blocking call the way this model would: inline or in a thread pool',
  mix: 'waits, computes, and returns a payload',
  fanout: 'calls slow upstreams, concurrently if supported',
  stream: 'streams lines as they are produced',
  sse: 'streams server-sent events',
  upload: 'streams the request body in; returns its length and hash',
  ws: 'WebSocket echo, if the interface supports it',
  dump: 'dumps the raw environ or scope',
};

/**
 * Buttons for every workload of a card; the answer appears below them.
 * @param {Contender} contender
 * @param {AbortSignal} signal
 */
export function tryOut(contender, signal) {
  /** @type {AbortController | undefined} */
  let running;
  /** @param {string} what */
  const run = async (what) => {
    running?.abort();
    running = new AbortController();
    const mine = AbortSignal.any([running.signal, signal]);
    answer.begin(what);
    try {
      await exchange(contender, what, answer.show, mine);
    } catch (error) {
      if (!mine.aborted) answer.showFailure(error);
    }
  };
  const answer = answerBox(contender, run);
  const buttons = (isImage(contender) ? IMAGE : isOwn(contender) ? OWN : WORKLOADS).map((what) => {
    const workload = what.split('?')[0].split('/').at(-1) || '/';
    const label = `Send ${what} to ${contender.name}`;
    return h(
      'button',
      { type: 'button', class: 'try', onclick: () => run(what), 'aria-label': label, title: DOES[workload] },
      workload,
    );
  });
  return h(
    'div',
    { class: 'tries' },
    h('div', { class: 'buttons', role: 'group', 'aria-label': `Workloads of ${contender.name}` }, buttons),
    answer.element,
  );
}

/** @param {Contender} contender @param {(what: string) => void} run */
function answerBox(contender, run) {
  const input = h('input', {
    class: 'path',
    spellcheck: 'false',
    autocomplete: 'off',
    'aria-label': `Path below /${contender.name}/`,
  });
  const command = h('code');
  const status = h('p', { class: 'answered', role: 'status' });
  const split = h('div', { class: 'split' });
  const headers = h('pre', { tabindex: 0, 'aria-label': 'Headers' });
  const body = h('pre', { class: 'body', tabindex: 0, 'aria-label': 'Body' });
  const rest = h('details', {}, h('summary', {}, 'Headers'), headers);
  const form = h(
    'form',
    { class: 'path-form' },
    h('span', {}, `/${contender.name}/`),
    input,
    h('button', { class: 'small' }, 'Send'),
  );
  const element = h(
    'div',
    { class: 'answer', hidden: true },
    form,
    h(
      'div',
      { class: 'command' },
      command,
      copyButton(() => command.textContent),
    ),
    status,
    split,
    body,
    rest,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    run(input.value);
  });
  return {
    element,
    /** @param {string} what */
    begin(what) {
      element.hidden = false;
      element.dataset.state = 'waiting';
      input.value = what;
      command.textContent = curl(contender.name, what);
      setText(status, 'waiting for response …');
      split.replaceChildren();
      body.textContent = headers.textContent = '';
      bringIntoView(element);
    },
    /** @param {import('../core/exchange.js').Answer} answer */
    show(answer) {
      element.dataset.state = !answer.ended ? 'arriving' : answer.ok ? 'ok' : 'refused';
      setText(status, `${answer.status}${answer.ended ? ` in ${milliseconds(answer.ms.total)}` : ', arriving …'}`);
      headers.textContent = answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
      rest.hidden = !answer.headers.length;
      body.textContent = answer.body;
      body.scrollTop = body.scrollHeight * (answer.ended ? 0 : 1);
      split.replaceChildren(...(answer.ended && answer.ms.network !== null ? bars(answer.ms) : []));
      if (answer.ended && inSight(element)) bringIntoView(element); // it has grown
    },
    /** @param {unknown} error */
    showFailure(error) {
      element.dataset.state = 'refused';
      setText(status, `Failed: ${reason(error)}.`);
    },
  };
}

/**
 * Below the chips of a tall card it may be out of sight. At once: what is still on its way is not in sight when it has
 * grown.
 * @param {Element} element
 */
const bringIntoView = (element) => element.scrollIntoView({ block: 'nearest' });

/** Not so if the reader has scrolled away. @param {Element} element */
const inSight = (element) => {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
};

/** @param {import('../core/exchange.js').Answer['ms']} ms */
function bars(ms) {
  const parts = PARTS.filter(([part]) => part !== 'stream' || ms.stream);
  const strip = h(
    'div',
    { class: 'strip', 'aria-hidden': 'true' },
    parts.map(([part]) => {
      const piece = h('span', { class: part });
      piece.style.flexGrow = String(ms[part] ?? 0);
      return piece;
    }),
  );
  const legend = h(
    'dl',
    { class: 'times' },
    parts.map(([part, label, why]) =>
      h('div', { class: part, title: why }, h('dt', {}, label), h('dd', {}, milliseconds(ms[part] ?? 0))),
    ),
  );
  return [strip, legend];
}

/** @param {number} ms */
const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
