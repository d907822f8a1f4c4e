// Race, load, A/B and others: choose an experiment, run it, watch it. The latest run of the kind is there at once.

import { moment } from '../charts/time.js';
import { experiments, listRuns, readRun } from '../core/api.js';
import { h } from '../core/dom.js';
import { isRefusal, reason, retry } from '../core/requests.js';
import { dead, notice, shared } from '../ui/notice.js';
import { showRun } from '../ui/show.js';
import { viewOf, VIEWS } from './kinds.js';
import { launcher } from './launcher.js';

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path, query, signal }) {
  const kind = VIEWS[path[0]];
  const trouble = notice();
  let current;
  const place = h('div', { class: 'run-place' });
  const loading = h('div', { class: 'launcher' }, h('p', { class: 'aside' }, 'Loading the experiments …'));
  const top = h(
    'section',
    {},
    h('h1', { tabindex: -1 }, kind.title),
    h('p', { class: 'lead' }, kind.lead),
    kind.panel?.(signal),
    trouble.element,
    loading,
  );
  main.append(top, place);

  const slot = shared(trouble.trouble);
  const [available, shown] = await Promise.all([
    retry(() => experiments({ signal }), { signal, trouble: slot() }),
    retry(() => startingPoint(kind, path[1], query, signal), { signal, trouble: slot() }),
  ]);
  if (shown.elsewhere) return location.replace(shown.elsewhere);
  const offered = kind.experiments.map((name) => available.find((each) => each.name === name)).filter(Boolean);
  if (!offered.length)
    return loading.replaceChildren(
      dead('The records service lacks this experiment.', kind.experiments.join(', ')),
    );
  const form = launcher({ view: path[0], presets: kind.presets, words: kind.words, offered, requested: shown.requested, signal, open });
  loading.replaceWith(form.element);
  if (shown.id) open(shown.id);
  if (shown.note) place.prepend(h('p', { class: 'aside' }, shown.note));
  if (!shown.id) place.replaceChildren(shown.gone ? notKept(shown.gone) : nothingYet(shown.none));

  function open(id, fresh = false) {
    current?.abort();
    current = new AbortController();
    const mine = AbortSignal.any([signal, current.signal]);
    const { element, done } = showRun(id, { signal: mine });
    place.replaceChildren(element);
    if (fresh) history.replaceState(null, '', `#/${path[0]}/${id}`); // reloading shows the same
    done.catch((error) => {
      if (mine.aborted) return;
      place.replaceChildren(
        dead('This run cannot be shown.', `${reason(error)} `, h('a', { href: '#/runs' }, 'All runs')),
      );
      if (!isRefusal(error)) throw error; // into the console
    });
  }
}

const notKept = (error) =>
  dead('This run does not exist.', `${reason(error)} `, h('a', { href: '#/runs' }, 'All runs'));

const nothingYet = (none) =>
  h(
    'p',
    { class: 'empty' },
    h('strong', {}, none ? 'No runs yet.' : 'Ready: press Run.'),
    none && ' Choose the parameters and press Run.',
    ' The chart updates live during the run.',
  );

const RECENT = 10; // runs of an experiment, among which one has something to show

/**
 * What the form begins with, and which run is shown: the one of the address, else the newest of its kind that is done or
 * running. One that failed in a terminal has nothing to show.
 * @returns {Promise<{id?: ?string, note?: any, requested?: any, gone?: Error, none?: boolean, elsewhere?: string}>}
 */
async function startingPoint(kind, id, query, signal) {
  if (id) return ofAddress(kind, id, signal);
  const requested = requestedBy(kind, query);
  if (requested) return { requested };
  const pages = await Promise.all(kind.experiments.map((name) => listRuns({ experiment: name, limit: RECENT }, { signal })));
  const runs = pages.flatMap(({ items }) => items).sort((one, other) => other.id.localeCompare(one.id)); // ids are in time order
  const latest = runs.find(({ state }) => state === 'done' || state === 'running');
  if (!latest) return { none: true, requested: plain(kind) };
  return { id: latest.id, note: provenance(latest, runs[0]), requested: latest };
}

/** Why this run is here: nobody has chosen it. */
const provenance = (shown, newest) => [
  shown.state === 'running' ? 'Running now.' : `The newest run that is done, of ${moment(shown.created)}.`,
  newest !== shown && [' A newer one is ', h('a', { href: `#/runs/${newest.id}` }, newest.state), '.'],
];

async function ofAddress(kind, id, signal) {
  try {
    const { run } = await readRun(id, { signal });
    if (!kind.experiments.includes(run.experiment)) return { elsewhere: `#/${viewOf(run.experiment)}/${run.id}` };
    return { id, requested: run };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { gone: error, requested: plain(kind) };
  }
}

const plain = (kind) => ({ experiment: kind.experiments[0], params: {}, contenders: kind.contenders ?? null });

/** The experiment that an address spells out, if it does. */
function requestedBy(kind, query) {
  if (![...query].length) return null;
  const { experiment = kind.experiments[0], contender, ...given } = Object.fromEntries(query);
  const params = Object.fromEntries(
    Object.entries(given).map(([name, text]) => [name, text.includes(',') ? text.split(',') : text]),
  );
  return { experiment, params, contenders: contender === undefined ? (kind.contenders ?? null) : query.getAll('contender') };
}
