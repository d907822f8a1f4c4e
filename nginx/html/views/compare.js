// Up to four runs of one kind on one chart; of two, how far they differ. Their address can be shared as well.

import { moment } from '../charts/time.js';
import { comparison, readRun } from '../core/api.js';
import { h } from '../core/dom.js';
import { axesOf, experimentOf, loadExperiments, summary } from '../core/experiments.js';
import { apply, recording } from '../core/record.js';
import { importModule, isRefusal, reason, retry } from '../core/requests.js';
import { watch } from '../core/watch.js';
import { differences } from '../ui/differences.js';
import { exportPicture } from '../ui/export.js';
import { errorBox, notice, sharedTrouble } from '../ui/notice.js';

const MOST = 4;

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path: [, list = ''], signal }) {
  const ids = [...new Set(list.split(',').filter(Boolean))];
  const trouble = notice();
  const place = h('section', { class: 'run' });
  main.append(
    h(
      'section',
      {},
      h('div', { class: 'bar' }, h('h1', { tabindex: -1 }, 'Compare'), h('a', { href: '#/runs' }, 'Change runs')),
      trouble.element,
    ),
    place,
  );
  if (ids.length < 2 || ids.length > MOST)
    return place.append(
      errorBox('Nothing to compare.', 'Choose two to four runs.', h('a', { href: '#/runs' }, 'All runs')),
    );
  place.append(h('p', { class: 'aside' }, 'Loading the runs …'));
  try {
    const slot = sharedTrouble(trouble.trouble);
    const records = await Promise.all(ids.map((id) => whole(id, { signal, trouble: slot() })));
    await show(place, records, { signal, trouble: slot() });
  } catch (error) {
    if (signal.aborted) return;
    if (!isRefusal(error)) throw error;
    place.replaceChildren(
      errorBox('These runs cannot be compared.', `${reason(error)}.`, h('a', { href: '#/runs' }, 'All runs')),
    );
  }
}

/**
 * A run with all of its events. One that is still going on is drawn when it ends.
 * @param {string} id
 * @param {import('../core/requests.js').Patience} patience
 */
async function whole(id, { signal, trouble }) {
  const { run } = await retry(() => readRun(id, { signal }), { signal, trouble });
  const record = recording(run);
  await watch(id, { signal, trouble, event: (event) => apply(record, event) });
  return record;
}

/**
 * @param {HTMLElement} place
 * @param {import('../core/record.js').Recording[]} records
 * @param {import('../core/requests.js').Patience} patience
 */
async function show(place, records, { signal, trouble }) {
  const names = records.map(({ run }) => run.experiment);
  await retry(() => loadExperiments(names), { signal, trouble });
  const key = h(
    'ol',
    { class: 'compared' },
    records.map(({ run }) =>
      h(
        'li',
        {},
        h('a', { href: `#/runs/${run.id}` }, h('strong', {}, run.experiment), ` ${summary(run)}`),
        h('span', { class: 'aside' }, ` ${moment(run.created)}${run.note ? ` — ${run.note}` : ''}`),
      ),
    ),
  );
  if (new Set(names.map(axesOf)).size > 1)
    return place.replaceChildren(
      key,
      errorBox(
        'These runs cannot share an axis.',
        `${[...new Set(names)].join(' and ')} measure different things; choose runs of the same kind.`,
      ),
    );
  const sources = records.map((record, index) => ({ record, label: `run ${index + 1}` }));
  const picture = await retry(() => importModule(() => experimentOf(names[0]).picture()), { signal, trouble });
  signal.throwIfAborted();
  const against = h('div', {});
  place.replaceChildren(key, h('p', { class: 'exports' }, exportPicture(picture, 'compared')), picture.element, against);
  picture.draw(sources);
  const [a, b] = records.map(({ run }) => run);
  if (records.length > 2 || a.experiment !== b.experiment) return;
  try {
    const found = await retry(() => comparison(a.id, b.id, { signal }), { signal, trouble });
    signal.throwIfAborted();
    against.replaceChildren(differences(found));
  } catch (error) {
    if (signal.aborted || !isRefusal(error)) throw error;
    against.replaceChildren(errorBox('Their difference is unknown.', `${reason(error)}.`)); // the picture stays
  }
}
