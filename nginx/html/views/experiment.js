// Race, load and victim: choose an experiment, run it, watch it. The latest run of the kind is there at once.

import { createRun, experiments, listRuns, passes, patiently, readRun, reason } from '../api.js';
import { h, say } from '../dom.js';
import { experimentForm } from '../form.js';
import { dead, notice } from '../notice.js';
import { showRun } from '../show.js';

/** The views: their experiments, and a few orders that show something. */
const VIEWS = {
  race: {
    title: 'Race',
    lead: 'The same requests, sent at the same moment to each contender in turn. A bar is a request: light while it waits, solid while it is worked on.',
    experiments: ['race'],
    presets: [
      ['Waiting: 20 × 200 ms', 'race', { workload: 'io', ms: 200, requests: 20 }],
      ['Computing: 24 × 50 ms', 'race', { workload: 'cpu', ms: 50, requests: 24 }],
      ['A line that blocks: 12 × 200 ms', 'race', { workload: 'block', ms: 200, requests: 12 }],
      ['A bit of both: 40', 'race', { workload: 'mix', io_ms: 80, cpu_ms: 8, requests: 40 }],
      ['A crowd: 200 × 50 ms', 'race', { workload: 'io', ms: 50, requests: 200 }],
    ],
  },
  load: {
    title: 'Load',
    lead: 'How much can each carry, how long does an answer take, and what does it cost? Closed loop (sweep), open loop (rate), or a search for the limit (capacity).',
    experiments: ['sweep', 'rate', 'capacity'],
    presets: [
      ['Sweep, waiting', 'sweep', { workload: 'io', ms: 100, points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Sweep, hello', 'sweep', { workload: 'hello', points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Rate, a little too much', 'rate', { workload: 'io', ms: 100, rate: 40, seconds: 5, repeats: 2 }],
      ['Capacity', 'capacity', { workload: 'io', ms: 50 }],
    ],
  },
  victim: {
    title: 'Victim and slow clients',
    lead: 'What happens to an innocent /hello while others keep the contender busy, or hold its connections with clients that dawdle?',
    experiments: ['victim', 'slow-clients'],
    presets: [
      ['One line ruins it: /block', 'victim', { workload: 'block', ms: 300, background: 4 }],
      ['Waiting beside it: /io', 'victim', { workload: 'io', ms: 300, background: 4 }],
      ['Computing beside it: /cpu', 'victim', { workload: 'cpu', ms: 200, background: 4 }],
      ['Slow headers', 'slow-clients', { mode: 'headers', clients: 200 }],
    ],
  },
};

/** @param {import('../app.js').Visit} visit */
export async function view({ main, path, query, signal }) {
  const kind = VIEWS[path[0]];
  const trouble = notice();
  let current;
  const place = h('div', { class: 'run-place' }, h('p', { class: 'aside' }, 'Loading the experiments …'));
  const top = h(
    'section',
    {},
    h('h1', { tabindex: -1 }, kind.title),
    h('p', { class: 'lead' }, kind.lead),
    trouble.element,
  );
  main.append(top, place);

  const patience = { signal, trouble: trouble.trouble };
  const [known, shown] = await Promise.all([
    patiently(() => experiments({ signal }), patience),
    patiently(() => startingPoint(kind, path[1], query, signal), patience),
  ]);
  const offered = kind.experiments.map((name) => known.find((each) => each.name === name)).filter(Boolean);
  if (!offered.length)
    return place.replaceChildren(dead('The REST service knows no such experiment.', kind.experiments.join(', ')));
  const desk = orderDesk({ view: path[0], presets: kind.presets, offered, order: shown.order, signal, open });
  top.append(desk.element);
  if (shown.id) open(shown.id);
  else
    place.replaceChildren(
      h(
        'p',
        { class: 'empty' },
        h('strong', {}, 'Nothing has been run yet.'),
        ' Choose above and press Run: the picture draws itself while it happens.',
      ),
    );

  function open(id, fresh = false) {
    current?.abort();
    current = new AbortController();
    const mine = AbortSignal.any([signal, current.signal]);
    const { element, done } = showRun(id, { signal: mine });
    place.replaceChildren(element);
    if (fresh) history.replaceState(null, '', `#/${path[0]}/${id}`); // reloading shows the same
    done.catch(
      (error) =>
        mine.aborted ||
        place.replaceChildren(
          dead('This run cannot be shown.', `${reason(error)}`, h('a', { href: '#/runs' }, 'All runs')),
        ),
    );
  }
}

/** What the form begins with, and which run is shown: the one of the address, else the latest of its kind. */
async function startingPoint(kind, id, query, signal) {
  if (id) {
    const { run } = await readRun(id, { signal }).catch((error) =>
      passes(error) ? Promise.reject(error) : { run: null },
    );
    if (run) return { id, order: { experiment: run.experiment, params: run.params, contenders: run.contenders } };
  }
  const asked = Object.fromEntries([...query].filter(([name]) => name !== 'experiment' && name !== 'contender'));
  const params = Object.fromEntries(
    Object.entries(asked).map(([name, text]) => [name, text.includes(',') ? text.split(',') : text]),
  );
  const experiment = query.get('experiment') ?? kind.experiments[0];
  if (Object.keys(asked).length)
    return { id: null, order: { experiment, params, contenders: query.getAll('contender') } };
  const pages = await Promise.all(kind.experiments.map((name) => listRuns({ experiment: name, limit: 1 }, { signal })));
  const [latest] = pages.flatMap(({ items }) => items).sort((one, other) => other.id.localeCompare(one.id)); // ids are in time order
  if (!latest) return { id: null, order: { experiment, params: {}, contenders: [] } };
  return {
    id: latest.id,
    order: { experiment: latest.experiment, params: latest.params, contenders: latest.contenders },
  };
}

/** Presets, a choice of experiment where there are several, and its form. */
function orderDesk({ view: name, presets: examples, offered, order, signal, open }) {
  const place = h('div');
  const about = h('p', { class: 'aside', hidden: offered.length === 1 }); // a view of one has its lead
  let chosen = offered.find(({ name }) => name === order.experiment) ?? offered[0];
  let form;
  const tabs =
    offered.length > 1 &&
    h(
      'div',
      { class: 'choices tabs', role: 'group', 'aria-label': 'Experiment' },
      offered.map((each) =>
        h(
          'button',
          { type: 'button', class: 'quiet', 'data-experiment': each.name, onclick: () => choose(each, {}, []) },
          each.title,
        ),
      ),
    );
  const presets = examples.map(([label, experiment, params]) =>
    h('a', { href: `#/${name}?${new URLSearchParams({ experiment, ...params })}` }, label),
  );

  function choose(experiment, params, contenders) {
    chosen = experiment;
    say(about, experiment.description);
    for (const tab of tabs ? tabs.children : [])
      tab.setAttribute('aria-pressed', tab.dataset.experiment === experiment.name);
    form = experimentForm(experiment, { values: params, chosen: contenders, run, signal });
    place.replaceChildren(form.element);
  }

  async function run({ params, contenders }) {
    form.busy(true);
    const key = crypto.randomUUID?.() ?? String(Math.random()); // randomUUID needs https or localhost
    try {
      const created = () => createRun({ experiment: chosen.name, params, contenders }, key);
      const trouble = (error) =>
        form.failed(error ? `The REST service does not answer (${reason(error)}); trying again.` : '');
      const { run: queued } = await patiently(created, { signal, trouble });
      open(queued.id, true);
    } catch (error) {
      if (!signal.aborted) form.refused(error);
    } finally {
      form.busy(false);
    }
  }

  choose(chosen, order.params, order.contenders);
  return {
    element: h(
      'div',
      { class: 'desk' },
      h('nav', { class: 'presets', 'aria-label': 'Examples' }, h('span', { class: 'aside' }, 'Try'), presets),
      tabs,
      about,
      place,
    ),
  };
}
