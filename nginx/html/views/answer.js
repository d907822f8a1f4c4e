// Asks one contender for a workload and shows the answer: where its time went, its headers, its body, its command.

import { copyButton } from '../copy.js';
import { h, say } from '../dom.js';
import { TRIES, curl, exchange } from '../exchange.js';
import { reason } from '../api.js';

const PARTS = [
  ['queue', 'nginx queue', 'from nginx accepting the request to the application starting it'],
  ['app', 'application', 'inside the application'],
  ['network', 'network', 'the rest: browser to nginx and back'],
  ['stream', 'body arriving', 'from the headers to the end of the body'],
];

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
  const buttons = TRIES.map((what) =>
    h(
      'button',
      { type: 'button', class: 'try', onclick: () => ask(what), 'aria-label': `Ask ${contender.name} for ${what}` },
      what.split('?')[0],
    ),
  );
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
