// Observe: what the contenders report of themselves, from Prometheus, on the panels of the Grafana dashboard.

import { metric } from '../charts/metric.js';
import { detailsTable } from '../charts/table.js';
import { h, keyedChildren, patch, pause } from '../core/dom.js';
import { followHealth } from '../core/health.js';
import { interpolate, linesOf, observedContenders, panels, spanOf } from '../core/panels.js';
import { isTransient, NoAnswer, Problem, reason, retry } from '../core/requests.js';
import { isObserved, observeCommand } from '../core/switches.js';
import { copyable } from '../ui/copy.js';
import { notice } from '../ui/notice.js';
import { observeControls } from '../ui/observe.js';
import { tracePanel } from '../ui/traces.js';

const INTERVAL = 5000; // ms: Prometheus has a new sample as often
const TIMEOUT = 12_000; // ms; above the 10 s that Prometheus gives a query

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, query, signal }) {
  const outage = notice();
  const instead = h('div', {}, h('p', { class: 'aside' }, 'Loading …'));
  const controls = observeControls(query, refresh);
  const place = h('div', { class: 'charts' });
  const table = detailsTable('Latest values as a table');
  const all = h('section', { hidden: true }, place, table.element);
  const traces = tracePanel(signal);
  main.append(
    h(
      'section',
      { class: 'hero' },
      h('h1', { tabindex: -1 }, 'Observe'),
      h(
        'p',
        { class: 'lead' },
        'What the contenders report of themselves: counted in their processes, collected by Prometheus. ',
        h('a', { href: '/dashboard.json', download: 'serverlab-grafana.json' }, 'The same panels for Grafana'),
      ),
      outage.element,
    ),
    controls.element,
    instead,
    all,
    traces.element,
  );
  const metrics = keyedChildren(place, (/** @type {import('../core/panels.js').Panel} */ { id }) => String(id), metric);
  const file = await retry(() => panels({ signal }), { signal, trouble: unreachable });
  followHealth(() => {}, signal);
  traces.show();
  /** @type {?boolean} whether the contenders are instrumented; null: not known */
  let observed = null;
  let turn = 0; // what a later one has overtaken is dropped

  /** @param {?Error} error */
  function unreachable(error) {
    if (!error) return outage.hide();
    const [what, command] =
      error instanceof NoAnswer && !error.timedOut ? ['The lab', 'docker compose up -d'] : ['Prometheus', 'docker compose up -d prometheus'];
    const detail = error instanceof Problem ? `It may be restarting (${error.status})` : reason(error);
    outage.show(`${what} is unreachable.`, `${detail}. Retrying automatically.`, command);
  }

  async function refresh() {
    const own = ++turn;
    try {
      observed ||= await isObserved('prometheus', signal);
      if (observed === false) return own === turn && show(notStarted());
      const { names, now } = await observedContenders({ signal, timeout: TIMEOUT });
      if (own !== turn) return;
      outage.hide();
      controls.offer(names);
      if (!names.length) return show(h('p', { class: 'empty' }, 'Prometheus has no samples yet. The first come within 15 s of its start.'));
      if (controls.contenders()?.length === 0) return; // which the controls say
      const span = spanOf(controls.minutes(), now);
      show(null);
      await Promise.all(file.map((panel) => refreshPanel(panel, span, () => own === turn)));
      if (own !== turn) return;
      table.set(() => [['panel', 'line', 'latest', 'lowest', 'highest'], metrics.all().flatMap((each) => each.rows())]);
    } catch (error) {
      if (signal.aborted || own !== turn) return;
      if (!isTransient(error)) throw error;
      observed = null; // it may be started anew, without
      if (all.hidden) patch(instead, {}, []);
      unreachable(error);
    }
  }

  /** @param {import('../core/panels.js').Panel} panel @param {import('../core/panels.js').Span} span @param {() => boolean} isWanted */
  async function refreshPanel(panel, span, isWanted) {
    const queries = panel.targets.map((target) => ({ ...target, expr: interpolate(target.expr, controls.contenders(), span.step) }));
    const own = metrics.of(String(panel.id));
    own?.explain(queries);
    try {
      const lines = await linesOf(queries, span, { signal, timeout: TIMEOUT });
      if (!isWanted()) return;
      own?.fail('');
      own?.draw(lines, span);
    } catch (error) {
      if (!signal.aborted && isWanted()) own?.fail(`Prometheus did not answer this query: ${reason(error)}.`);
    }
  }

  /** What there is instead of the panels; null: the panels. @param {?Element} other */
  function show(other) {
    patch(instead, {}, other ?? []);
    patch(all, { hidden: other !== null });
    patch(controls.element, { hidden: other !== null });
  }

  metrics.update(file);
  while (!signal.aborted) {
    if (!document.hidden && !controls.isPaused()) await refresh();
    await pause(INTERVAL, signal);
  }
}

const notStarted = () =>
  h(
    'div',
    { class: 'empty' },
    h('p', {}, h('strong', {}, 'This lab runs without Prometheus.'), ' Start it with instrumented contenders and Prometheus:'),
    h('p', { class: 'command' }, copyable(observeCommand('prometheus'))),
    h('p', { class: 'aside' }, 'The middleware costs each request, so it is off by default. ', h('code', {}, 'OBSERVE=prometheus,otel'), ' adds traces.'),
  );
