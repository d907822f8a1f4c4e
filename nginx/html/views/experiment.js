// Race, load and victim: choose an experiment, run it, watch it. The latest run of the kind is there at once.

import { experiments, listRuns, passes, patiently, readRun, reason } from '../core/api.js';
import { h } from '../core/dom.js';
import { VIEWS, viewOf } from '../core/kinds.js';
import { dead, notice, shared } from '../ui/notice.js';
import { showRun } from '../ui/show.js';
import { orderDesk } from './desk.js';

/** @param {import('../app.js').Visit} visit */
export async function view({ main, path, query, signal }) {
  const kind = VIEWS[path[0]];
  const trouble = notice();
  let current;
  const place = h('div', { class: 'run-place' });
  const loading = h('div', { class: 'desk' }, h('p', { class: 'aside' }, 'Loading the experiments …'));
  const top = h(
    'section',
    {},
    h('h1', { tabindex: -1 }, kind.title),
    h('p', { class: 'lead' }, kind.lead),
    trouble.element,
    loading,
  );
  main.append(top, place);

  const slot = shared(trouble.trouble);
  const [known, shown] = await Promise.all([
    patiently(() => experiments({ signal }), { signal, trouble: slot() }),
    patiently(() => startingPoint(kind, path[1], query, signal), { signal, trouble: slot() }),
  ]);
  if (shown.elsewhere) return location.replace(shown.elsewhere);
  const offered = kind.experiments.map((name) => known.find((each) => each.name === name)).filter(Boolean);
  if (!offered.length)
    return loading.replaceChildren(dead('The REST service knows no such experiment.', kind.experiments.join(', ')));
  const desk = orderDesk({ view: path[0], presets: kind.presets, offered, order: shown.order, signal, open });
  loading.replaceWith(desk.element);
  if (shown.id) open(shown.id);
  else place.replaceChildren(shown.gone ? notKept(shown.gone) : nothingYet(shown.none));

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

const notKept = (error) =>
  dead('This run is not kept here.', `${reason(error)} `, h('a', { href: '#/runs' }, 'All runs'));

const nothingYet = (none) =>
  h(
    'p',
    { class: 'empty' },
    h('strong', {}, none ? 'Nothing has been run yet.' : 'Ready: press Run.'),
    none && ' Choose above and press Run.',
    ' The picture draws itself while it happens.',
  );

/**
 * What the form begins with, and which run is shown: the one of the address, else the latest of its kind.
 * @returns {Promise<{id?: ?string, order?: any, gone?: Error, none?: boolean, elsewhere?: string}>}
 */
async function startingPoint(kind, id, query, signal) {
  if (id) return ofAddress(kind, id, signal);
  const order = orderOf(kind, query);
  if (order) return { order };
  const pages = await Promise.all(kind.experiments.map((name) => listRuns({ experiment: name, limit: 1 }, { signal })));
  const [latest] = pages.flatMap(({ items }) => items).sort((one, other) => other.id.localeCompare(one.id)); // ids are in time order
  return latest ? { id: latest.id, order: latest } : { none: true, order: plain(kind) };
}

async function ofAddress(kind, id, signal) {
  try {
    const { run } = await readRun(id, { signal });
    if (!kind.experiments.includes(run.experiment)) return { elsewhere: `#/${viewOf(run.experiment)}/${run.id}` };
    return { id, order: run };
  } catch (error) {
    if (passes(error)) throw error;
    return { gone: error, order: plain(kind) };
  }
}

const plain = (kind) => ({ experiment: kind.experiments[0], params: {}, contenders: null });

/** The order that an address spells out, if it does. */
function orderOf(kind, query) {
  if (![...query].length) return null;
  const { experiment = kind.experiments[0], contender, ...asked } = Object.fromEntries(query);
  const params = Object.fromEntries(
    Object.entries(asked).map(([name, text]) => [name, text.includes(',') ? text.split(',') : text]),
  );
  return { experiment, params, contenders: contender === undefined ? null : query.getAll('contender') };
}
