// Up to four runs of one kind on one chart; their address can be shared as well.

import { patiently, readRun, reason } from '../core/api.js';
import { h } from '../core/dom.js';
import { exportPicture } from '../ui/export.js';
import { dead, notice, shared } from '../ui/notice.js';
import { moment } from '../charts/time.js';
import { apply, recording } from '../core/record.js';
import { watch } from '../core/watch.js';
import { summary } from './runs.js';

const MOST = 4;
/** Experiments that share their axes. */
const KIND = {
  race: 'race',
  sweep: 'sweep',
  rate: 'rate',
  capacity: 'rate',
  victim: 'probes',
  'slow-clients': 'probes',
};

/** @param {import('../app.js').Visit} visit */
export async function view({ main, path: [, list = ''], signal }) {
  const ids = [...new Set(list.split(',').filter(Boolean))];
  const trouble = notice();
  const place = h('section', { class: 'run' });
  main.append(
    h(
      'section',
      {},
      h('div', { class: 'bar' }, h('h1', { tabindex: -1 }, 'Compare'), h('a', { href: '#/runs' }, 'Choose others')),
      trouble.element,
    ),
    place,
  );
  if (ids.length < 2 || ids.length > MOST)
    return place.append(
      dead('This is not a comparison.', `Choose two to ${MOST} runs.`, h('a', { href: '#/runs' }, 'All runs')),
    );
  place.append(h('p', { class: 'aside' }, 'Loading the runs …'));
  try {
    const slot = shared(trouble.trouble);
    const records = await Promise.all(ids.map((id) => whole(id, { signal, trouble: slot() })));
    await show(place, records, signal);
  } catch (error) {
    if (signal.aborted) return;
    place.replaceChildren(
      dead('These runs cannot be compared.', reason(error), h('a', { href: '#/runs' }, 'All runs')),
    );
  }
}

/** All that a run has told. One that goes on is drawn when it ends. */
async function whole(id, { signal, trouble }) {
  const { run } = await patiently(() => readRun(id, { signal }), { signal, trouble });
  const record = recording(run);
  await watch(id, { signal, trouble, event: (event) => apply(record, event) });
  return record;
}

async function show(place, records, signal) {
  const kinds = new Set(records.map(({ run }) => KIND[run.experiment] ?? run.experiment));
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
  if (kinds.size > 1)
    return place.replaceChildren(
      key,
      dead(
        'They have no axis in common.',
        `${[...new Set(records.map(({ run }) => run.experiment))].join(' and ')} measure different things; choose runs of one kind.`,
      ),
    );
  const sources = records.map((record, index) => ({ record, label: `run ${index + 1}` }));
  const picture = await pictureFor([...kinds][0]);
  signal.throwIfAborted();
  place.replaceChildren(key, h('p', { class: 'exports' }, exportPicture(picture, 'compared')), picture.element);
  picture.draw(sources);
}

async function pictureFor(kind) {
  if (kind === 'race') return raced();
  if (kind === 'probes') return (await import('../charts/timeline.js')).timelinePicture();
  return (await import('../charts/load.js')).loadPicture();
}

/** A chart of lanes for each contender of each run, contender by contender, on one time axis. */
async function raced() {
  const { entries, racePicture } = await import('../charts/race.js');
  const { inOrder } = await import('../core/catalog.js');
  const picture = racePicture();
  const draw = (sources) => {
    const all = sources.flatMap(({ record, label }, index) =>
      entries(
        record,
        inOrder(record.run.contenders),
        (name) => `${name} (${index + 1})`,
        `${label} `.replaceAll(' ', '-'),
      ),
    );
    const names = inOrder([...new Set(all.map(({ contender }) => contender))]);
    picture.draw(
      names.flatMap((name) => all.filter(({ contender }) => contender === name)),
      { finished: true },
    );
  };
  return { ...picture, draw };
}
