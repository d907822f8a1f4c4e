// Shows a run from its queueing to its picture: state, progress, what holds it up, its events as they happen.

import { cancelRun, listRuns, readRun } from '../core/api.js';
import { h, oncePerFrame, pause, setText, whileDisabled } from '../core/dom.js';
import { experimentOf, loadExperiments } from '../core/experiments.js';
import { holdChecks } from '../core/health.js';
import { apply, isFinished, recording } from '../core/record.js';
import { importModule, reason, retry } from '../core/requests.js';
import { watch } from '../core/watch.js';
import { environment, fitnessOf } from './environment.js';
import { exportButtons } from './export.js';
import { notice } from './notice.js';
import { activity, outcome } from './progress.js';
import { slowClients } from './slow.js';

const SOON = 250; // ms
const PATIENCE = 3000; // ms in the queue after which the page must explain why; a runner polls it twice a second

/**
 * @param {string} id
 * @param {{signal: AbortSignal, onChange?: (version: import('../core/api.js').Version) => void,
 *   onDraw?: (record: import('../core/record.js').Recording) => void, link?: boolean}} options
 *   `onChange` gets the run when it is read, at its beginning and at its end; `onDraw` the recording at each drawing
 * @returns {{element: HTMLElement, done: Promise<void>}} `done` rejects with what waiting cannot mend, as a 404
 */
export function showRun(id, { signal, onChange = () => {}, onDraw = () => {}, link = true }) {
  const state = h('span', { class: 'state', tabindex: -1 }),
    bar = h('progress', { max: 1, 'aria-label': 'Progress' });
  const cancel = h('button', { type: 'button', class: 'small danger' }, 'Cancel');
  const ended = h('p', { role: 'status', hidden: true });
  const exports = h('span', { class: 'exports veiled' });
  const trouble = notice(),
    queue = notice();
  const fitness = h('p', { class: 'fitness', role: 'status', hidden: true });
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
    fitness,
    now,
    place,
    slow.element,
    facts.element,
  );

  cancel.addEventListener('click', () =>
    whileDisabled(cancel, () => cancelRun(id)).catch((error) =>
      queue.show('Could not cancel the run.', `${reason(error)}.`),
    ),
  );

  async function follow() {
    const read = () => retry(() => readRun(id, { signal }), { signal, trouble: trouble.trouble });
    const first = await read();
    await retry(() => loadExperiments([first.run.experiment]), { signal, trouble: chartTrouble });
    const experiment = experimentOf(first.run.experiment);
    onChange(first);
    const record = recording(first.run);
    /** @type {import('../charts/types.js').Picture} */
    let picture;
    const offer = () => exports.replaceChildren(...exportButtons(record, () => picture.blocks()));
    offer();
    begin(first.run);
    picture = await retry(() => importModule(experiment.picture), { signal, trouble: chartTrouble });
    signal.throwIfAborted();
    place.replaceChildren(picture.element);
    const draw = () => {
      if (signal.aborted) return;
      status(record);
      picture.draw([{ record, label: '' }]);
      describe(record);
      onDraw(record);
    };
    const patience = { signal, trouble: trouble.trouble };
    if (isFinished(first.run)) {
      await watch(id, { ...patience, event: (event) => apply(record, event) }); // its past is drawn at once
      await pause(0, signal); // drawing it is a task of its own
      record.run = first.run;
    } else {
      await live(record, patience, oncePerFrame(draw));
      const last = await read(); // the events show that it ended, the run how
      record.run = last.run;
      onChange(last);
    }
    draw();
    if (record.notices.summary?.markdown) offer();
    facts.show(record);
  }

  /**
   * @param {import('../core/record.js').Recording} record
   * @param {import('../core/requests.js').Patience} patience
   * @param {() => void} redraw
   */
  async function live(record, patience, redraw) {
    const release = holdChecks();
    try {
      redraw();
      const waiting = explainQueue(record, queue, signal);
      await watch(id, { ...patience, event: (event) => (apply(record, event), redraw()) });
      await waiting;
    } finally {
      release();
    }
  }

  /** @param {?Error} error */
  const chartTrouble = (error) =>
    error
      ? trouble.show(
          'The chart code could not be loaded.',
          `nginx serves it (${reason(error)}). Retrying automatically.`,
          'docker compose up -d nginx',
        )
      : trouble.hide();

  /** @param {import('../core/api.js').Run} run */
  function begin(run) {
    runbar.classList.remove('veiled');
    bar.hidden = cancel.hidden = isFinished(run);
    setText(state, isFinished(run) ? 'loading' : run.state);
  }

  /** @param {import('../core/record.js').Recording} record */
  function status({ run, rows }) {
    state.dataset.state = run.state;
    element.dataset.state = run.state;
    setText(state, run.state);
    if (isFinished(run) && (cancel.disabled || document.activeElement === cancel)) state.focus(); // before it is gone
    bar.hidden = cancel.hidden = isFinished(run);
    bar.value = run.progress;
    exports.classList.toggle('veiled', !isFinished(run));
    place.hidden = isFinished(run) && run.state !== 'done' && !rows.length; // empty axes say nothing
  }

  /** @param {import('../core/record.js').Recording} record */
  function describe(record) {
    setText(ended, outcome(record));
    ended.hidden = !ended.textContent;
    ended.className = record.run.state === 'failed' ? 'ended bad' : 'ended';
    fit(record);
    now.hidden = isFinished(record.run) || Boolean(place.querySelector('.sentence')?.textContent);
    if (!now.hidden) setText(now, activity(record));
    slow.show(record);
  }

  /**
   * During the run, so that it can be stopped; after it only if the machine was not fit: otherwise the environment has
   * it.
   * @param {import('../core/record.js').Recording} record
   */
  function fit({ run, notices }) {
    const { machine } = notices;
    fitness.hidden = !machine || (machine.fit && isFinished(run));
    fitness.classList.toggle('warn', machine?.fit === false);
    setText(fitness, machine ? fitnessOf(machine) : '');
  }

  return { element, done: follow() };
}

/**
 * A run that no runner takes must not look as if it were about to begin.
 * @param {import('../core/record.js').Recording} record
 * @param {ReturnType<typeof notice>} box
 * @param {AbortSignal} signal
 */
async function explainQueue(record, box, signal) {
  for (let waited = 0; record.run.state === 'queued' && waited < PATIENCE; waited += SOON)
    await pause(SOON, signal).catch(() => {});
  while (record.run.state === 'queued' && !signal.aborted) {
    const running = await listRuns({ state: 'running', limit: 1 }, { signal }).catch(() => null);
    if (record.run.state !== 'queued' || signal.aborted) break;
    if (running?.items.length)
      box.show('Queued.', `Another run (${running.items[0].experiment}) is in progress.`);
    else if (running)
      box.show(
        'No bench is processing the queue.',
        'This run waits. Start one:',
        'docker compose up -d bench',
      );
    await pause(SOON * 4, signal).catch(() => {});
  }
  box.hide();
}
