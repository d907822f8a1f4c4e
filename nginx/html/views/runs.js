// The history of runs: filtered, page by page, up to four of them to compare.

import { experiments, listRuns, nextPage } from '../core/api.js';
import { h, keyedChildren, patch, pause, whileDisabled } from '../core/dom.js';
import { loadExperiments } from '../core/experiments.js';
import { isFinished } from '../core/record.js';
import { isRefusal, reason, retry } from '../core/requests.js';
import { errorBox, notice } from '../ui/notice.js';
import { filterForm } from './filters.js';
import { runRow } from './runrow.js';

const PAGE = 20;
const MAX_COMPARED = 4; // runs on one chart that an eye can keep apart; the page has it in words
const AGAIN = 2000; // ms, while a listed run goes on

/** @typedef {import('../core/api.js').Run} Run */

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, query, signal }) {
  const trouble = notice();
  const list = h('ul', { class: 'runs', 'aria-label': 'Runs' });
  const instead = h('div'); // of the list, where it is empty
  const more = h('button', { type: 'button', class: 'quiet' }, 'Older runs');
  const compare = h('a', { class: 'button' });
  const count = h('p', { class: 'summary', role: 'status' });
  const filters = filterForm(query, refilter);
  /** @type {Run[]} */
  let runs = [];
  let known = false;
  /** @type {?string} the address of the next page */
  let next = null;
  /** @type {?Error} */
  let refusal = null;
  /** @type {Set<string>} */
  const picked = new Set();
  const isFull = () => picked.size >= MAX_COMPARED;
  /** @param {Run} run */
  const row = (run) => runRow(run, { picked, isFull, onPick: draw, onDelete: drop });
  const rows = keyedChildren(list, (/** @type {Run} */ run) => run.id, row);
  const patience = { signal, trouble: trouble.trouble };

  function draw() {
    const empty = known && !runs.length;
    rows.update(runs);
    patch(instead, { hidden: !empty }, empty && nothing(refusal, filters.values().length > 0));
    patch(more, { hidden: !next });
    const ids = [...picked].sort().join(',');
    patch(compare, { hidden: picked.size < 2, href: `#/compare/${ids}` }, `Compare ${picked.size}`);
    patch(count, {}, runs.length ? `${runs.length}${next ? '+' : ''}` : '');
  }

  /** A run that is gone; the focus goes to the one beside it. @param {Run} run */
  function drop({ id }) {
    const place = runs.findIndex((each) => each.id === id);
    const neighbour = runs[place + 1] ?? runs[place - 1];
    const focused = rows.of(id)?.element.contains(document.activeElement);
    runs = runs.filter((each) => each.id !== id);
    picked.delete(id);
    draw();
    const beside = neighbour && rows.of(neighbour.id)?.element.querySelector('a');
    if (focused) (beside ?? main.querySelector('h1'))?.focus();
  }

  /** The newest page; shown unless the filters have changed meanwhile. */
  async function refresh() {
    const wanted = JSON.stringify(filters.values());
    const isWanted = () => wanted === JSON.stringify(filters.values());
    try {
      const chosen = { ...Object.fromEntries(filters.values()), limit: PAGE };
      const page = await retry(() => withExperiments(listRuns(chosen, { signal })), patience);
      if (isWanted()) [runs, next, refusal] = [page.items, page.next, null];
    } catch (error) {
      if (signal.aborted) return;
      if (!isRefusal(error)) throw error;
      if (isWanted()) [runs, next, refusal] = [[], null, error];
    }
    known = true;
    for (const id of picked) if (!runs.some((run) => run.id === id)) picked.delete(id);
    draw();
  }

  async function addOlder() {
    const before = next;
    if (!before) return;
    const page = await retry(() => withExperiments(nextPage(before, { signal })), patience);
    if (next !== before) return; // the filters were changed meanwhile
    [runs, next] = [[...runs, ...page.items], page.next];
    draw();
  }

  function refilter() {
    const kept = filters.values();
    const query = kept.length ? `?${new URLSearchParams(kept)}` : '';
    history.replaceState(null, '', `#/runs${query}`); // the list can be shared
    refresh();
  }

  main.append(
    h(
      'section',
      {},
      h('div', { class: 'bar' }, h('h1', { tabindex: -1 }, 'Runs'), count),
      filters.element,
      h('p', { class: 'aside pick' }, 'Select two to four runs of the same kind to compare. ', compare),
      trouble.element,
    ),
    h('section', {}, list, instead, h('p', { class: 'actions' }, more)),
  );
  draw();
  more.addEventListener('click', () =>
    whileDisabled(more, addOlder).catch(
      (error) => signal.aborted || trouble.show('Older runs could not be loaded.', `${reason(error)}.`),
    ),
  );
  retry(() => experiments({ signal }), { signal, trouble: () => {} })
    .then(filters.offerExperiments)
    .catch(() => {}); // the list stands without them

  // As long as something is going on, the newest page stays current.
  await refresh();
  while (!signal.aborted) {
    await pause(AGAIN, signal);
    const live = runs.some((run) => !isFinished(run));
    if (live && !document.hidden && runs.length <= PAGE) await refresh();
  }
}

/** A page of runs whose experiments are known. @param {Promise<import('../core/api.js').Page>} requested */
async function withExperiments(requested) {
  const page = await requested;
  await loadExperiments(page.items.map(({ experiment }) => experiment));
  return page;
}

/** @param {?Error} refusal @param {boolean} filtered */
function nothing(refusal, filtered) {
  if (refusal) return errorBox('These filters were rejected.', `${reason(refusal)}.`);
  return h(
    'p',
    { class: 'empty' },
    filtered
      ? 'No run matches these filters.'
      : [h('strong', {}, 'No runs yet. '), h('a', { href: '#/race' }, 'Start a race'), ' to see it here.'],
  );
}
