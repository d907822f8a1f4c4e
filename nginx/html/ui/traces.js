// One request and its trace: it is sent from here, and its spans are waited for.

import { traceChart } from '../charts/trace.js';
import { contenders, isOptional } from '../core/catalog.js';
import { h, patch, pause } from '../core/dom.js';
import { health } from '../core/health.js';
import { reason } from '../core/requests.js';
import { isObserved } from '../core/switches.js';
import { beginTrace, spansOf } from '../core/traces.js';

const CALLS = 3; // of the contender to the backend
const SPANS = 2 + CALLS; // of servers: nginx's, the contender's, and one for each call
const AGAIN = 1000; // ms between two looks
const PATIENCE = 20; // looks: exporters send every 5 s, and a busy machine takes its time
const LATER = 5000; // ms between two tries to find out whether there are traces

/** Hidden where the contenders have no spans. @param {AbortSignal} signal */
export function tracePanel(signal) {
  const select = h('select', { name: 'contender' });
  const button = h('button', { type: 'submit', class: 'go' }, 'Send');
  const status = h('p', { class: 'aside', role: 'status' });
  const place = h('div');
  const form = h('form', { class: 'form observe-controls' }, h('label', { class: 'field' }, h('span', {}, 'Contender'), select), h('div', { class: 'go' }, button));
  const element = h(
    'section',
    { class: 'traces', hidden: true },
    h('h2', {}, 'One request as a trace'),
    h('p', { class: 'lead' }, `A request to /fanout, which calls the backend ${CALLS} times: the spans of nginx, of the contender and of each call.`),
    form,
    status,
    place,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send(select.value);
  });

  /** @param {string} name */
  async function send(name) {
    patch(button, { disabled: true });
    patch(status, {}, 'Waiting for the spans: exporters send them every 5 s.');
    patch(place, {}, []);
    try {
      const trace = await beginTrace(`/${encodeURIComponent(name)}/fanout?n=${CALLS}&ms=50`, { signal });
      const servers = await follow(trace);
      patch(status, {}, servers < SPANS ? `${servers} of ${SPANS} spans of servers have arrived. The others may be lost: is the sink up?` : `Trace ${trace}`);
    } catch (error) {
      if (!signal.aborted) patch(status, {}, `There is no trace: ${reason(error)}.`);
    } finally {
      patch(button, { disabled: false });
    }
  }

  /** Draws what there is until it is complete; returns how many of the spans are servers'. @param {string} trace */
  async function follow(trace) {
    let servers = 0;
    let before = -1; // spans at the last look
    for (let look = 0; look < PATIENCE; look += 1) {
      const spans = await spansOf(trace, { signal });
      servers = spans.filter(({ kind }) => kind === 'server').length;
      if (spans.length) patch(place, {}, traceChart(spans));
      if (servers >= SPANS && spans.length === before) break; // the inner ones of a process come together
      before = spans.length;
      await pause(AGAIN, signal);
    }
    return servers;
  }

  async function show() {
    let found = await isObserved('otel', signal);
    while (found === null && !signal.aborted) {
      await pause(LATER, signal);
      found = await isObserved('otel', signal);
    }
    const up = contenders().filter((each) => !isOptional(each) && health(each.name).state === 'up');
    patch(select, {}, up.map(({ name }) => h('option', { value: name }, name)));
    patch(element, { hidden: !found });
  }

  return { element, show };
}
