// Race, load, A/B and others: choose an experiment, run it, watch it. The latest run of the kind is there at once.

import { moment } from '../charts/time.js';
import { experiments, listRuns, readRun } from '../core/api.js';
import { h } from '../core/dom.js';
import { experimentOf, loadExperiments, viewOf } from '../core/experiments.js';
import { isRefusal, reason, retry } from '../core/requests.js';
import { errorBox, notice } from '../ui/notice.js';
import { showRun } from '../ui/show.js';
import { VIEWS } from './kinds.js';
import { launcher } from './launcher.js';

/** @typedef {import('../core/api.js').Run} Run */

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path, query, signal }) {
  const kind = VIEWS[path[0]];
  const trouble = notice();
  /** @type {AbortController | undefined} */
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

  const patience = { signal, trouble: trouble.trouble };
  const offered = await retry(() => experimentsOf(path[0], signal), patience);
  if (!offered.length)
    return loading.replaceChildren(errorBox('The records service lacks these experiments.', kind.title));
  const names = offered.map(({ name }) => name);
  const shown = await retry(() => initialRun(names, path[1], query, signal), patience);
  if (shown.elsewhere) return location.replace(shown.elsewhere);
  const form = launcher({ view: path[0], words: kind.words, offered, requested: shown.requested, signal, open });
  loading.replaceWith(form.element);
  if (shown.id) open(shown.id);
  if (shown.note) place.prepend(h('p', { class: 'aside' }, shown.note));
  if (!shown.id) place.replaceChildren(shown.gone ? missingRun(shown.gone) : emptyState(kind.words, shown.none));

  /** @param {string} id */
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
        errorBox('This run cannot be shown.', `${reason(error)} `, h('a', { href: '#/runs' }, 'All runs')),
      );
      if (!isRefusal(error)) throw error; // into the console
    });
  }
}

/** Those that a view runs, as the records have them. @param {string} view @param {AbortSignal} signal */
async function experimentsOf(view, signal) {
  const all = await experiments({ signal });
  await loadExperiments(all.map(({ name }) => name));
  const own = all.filter(({ name }) => viewOf(name) === view);
  return own.sort((one, other) => leads(other) - leads(one));
}

/** @param {{name: string}} experiment */
const leads = ({ name }) => Number(experimentOf(name).leads ?? false);

/** @param {Error} error */
const missingRun = (error) =>
  errorBox('This run does not exist.', `${reason(error)} `, h('a', { href: '#/runs' }, 'All runs'));

/** @param {import('../ui/form.js').Words} [words] @param {boolean} [none] */
function emptyState({ go = 'Run', then = 'The chart updates live during the run.' } = {}, none) {
  const next = none ? [h('strong', {}, 'No runs yet.'), ` Choose the parameters and press ${go}.`] : h('strong', {}, `Ready: press ${go}.`);
  return h('p', { class: 'empty' }, next, ` ${then}`);
}

const RECENT = 10; // runs of an experiment, among which one has something to show

/**
 * What the form begins with, and which run is shown: the one of the address, else the newest of its kind that is done or
 * running. One that failed in a terminal has nothing to show.
 * @typedef {{experiment: string, params: Record<string, any>, contenders: ?string[]}} Requested
 * @typedef {{id?: string, note?: import('../core/dom.js').Child, requested?: Requested, gone?: Error, none?: boolean,
 *   elsewhere?: string}} Initial
 * @returns {Promise<Initial>}
 * @param {string[]} names
 * @param {string | undefined} id
 * @param {URLSearchParams} query
 * @param {AbortSignal} signal
 */
async function initialRun(names, id, query, signal) {
  if (id) return ofAddress(names, id, signal);
  const requested = requestFromQuery(names, query);
  if (requested) return { requested };
  const pages = await Promise.all(names.map((name) => listRuns({ experiment: name, limit: RECENT }, { signal })));
  const runs = pages.flatMap(({ items }) => items).sort((one, other) => other.id.localeCompare(one.id)); // ids are in time order
  const latest = runs.find(({ state }) => state === 'done' || state === 'running');
  if (!latest) return { none: true, requested: plain(names) };
  return { id: latest.id, note: provenance(latest, runs[0]), requested: latest };
}

/** Why this run is shown, which the reader has not chosen. @param {Run} shown @param {Run} newest */
const provenance = (shown, newest) => [
  shown.state === 'running' ? 'Running now.' : `The newest run that is done, of ${moment(shown.created)}.`,
  newest !== shown && [' The newest: ', h('a', { href: `#/runs/${newest.id}` }, newest.state), '.'],
];

/** @param {string[]} names @param {string} id @param {AbortSignal} signal @returns {Promise<Initial>} */
async function ofAddress(names, id, signal) {
  try {
    const { run } = await readRun(id, { signal });
    await loadExperiments([run.experiment]);
    const view = viewOf(run.experiment);
    if (view !== viewOf(names[0])) return { elsewhere: `#/${view}/${run.id}` };
    return { id, requested: run };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { gone: error, requested: plain(names) };
  }
}

/** @param {string[]} names */
const plain = (names) => ({ experiment: names[0], params: {}, contenders: defaultContenders(names[0]) });

/** The contenders of a run that names none; null: as the form has them. @param {string} name */
const defaultContenders = (name) => experimentOf(name).contenders ?? null;

/** The experiment that an address spells out, if it does. @param {string[]} names @param {URLSearchParams} query */
function requestFromQuery(names, query) {
  if (![...query].length) return null;
  const { experiment = names[0], contender, ...rest } = Object.fromEntries(query);
  const params = Object.fromEntries(
    Object.entries(rest).map(([name, text]) => [name, text.includes(',') ? text.split(',') : text]),
  );
  const contenders = contender === undefined ? defaultContenders(experiment) : query.getAll('contender');
  return { experiment, params, contenders };
}
