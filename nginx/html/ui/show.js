// Shows a run from its queueing to its picture: state, progress, what holds it up, its events as they happen.

import { cancelRun, listRuns, patiently, readRun, reason } from '../core/api.js';
import { h, meanwhile, oncePerFrame, pause, say } from '../core/dom.js';
import { doing, ending } from './doing.js';
import { environment } from './environment.js';
import { exportButtons } from './export.js';
import { holdChecks } from '../core/health.js';
import { notice } from './notice.js';
import { pictureOf } from './picture.js';
import { apply, over, recording } from '../core/record.js';
import { slowClients } from './slow.js';
import { watch } from '../core/watch.js';

const SOON = 250; // ms
const PATIENCE = 3000; // ms in the queue after which something must be said; a bench asks for work twice a second

/**
 * @param {string} id
 * @param {{signal: AbortSignal, changed?: (version: import('../core/api.js').Version) => void, drawn?: () => void,
 *   link?: boolean}} options
 *   `changed` hears of the run when it is read, at its beginning and at its end; `drawn` is called at each drawing
 * @returns {{element: HTMLElement, done: Promise<void>}} `done` rejects with what waiting cannot mend, as a 404
 */
export function showRun(id, { signal, changed = () => {}, drawn = () => {}, link = true }) {
  const state = h('span', { class: 'state', tabindex: -1 }),
    bar = h('progress', { max: 1, 'aria-label': 'Progress' });
  const cancel = h('button', { type: 'button', class: 'small danger' }, 'Cancel');
  const ended = h('p', { role: 'status', hidden: true });
  const exports = h('span', { class: 'exports veiled' });
  const trouble = notice(),
    queue = notice();
  const now = h('p', { class: 'sentence doing', hidden: true });
  const place = h('div', { class: 'place' });
  const slow = slowClients();
  const facts = environment();
  // Veiled, not hidden, until the run is known: what comes later shall not push away what is there.
  const runbar = h(
    'div',
    { class: 'bar runbar veiled' },
    h('span', { class: 'progress' }, state, bar, cancel),
    h('span', { class: 'links' }, link && h('a', { href: `#/runs/${id}` }, 'Link to this run'), exports),
  );
  const element = h(
    'section',
    { class: 'run', 'data-run': id, 'aria-label': 'Run' },
    runbar,
    trouble.element,
    queue.element,
    ended,
    now,
    place,
    slow.element,
    facts.element,
  );

  cancel.addEventListener('click', () =>
    meanwhile(cancel, () => cancelRun(id)).catch((error) => queue.show('It was not cancelled.', `${reason(error)}.`)),
  );

  async function follow() {
    const read = () => patiently(() => readRun(id, { signal }), { signal, trouble: trouble.trouble });
    const first = await read();
    changed(first);
    const record = recording(first.run);
    let picture;
    exports.replaceChildren(...exportButtons(record, { blocks: () => picture.blocks() }));
    begin(first.run);
    picture = await patiently(() => pictureOf(first.run.experiment), { signal, trouble: undrawn });
    signal.throwIfAborted();
    place.replaceChildren(picture.element);
    const draw = () => {
      if (signal.aborted) return;
      status(record);
      picture.draw(record);
      tell(record);
      drawn();
    };
    const heard = { signal, trouble: trouble.trouble };
    if (over(first.run)) {
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
    const release = holdChecks();
    try {
      redraw();
      const waiting = explainQueue(record, queue, signal);
      await watch(id, { ...heard, event: (event) => (apply(record, event), redraw()) });
      await waiting;
    } finally {
      release();
    }
  }

  const undrawn = (error) =>
    error
      ? trouble.show(
          'The code that draws the picture does not arrive.',
          `It comes from nginx (${reason(error)}). This page tries again by itself.`,
          'docker compose up -d nginx',
        )
      : trouble.hide();

  function begin(run) {
    runbar.classList.remove('veiled');
    bar.hidden = cancel.hidden = over(run);
    say(state, over(run) ? 'loading' : run.state);
  }

  function status({ run, rows }) {
    state.dataset.state = run.state;
    element.dataset.state = run.state;
    say(state, run.state);
    if (over(run) && (cancel.disabled || document.activeElement === cancel)) state.focus(); // before its place is gone
    bar.hidden = cancel.hidden = over(run);
    bar.value = run.progress;
    exports.classList.toggle('veiled', !over(run));
    place.hidden = over(run) && run.state !== 'done' && !rows.length; // empty axes say nothing
  }

  function tell(record) {
    say(ended, ending(record));
    ended.hidden = !ended.textContent;
    ended.className = record.run.state === 'failed' ? 'ended bad' : 'ended';
    now.hidden = over(record.run) || Boolean(place.querySelector('.sentence')?.textContent);
    if (!now.hidden) say(now, doing(record));
    slow.show(record);
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
