// The history of runs: filtered, page by page, up to four of them to compare.

import { chip } from '../charts/swatch.js';
import { moment } from '../charts/time.js';
import { deleteRun, experiments, listRuns, nextPage } from '../core/api.js';
import { contenders, inOrder, positionOf } from '../core/catalog.js';
import { h, meanwhile, pause, setText } from '../core/dom.js';
import { loadExperiments, summary } from '../core/experiments.js';
import { over } from '../core/record.js';
import { isRefusal, reason, retry } from '../core/requests.js';
import { dead, notice } from '../ui/notice.js';

const STATES = ['queued', 'running', 'done', 'failed', 'cancelled'];
const PAGE = 20;
const MOST = 4; // runs on one chart that an eye can keep apart; the page says it in words
const AGAIN = 2000; // ms, while a listed run goes on

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, query, signal }) {
  const trouble = notice();
  const list = h('ul', { class: 'runs', 'aria-label': 'Runs' });
  const more = h('button', { type: 'button', class: 'quiet', hidden: true }, 'Older runs');
  const picked = new Set();
  const compare = h('a', { class: 'button', hidden: true }, 'Compare');
  const count = h('p', { class: 'summary', role: 'status' });
  const filters = filterForm(query);
  main.append(
    h(
      'section',
      {},
      h('div', { class: 'bar' }, h('h1', { tabindex: -1 }, 'Runs'), count),
      filters,
      h('p', { class: 'aside pick' }, 'Select two to four runs of the same kind to compare. ', compare),
      trouble.element,
    ),
    h('section', {}, list, h('p', { class: 'actions' }, more)),
  );

  let next = null;
  let requested = 0; // how often the first page was requested
  const patience = { signal, trouble: trouble.trouble };
  const chosen = () => Object.fromEntries(new FormData(filters));
  const row = (run) => runRow(run, { picked, pick, gone });

  function pick() {
    const full = picked.size >= MOST;
    for (const box of list.querySelectorAll('input[type=checkbox]')) box.disabled = full && !box.checked;
    compare.hidden = picked.size < 2;
    compare.href = `#/compare/${[...picked].sort().join(',')}`;
    setText(compare, `Compare ${picked.size}`);
  }
  function gone(run, item) {
    picked.delete(run.id);
    const next = item.nextElementSibling ?? item.previousElementSibling;
    const focused = item.contains(document.activeElement);
    item.remove();
    if (focused) (next?.querySelector('a') ?? main.querySelector('h1')).focus();
    pick();
    updateCount();
  }
  function updateCount() {
    setText(count, list.children.length ? `${list.children.length}${next ? '+' : ''}` : '');
    if (!list.children.length) list.replaceChildren(nothing(Object.values(chosen()).some(Boolean)));
  }

  async function first() {
    const mine = (requested += 1);
    const page = await retry(() => described(listRuns({ ...chosen(), limit: PAGE }, { signal })), patience);
    if (mine !== requested) return page.items; // the filters were changed meanwhile
    next = page.next;
    const items = page.items.map(row);
    list.replaceChildren(...items);
    more.hidden = !next;
    for (const id of picked) if (!page.items.some((run) => run.id === id)) picked.delete(id);
    pick();
    updateCount();
    return page.items;
  }
  async function older() {
    const before = next;
    const page = await retry(() => described(nextPage(before, { signal })), patience);
    if (next !== before) return; // the filters were changed meanwhile
    next = page.next;
    list.append(...page.items.map(row));
    more.hidden = !next;
    pick();
    updateCount();
  }
  more.addEventListener('click', () =>
    meanwhile(more, older).catch(
      (error) => signal.aborted || trouble.show('Older runs could not be loaded.', `${reason(error)}.`),
    ),
  );

  const refused = (error) => {
    if (signal.aborted) return [];
    if (!isRefusal(error)) throw error;
    list.replaceChildren(h('li', {}, dead('These filters were rejected.', `${reason(error)}.`)));
    return [];
  };
  filters.addEventListener('submit', (event) => event.preventDefault());
  filters.addEventListener('change', ({ target }) => {
    if (target.name === 'contender') filters.querySelector('.error')?.remove();
    const kept = Object.entries(chosen()).filter(([, value]) => value);
    history.replaceState(null, '', `#/runs${kept.length ? `?${new URLSearchParams(kept)}` : ''}`); // the list can be shared
    first().catch(refused);
  });
  retry(() => experiments({ signal }), { signal, trouble: () => {} })
    .then((available) => fillExperiments(filters, available, query))
    .catch(() => {});

  // As long as something is going on, the newest page stays current.
  const items = await first().catch(refused);
  for (let live = items.some((run) => !over(run)); !signal.aborted;) {
    await pause(AGAIN, signal);
    if (!live || document.hidden || list.contains(document.activeElement) || list.children.length > PAGE) continue;
    live = (await first()).some((run) => !over(run));
  }
}

/** A page of runs whose experiments are known. */
async function described(requested) {
  const page = await requested;
  await loadExperiments(page.items.map(({ experiment }) => experiment));
  return page;
}

const nothing = (filtered) =>
  h(
    'li',
    { class: 'empty' },
    filtered
      ? 'No run matches these filters.'
      : [h('strong', {}, 'No runs yet. '), h('a', { href: '#/race' }, 'Start a race'), ' to see it here.'],
  );

/** A value of the address that is no longer offered is kept: the records have what this page has not. */
const named = (value, options) => (value && !options.includes(value) ? [value, ...options] : options);

const stray = (name) =>
  name && positionOf(name) < 0 && h('span', { class: 'error', role: 'alert' }, `Unknown contender: ${name}.`);

function filterForm(query) {
  const select = (name, label, options) =>
    h(
      'div',
      { class: 'field' },
      h('label', { for: `filter-${name}` }, label),
      h(
        'select',
        { id: `filter-${name}`, name },
        h('option', { value: '' }, 'any'),
        named(query.get(name), options).map((each) => h('option', { value: each, selected: query.get(name) === each }, each)),
      ),
      name === 'contender' && stray(query.get(name)),
    );
  return h(
    'form',
    { class: 'form filters', 'aria-label': 'Filters' },
    select('experiment', 'Experiment', []),
    select('state', 'State', STATES),
    select(
      'contender',
      'Contender',
      contenders().map(({ name }) => name),
    ),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'filter-tag' }, 'Tag'),
      h('input', { id: 'filter-tag', name: 'tag', type: 'text', value: query.get('tag') ?? '' }),
    ),
  );
}

function fillExperiments(form, available, query) {
  const select = form.querySelector('[name=experiment]');
  const names = available.map(({ name }) => name);
  select.append(
    ...names.filter((name) => name !== query.get('experiment')).map((name) => h('option', { value: name }, name)),
  );
}

function runRow(run, { picked, pick, gone }) {
  const box = h('input', {
    type: 'checkbox',
    checked: picked.has(run.id),
    'aria-label': `Compare the ${run.experiment} of ${moment(run.created)}`,
    disabled: run.state === 'queued',
  });
  box.addEventListener('change', () => {
    if (box.checked) picked.add(run.id);
    else picked.delete(run.id);
    pick();
  });
  const problem = h('span', { class: 'bad', role: 'alert' });
  const remove = h(
    'button',
    { type: 'button', class: 'small danger', 'aria-label': `Delete the ${run.experiment} of ${moment(run.created)}` },
    'Delete',
  );
  const item = h(
    'li',
    { class: 'run-row', 'data-run': run.id },
    box,
    h(
      'div',
      { class: 'what' },
      h('a', { href: `#/runs/${run.id}` }, h('strong', {}, run.experiment), ` ${summary(run)}`),
      h('span', { class: 'chips' }, inOrder(run.contenders).map(chip)),
      run.note && h('span', { class: 'note' }, run.note),
      run.tags.length > 0 &&
        h(
          'span',
          { class: 'tags' },
          run.tags.map((tag) => h('a', { class: 'tag', href: `#/runs?tag=${encodeURIComponent(tag)}` }, tag)),
        ),
      problem,
    ),
    h(
      'span',
      { class: 'state', 'data-state': run.state },
      run.state === 'running' ? `running, ${Math.round(run.progress * 100)} %` : run.state,
    ),
    h('time', { datetime: run.created }, moment(run.created)),
    remove,
  );
  confirmed(remove, async () => {
    await deleteRun(run.id).then(
      () => gone(run, item),
      (error) => (error.status === 404 ? gone(run, item) : setText(problem, `Not deleted: ${reason(error)}.`)),
    );
  });
  return item;
}

/** A second press within some seconds does it: what is deleted is gone. */
export function confirmed(button, act) {
  const label = button.textContent;
  const name = button.getAttribute('aria-label') ?? label;
  let timer;
  const calm = () => {
    clearTimeout(timer);
    timer = null;
    setText(button, label);
    button.setAttribute('aria-label', name);
  };
  button.addEventListener('click', () => {
    if (timer) return (calm(), act());
    setText(button, 'Confirm');
    button.setAttribute('aria-label', `Confirm ${name}`);
    timer = setTimeout(calm, 4000);
  });
  button.addEventListener('blur', calm);
}
