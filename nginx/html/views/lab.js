// The lab: a card for each contender, what it is, whether it is up, and each workload to try.

import { accent } from '../charts/swatch.js';
import { contenders, controlPrefix, isImage, isOptional, isOwn, isSlot, settingOf, startCommand } from '../core/catalog.js';
import { h, s, setText } from '../core/dom.js';
import { followHealth, health, isAbsent } from '../core/health.js';
import { readJson, request } from '../core/requests.js';
import { tryOut } from './answer.js';

/** @typedef {import('../core/catalog.js').Contender} Contender */

/** @param {import('../core/address.js').Visit} visit */
export function view({ main, signal }) {
  const summary = h('p', { class: 'summary', role: 'status' });
  const cards = contenders().map((contender) => card(contender, signal));
  main.append(
    h(
      'section',
      { class: 'hero' },
      h('h1', { tabindex: -1 }, 'Same requests, different concurrency models: see what serves what, and when.'),
      h(
        'p',
        { class: 'lead' },
        'The same workloads run under several Python web servers, each in its own container behind one nginx. Each response names the process, thread, greenlet or task behind it.',
      ),
      h(
        'p',
        { class: 'actions' },
        h('a', { class: 'button', href: '#/learn' }, 'Course'),
        h('a', { class: 'button quiet', href: '#/decide' }, 'Decide'),
        h('a', { class: 'button quiet', href: '#/race?workload=io&ms=200&requests=20' }, 'Try a race'),
      ),
    ),
    h(
      'section',
      { 'aria-labelledby': 'contenders' },
      h('div', { class: 'bar' }, h('h2', { id: 'contenders' }, 'Contenders'), summary),
      contenders().length
        ? h(
            'ul',
            { class: 'cards' },
            cards.map(({ element }) => element),
          )
        : h(
            'p',
            { class: 'notice' },
            h('strong', {}, 'The catalogue is empty.'),
            ' Each row of services/catalog.json becomes a card here.',
          ),
    ),
  );
  const update = () => {
    for (const { refresh } of cards) refresh();
    setText(summary, countStates(cards.filter(({ element }) => !element.hidden)));
  };
  followHealth(update, signal);
}

/**
 * How many of the cards that are shown are up, down and so on: "5 up, 5 not started".
 * @param {ReturnType<typeof card>[]} cards
 */
function countStates(cards) {
  const counts = Map.groupBy(cards, ({ state }) => state());
  if (counts.has('checking')) return '';
  return [...counts].map(([state, { length }]) => `${length}\u00a0${state}`).join(', ');
}

/** @param {Contender} contender @param {AbortSignal} signal */
function card(contender, signal) {
  const { name } = contender;
  const label = h('span');
  const status = h(
    'span',
    { class: 'status' },
    s(
      'svg',
      { viewBox: '0 0 12 12', 'aria-hidden': 'true' },
      s('circle', { cx: 6, cy: 6, r: 4.5 }),
      s('path', { d: 'M2 2l8 8M10 2l-8 8' }),
    ),
    label,
  );
  const help = h(
    'p',
    { class: 'command', hidden: true },
    'To start it:',
    h('code', {}, startCommand(contender)),
  );
  const facts = h('dl', { class: 'facts' }, factsOf(contender));
  const element = h(
    'li',
    { class: `card ${accent(name)}`, 'data-contender': name },
    h('div', { class: 'bar' }, h('h3', {}, contender.title), status),
    h(
      'div',
      { class: 'what' },
      h('p', { class: 'teaches' }, contender.teaches),
      contender.end_of_line &&
        h('p', { class: 'end-of-line' }, h('strong', {}, 'No longer supported. '), contender.end_of_line),
      help,
    ),
    facts,
    tryOut(contender, signal),
  );
  const state = () => (isAbsent(contender) && health(name).state === 'down' ? 'not started' : health(name).state);
  const hasIdentity = isOptional(contender) && !isImage(contender); // itself and its interface
  let identified = !hasIdentity; // again after each start
  /** The catalogue knows the server, and not which interface the user's application has; of a slot it knows nothing. */
  const identify = () => {
    identified = true;
    identity(contender, signal).then(
      (found) => facts.replaceChildren(...factsOf({ ...contender, ...found })),
      () => (identified = false), // the next round tries again
    );
  };
  const refresh = () => {
    const { state: is, text } = health(name);
    if (hasIdentity && is !== 'up') identified = false;
    if (!identified && is === 'up') identify();
    status.dataset.state = is;
    help.hidden = is !== 'down';
    element.classList.toggle('absent', isAbsent(contender));
    element.hidden = isOptional(contender) && isAbsent(contender);
    setText(label, state() === 'not started' ? state() : text);
  };
  return { element, refresh, state };
}

/** @param {Contender & {slot?: import('../core/catalog.js').Slot}} contender */
const factsOf = (contender) => [
  fact('Interface', contender.interface?.toUpperCase()),
  ...(isImage(contender)
    ? []
    : [
        fact('Server', contender.server && `${contender.server} ${contender.server_version}`),
        fact('Worker', contender.worker),
      ]),
  isSlot(contender)
    ? fact('Runs', contender.slot && settingOf(contender.slot))
    : fact('Codebase', isOwn(contender) ? 'yours' : `services/${contender.codebase}`),
  ...(isOwn(contender) ? [fact('Addresses', addressesOf(contender))] : []),
];

/** Below its prefix, and at a host name of its own for what cannot live below a path. @param {Contender} contender */
const addressesOf = ({ name }) => {
  const own = `${name}.localhost${location.port && `:${location.port}`}`;
  return [h('a', { href: `/${name}/` }, `/${name}/`), ' ', h('a', { href: `${location.protocol}//${own}/` }, own)];
};

/** @param {Contender} contender @param {AbortSignal} signal */
async function identity(contender, signal) {
  /** @param {string} what */
  const read = async (what) =>
    readJson(await request(`/${contender.name}/${controlPrefix(contender)}${what}`, { signal }));
  const found = await read('whoami');
  return isSlot(contender) ? { ...found, slot: (await read('usage')).slot } : found;
}

/** @param {string} term @param {import('../core/dom.js').Child} value */
const fact = (term, value) => h('div', {}, h('dt', {}, term), h('dd', {}, value ?? 'unknown'));
