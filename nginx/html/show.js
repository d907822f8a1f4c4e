// Shows a run from its queueing to its picture: state, progress, what holds it up, its events as they happen.

import { cancelRun, listRuns, patiently, readRun, reason } from './api.js';
import { h, oncePerFrame, pause, say } from './dom.js';
import { environment } from './environment.js';
import { exportButtons } from './export.js';
import { notice } from './notice.js';
import { pictureOf } from './picture.js';
import { apply, over, recording } from './record.js';
import { watch } from './watch.js';

const SOON = 250; // ms
const PATIENCE = 3000; // ms in the queue after which something must be said; a bench asks for work every second

/**
 * @param {string} id
 * @param {{signal: AbortSignal, changed?: (version: import('./api.js').Version) => void, link?: boolean}} options
 *   `changed` hears of the run when it is read, at its beginning and at its end
 * @returns {{element: HTMLElement, done: Promise<void>}} `done` rejects with what waiting cannot mend, as a 404
 */
export function showRun(id, { signal, changed = () => {}, link = true }) {
  const state = h('span', { class: 'state' }),
    bar = h('progress', { max: 1, 'aria-label': 'Progress' });
  const cancel = h('button', { type: 'button', class: 'small danger' }, 'Cancel');
  const failed = h('p', { class: 'bad', role: 'alert', hidden: true });
  const exports = h('span', { class: 'exports' });
  const trouble = notice(),
    queue = notice();
  const place = h('div', { class: 'place' });
  const facts = environment();
  const element = h(
    'section',
    { class: 'run', 'data-run': id, 'aria-label': 'Run' },
    h(
      'div',
      { class: 'bar runbar' },
      h('span', { class: 'progress' }, state, bar, cancel),
      h('span', { class: 'links' }, link && h('a', { href: `#/runs/${id}` }, 'Link to this run'), exports),
    ),
    trouble.element,
    queue.element,
    failed,
    place,
    facts.element,
  );

  state.hidden = bar.hidden = cancel.hidden = exports.hidden = true; // until the run is known

  cancel.addEventListener('click', async () => {
    cancel.disabled = true;
    await cancelRun(id).catch((error) => queue.show('It was not cancelled.', `${reason(error)}.`));
    cancel.disabled = false;
  });

  async function follow() {
    const read = () => patiently(() => readRun(id, { signal }), { signal, trouble: trouble.trouble });
    const first = await read();
    changed(first);
    const picture = await patiently(() => pictureOf(first.run.experiment), { signal, trouble: trouble.trouble });
    signal.throwIfAborted();
    place.replaceChildren(picture.element);
    const record = recording(first.run);
    exports.replaceChildren(...exportButtons(record, picture));
    const draw = () => {
      if (signal.aborted) return;
      status(record.run);
      picture.draw(record);
    };
    const heard = { signal, trouble: trouble.trouble };
    if (over(first.run)) {
      state.hidden = false;
      say(state, 'loading');
      await watch(id, { ...heard, event: (event) => apply(record, event) }); // its past is drawn at once
      record.run = first.run;
    } else {
      await live(record, heard, oncePerFrame(draw));
      const last = await read(); // the events say that it ended, the run how
      record.run = last.run;
      changed(last);
    }
    draw();
    facts.show(record);
  }

  async function live(record, heard, redraw) {
    redraw();
    const waiting = explainQueue(record, queue, signal);
    await watch(id, { ...heard, event: (event) => (apply(record, event), redraw()) });
    await waiting;
  }

  function status(run) {
    state.hidden = false;
    state.dataset.state = run.state;
    element.dataset.state = run.state;
    say(state, run.state);
    bar.hidden = cancel.hidden = over(run);
    bar.value = run.progress;
    exports.hidden = !over(run);
    failed.hidden = !run.error;
    say(failed, run.error ? `It failed: ${run.error}` : '');
  }

  return { element, done: follow() };
}

/** A run that nobody takes must not look as if it were about to begin. */
async function explainQueue(record, box, signal) {
  for (let waited = 0; record.run.state === 'queued' && waited < PATIENCE; waited += SOON)
    await pause(SOON, signal).catch(() => {});
  while (record.run.state === 'queued' && !signal.aborted) {
    const running = await listRuns({ state: 'running', limit: 1 }, { signal }).catch(() => null);
    if (record.run.state !== 'queued' || signal.aborted) break;
    if (running?.items.length)
      box.show('Waiting for its turn.', `Another run (${running.items[0].experiment}) is being worked on.`);
    else if (running)
      box.show(
        'No bench works on the queue.',
        'The run waits until one does. To start one:',
        'docker compose up -d bench',
      );
    await pause(SOON * 4, signal).catch(() => {});
  }
  box.hide();
}
