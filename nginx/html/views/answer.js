// Asks one contender for a workload and shows the answer: where its time went, its headers, its body, its command.

import { copyButton } from '../ui/copy.js';
import { h, say } from '../core/dom.js';
import { TRIES, curl, exchange } from '../core/exchange.js';
import { reason } from '../core/api.js';

const PARTS = [
  ['queue', 'nginx queue', 'from nginx accepting the request to the application starting it'],
  ['app', 'application', 'inside the application'],
  ['network', 'network', 'the rest: browser to nginx and back'],
  ['stream', 'body arriving', 'from the headers to the end of the body'],
];

/** What each workload asks of a contender. */
const DOES = {
  hello: 'answers hello, and nothing else: for measuring the server',
  whoami: 'says which process, thread, greenlet or task answers',
  io: 'waits as this model waits',
  cpu: 'burns CPU time of its thread',
  block: 'waits without letting others run, whatever the model',
  mix: 'waits, computes, and answers some bytes',
  fanout: 'calls slow upstreams, at once where the model can',
  stream: 'sends lines one by one, each when it is made',
  sse: 'sends server-sent events one by one',
  upload: 'reads a body as a stream, and answers its length and hash',
  ws: 'echoes over a WebSocket, where the interface has them',
  dump: 'shows what the interface handed the application',
};

/** Buttons for every workload of a card; the answer appears below them. */
export function tryOut(contender, signal) {
  let running;
  const ask = async (what) => {
    running?.abort();
    running = new AbortController();
    const mine = AbortSignal.any([running.signal, signal]);
    answer.begin(what);
    try {
      await exchange(contender, what, answer.show, mine);
    } catch (error) {
      if (!mine.aborted) answer.failed(error);
    }
  };
  const answer = answerBox(contender, ask);
  const buttons = TRIES.map((what) => {
    const workload = what.split('?')[0];
    const label = `Ask ${contender.name} for ${what}`;
    return h(
      'button',
      { type: 'button', class: 'try', onclick: () => ask(what), 'aria-label': label, title: DOES[workload] },
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

function answerBox(contender, ask) {
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
    { class: 'ask' },
    h('span', {}, `/${contender.name}/`),
    input,
    h('button', { class: 'small' }, 'Ask'),
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
    ask(input.value);
  });
  return {
    element,
    begin(what) {
      element.hidden = false;
      element.dataset.state = 'asking';
      input.value = what;
      command.textContent = curl(contender.name, what);
      say(status, 'asking …');
      split.replaceChildren();
      body.textContent = headers.textContent = '';
    },
    show(answer) {
      element.dataset.state = !answer.ended ? 'arriving' : answer.ok ? 'ok' : 'refused';
      say(status, `${answer.status}${answer.ended ? ` in ${milliseconds(answer.ms.total)}` : ', arriving …'}`);
      headers.textContent = answer.headers.map(([name, value]) => `${name}: ${value}`).join('\n');
      rest.hidden = !answer.headers.length;
      body.textContent = answer.body;
      body.scrollTop = body.scrollHeight * (answer.ended ? 0 : 1);
      split.replaceChildren(...(answer.ended && answer.ms.network !== null ? bars(answer.ms) : []));
    },
    failed(error) {
      element.dataset.state = 'refused';
      say(status, `No answer: ${reason(error)}.`);
    },
  };
}

function bars(ms) {
  const parts = PARTS.filter(([part]) => part !== 'stream' || ms.stream);
  const strip = h(
    'div',
    { class: 'strip', 'aria-hidden': 'true' },
    parts.map(([part]) => {
      const piece = h('span', { class: part });
      piece.style.flexGrow = ms[part];
      return piece;
    }),
  );
  const legend = h(
    'dl',
    { class: 'times' },
    parts.map(([part, label, why]) =>
      h('div', { class: part, title: why }, h('dt', {}, label), h('dd', {}, milliseconds(ms[part]))),
    ),
  );
  return [strip, legend];
}

const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
