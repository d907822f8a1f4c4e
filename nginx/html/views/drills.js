// What faults cost: the tables that scripts/drills has kept. The page starts none: that takes the Docker Engine.

import { moment } from '../charts/time.js';
import { drill, drills } from '../core/api.js';
import { inOrder } from '../core/catalog.js';
import { h } from '../core/dom.js';
import { isRefusal, reason, retry } from '../core/requests.js';
import { errorBox, notice } from '../ui/notice.js';

const SLOW = 1; // seconds of recovery that a user notices
const VERDICTS = {
  good: ['✓', 'nothing lost'],
  warn: ['◐', `nothing lost, recovery took more than ${SLOW} s`],
  bad: ['✗', 'requests lost, or not recovered'],
};
const BESIDE = ['records', 'nginx']; // behind the contenders

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path: [, chosen], signal }) {
  const outage = notice();
  /** @param {?Error} error */
  const trouble = (error) =>
    error
      ? outage.show('The lab is unreachable.', `${reason(error)}. Retrying automatically.`, 'docker compose up -d')
      : outage.hide();
  const earlier = h('p', { class: 'presets' });
  const place = h('section', { class: 'drills' }, h('p', { class: 'aside' }, 'Loading …'));
  main.append(
    h(
      'section',
      { class: 'hero' },
      h('h1', { tabindex: -1 }, 'Drills'),
      h(
        'p',
        { class: 'lead' },
        'Fault injection under steady load: what each fault costs its target and the other contenders, and how long recovery takes.',
      ),
      outage.element,
    ),
    place,
  );
  try {
    const names = await retry(() => drills({ signal }), { signal, trouble });
    const name = chosen ?? names[0];
    if (!name) return place.replaceChildren(emptyState());
    place.before(earlier);
    earlier.replaceChildren(...choice(names, name));
    const done = await retry(() => drill(name, { signal }), { signal, trouble });
    place.replaceChildren(...report(done));
  } catch (error) {
    if (signal.aborted) return;
    if (!isRefusal(error)) throw error;
    const latest = h('a', { href: '#/drills' }, 'Latest');
    place.replaceChildren(errorBox('No such drill report.', `${reason(error)}.`, latest));
  }
}

const emptyState = () =>
  h(
    'div',
    { class: 'empty' },
    h('p', {}, h('strong', {}, 'No drills yet.'), ' Start them on the lab’s host; results appear here:'),
    h('p', { class: 'command' }, h('code', {}, 'scripts/drills')),
  );

/** @param {string[]} names @param {string} current */
function choice(names, current) {
  if (names.length < 2) return [];
  const options = names.map((name) =>
    h('option', { value: name, selected: name === current }, moment(timestampOf(name))),
  );
  const select = h('select', { id: 'drills' }, options);
  select.addEventListener('change', () => (location.hash = `#/drills/${select.value}`));
  return [h('label', { for: 'drills' }, 'Drills of'), select];
}

/** A file is called after its moment, without the colons that some file systems refuse. @param {string} name */
const timestampOf = (name) => name.replace(/T(..)-(..)-(..)Z.*/, 'T$1:$2:$3Z');

/** @param {any} done */
function report(done) {
  const names = [...new Set(done.rows.map((/** @type {{target: string}} */ { target }) => target))];
  const targets = [...inOrder(names.filter((name) => !BESIDE.includes(name))), ...BESIDE.filter((name) => names.includes(name))];
  const load = `${moment(done.began)}, in ${done.seconds} s. Load: ${done.load}. Docker Engine ${done.engine}, ${done.cores} cores.`;
  return [
    h('p', { class: 'aside' }, load),
    h('ul', { class: 'legend' }, Object.entries(VERDICTS).map(([kind, [glyph, text]]) => h('li', { class: kind }, `${glyph} ${text}`))),
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'What each fault cost' },
      h(
        'table',
        {},
        h('thead', {}, h('tr', {}, ['fault', ...targets, 'repair'].map((name) => h('th', { scope: 'col' }, name)))),
        h('tbody', {}, done.faults.map((/** @type {any} */ fault) => line(fault, targets, done.rows))),
      ),
    ),
    h(
      'p',
      { class: 'aside' },
      'Each cell: requests lost of those due during the fault, then time until latency was back to normal, counted from the fault (or its end, if it lasts).',
    ),
  ];
}

/** @param {any} fault @param {string[]} targets @param {any[]} rows */
const line = (fault, targets, rows) =>
  h(
    'tr',
    {},
    h('th', { scope: 'row' }, fault.name, h('span', { class: 'aside' }, fault.does)),
    targets.map((target) => cell(rows.find((row) => row.fault === fault.name && row.target === target))),
    h('td', {}, fault.by_hand ? 'manual' : 'automatic'),
  );

/** @param {any} row */
function cell(row) {
  if (!row) return h('td', { class: 'aside' }, '-');
  const kind = verdict(row);
  const [glyph, text] = VERDICTS[kind];
  const recovery = row.recovery_s === null ? '> 30 s' : `${row.recovery_s.toFixed(1)} s`;
  return h(
    'td',
    {},
    h('span', { class: kind, role: 'img', 'aria-label': text }, glyph),
    ` ${row.lost} of ${row.requests}`,
    h('span', { class: 'aside' }, recovery),
    row.others_lost > 0 && h('span', { class: 'bad' }, `others ${row.others_lost} of ${row.others_requests}`),
  );
}

/** @param {any} row */
function verdict({ lost, others_lost: others, recovery_s: recovery }) {
  if (lost || others || recovery === null) return 'bad';
  return recovery > SLOW ? 'warn' : 'good';
}
