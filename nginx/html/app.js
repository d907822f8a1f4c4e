// The frame of the dashboard: reads the address, and hands the page to the view that it names.

import { parse } from './core/address.js';
import { catalogue } from './core/api.js';
import { setCatalogue } from './core/catalog.js';
import { h } from './core/dom.js';
import { importModule, reason, retry } from './core/requests.js';
import { errorBox, notice } from './ui/notice.js';

/** @typedef {import('./core/address.js').Visit} Visit */

/**
 * The first part of the address after `#/`, with its title and the module that draws it.
 * @type {Record<string, [title: string, load: () => Promise<{view: (visit: Visit) => unknown}>]>}
 */
const VIEWS = {
  '': ['Lab', () => import('./views/lab.js')],
  learn: ['Learn', () => import('./views/learn.js')],
  race: ['Race', () => import('./views/experiment.js')],
  load: ['Load', () => import('./views/experiment.js')],
  victim: ['Victim', () => import('./views/experiment.js')],
  decide: ['Decide', () => import('./views/experiment.js')],
  ab: ['A/B', () => import('./views/experiment.js')],
  profile: ['Profile', () => import('./views/experiment.js')],
  protocols: ['Protocols', () => import('./views/experiment.js')],
  observe: ['Observe', () => import('./views/observe.js')],
  drills: ['Drills', () => import('./views/drills.js')],
  runs: ['Runs', () => import('./views/runs.js')],
  run: ['Run', () => import('./views/run.js')],
  compare: ['Compare', () => import('./views/compare.js')],
};

const main = /** @type {HTMLElement} */ (document.querySelector('main'));
const outage = notice(); // one for all views: the catalogue that one of them began to load is awaited by the next
let visit = new AbortController();
/** @type {Promise<void> | undefined} the catalogue, which every view needs */
let ready;

/** @param {string} name */
function markCurrent(name) {
  const current = name === 'run' || name === 'compare' ? 'runs' : name;
  for (const link of document.querySelectorAll('header nav a')) {
    if (link.getAttribute('href') === `#/${current}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

async function open({ first = false } = {}) {
  visit.abort();
  visit = new AbortController();
  const { signal } = visit;
  const { path, query } = parse(location.hash);
  const name = path[0] ?? '';
  const [title, load] = Object.hasOwn(VIEWS, name) ? VIEWS[name] : ['Not found', null];
  document.title = `${title} · serverlab`;
  markCurrent(name);
  main.replaceChildren(outage.element);
  if (!first) scrollTo(0, 0);
  try {
    if (!load) return main.replaceChildren(...unknown(path));
    await (ready ??= prepare());
    const { view } = await retry(() => importModule(load), { signal, trouble });
    if (signal.aborted) return;
    main.replaceChildren();
    const shown = view({ main, path, query, signal });
    if (!first) main.querySelector('h1')?.focus(); // a screen reader announces where it is, as after a page load
    await shown;
  } catch (error) {
    if (signal.aborted) return;
    main.append(
      errorBox('This page failed.', `${reason(error)}. Reload. If it recurs, check the browser console.`),
    );
    throw error; // into the console
  }
}

/** @param {?Error} error */
function trouble(error) {
  if (!error) return outage.hide();
  outage.show('The lab is unreachable.', `${reason(error)}. Retrying automatically.`, 'docker compose up -d');
}

/** @param {string[]} path */
const unknown = (path) => [
  h('h1', {}, 'No such page'),
  errorBox(`#/${path.join('/')}`, 'is not a dashboard page.', h('a', { href: '#/' }, 'Back to the lab')),
];

/** The catalogue is needed once, whichever view is opened meanwhile. */
async function prepare() {
  setCatalogue(await retry(catalogue, { signal: new AbortController().signal, trouble }));
}

document.querySelector('.skip')?.addEventListener('click', (event) => {
  event.preventDefault(); // its # would be read as the address of a view
  main.focus();
});
addEventListener('hashchange', () => open());
open({ first: true });
