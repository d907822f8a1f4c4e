// The frame of the dashboard: reads the address, and hands the page to the view that it names.

import { catalogue, patiently, reason } from './core/api.js';
import { know } from './core/catalog.js';
import { h } from './core/dom.js';
import { dead, notice } from './ui/notice.js';

/**
 * A view fills `main`, and stops when `signal` aborts, which is when another one is asked for.
 * @typedef {{main: HTMLElement, path: string[], query: URLSearchParams, signal: AbortSignal}} Visit
 */

/** The first part of the address after `#/`, with its title and the module that draws it. */
const VIEWS = {
  '': ['Lab', () => import('./views/lab.js')],
  race: ['Race', () => import('./views/experiment.js')],
  load: ['Load', () => import('./views/experiment.js')],
  victim: ['Victim', () => import('./views/experiment.js')],
  runs: ['Runs', () => import('./views/runs.js')],
  run: ['Run', () => import('./views/run.js')],
  compare: ['Compare', () => import('./views/compare.js')],
};

const main = document.querySelector('main');
let visit = new AbortController();
let ready; // the catalogue, which every view needs

function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const parts = decoded(path);
  if (parts[0] === 'runs' && parts[1]) parts[0] = 'run';
  return { path: parts, query: new URLSearchParams(query) };
}

function decoded(path) {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return [path]; // no name of a view has a % in it
  }
}

function markPlace(name) {
  const place = { run: 'runs', compare: 'runs' }[name] ?? name;
  for (const link of document.querySelectorAll('header nav a')) {
    const here = link.getAttribute('href') === `#/${place}`;
    if (here) link.setAttribute('aria-current', 'page');
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
  markPlace(name);
  const problem = notice();
  main.replaceChildren(problem.element);
  const trouble = (error) =>
    error
      ? problem.show(
          'The lab does not answer.',
          `${reason(error)}. This page tries again by itself.`,
          'docker compose up -d',
        )
      : problem.hide();
  if (!first) scrollTo(0, 0);
  try {
    if (!load)
      return main.append(
        h('h1', {}, 'No such page'),
        dead(`#/${path.join('/')}`, 'is no page of the dashboard.', h('a', { href: '#/' }, 'To the lab')),
      );
    await (ready ??= prepare(trouble));
    const { view } = await patiently(load, { signal, trouble });
    if (signal.aborted) return;
    main.replaceChildren();
    const shown = view({ main, path, query, signal });
    if (!first) main.querySelector('h1')?.focus(); // a screen reader hears where it is, as after a page load
    await shown;
  } catch (error) {
    if (signal.aborted) return;
    main.append(
      dead(
        'This page failed.',
        `${reason(error)}. Reload it; if it lasts, docker compose logs nginx starlette may say why.`,
      ),
    );
    throw error; // into the console, for who can read it
  }
}

/** The catalogue is needed once, whichever view is asked for meanwhile. */
async function prepare(trouble) {
  know(await patiently(catalogue, { signal: new AbortController().signal, trouble }));
}

document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault(); // its # would be read as the address of a view
  main.focus();
});
addEventListener('hashchange', () => open());
open({ first: true });
