// A run of a lesson: its command, its button, what it waits for, and what it showed.

import { createRun, listRuns } from '../core/api.js';
import { contenders, startCommand } from '../core/catalog.js';
import { h, keyedChildren, patch } from '../core/dom.js';
import { viewOf } from '../core/experiments.js';
import { followHealth, health } from '../core/health.js';
import { isFinished } from '../core/record.js';
import { reason, retry } from '../core/requests.js';
import { followObserved, followPreset, followSwitches, observeCommand, presetCommand, switchCommand } from '../core/switches.js';
import { copyable } from '../ui/copy.js';
import { showRun } from '../ui/show.js';

/** @typedef {import('../core/lessons.js').Lesson} Lesson */

/**
 * @param {Lesson} lesson
 * @param {number} place  of the run in it
 * @param {{signal: AbortSignal, onEnd: () => void}} options  `onEnd` is called when the result may be explained
 */
export function lessonRun(lesson, place, { signal, onEnd }) {
  const preset = lesson.runs[place];
  const command = commandsOf(lesson)[place];
  const overrides = lesson.switches?.[place];
  const slots = lesson.preset?.[place]; // of scripts/ab, which the run needs
  const { script } = lesson; // which makes the run, in place of this page
  const tag = `lesson:${lesson.name}/${place + 1}`;
  const label = script ? 'Show the newest run' : lesson.runs.length > 1 ? `Run ${place + 1}` : 'Run';
  const button = h('button', { type: 'button', class: 'go', onclick: run }, label);
  const failure = h('p', { class: 'error', role: 'alert' });
  const missing = h('span');
  const starts = h('span', { class: 'starts' });
  const missingBox = h('p', { class: 'command' }, missing, starts);
  const { observe } = lesson; // what the contenders measure themselves with, which the run needs
  const setting = slots
    ? slotsBox(slots)
    : observe
      ? observeBox(observe)
      : overrides
        ? settingBox(preset.contenders, overrides)
        : null;
  const picture = h('div', { class: 'run-place' });
  const feedback = h('div', { class: 'feedback', role: 'status' });
  const result = h('div', { class: 'result' }, feedback, picture);
  const show = h('button', { type: 'button', class: 'quiet', onclick: unveil }, 'Show the result');
  const startCommands = keyedChildren(starts, String, (text) => ({ element: h('code', {}, text) }));
  let applied = !setting; // whether the settings, or the slots, are those of this run
  let running = false;
  let ended = false;
  let teaching = false;
  let veiled = false; // the result, until it is requested
  let trouble = '';
  /** @type {AbortController | undefined} */
  let current;

  function draw() {
    const absent = contenders().filter(({ name }) => preset.contenders.includes(name) && health(name).state === 'down');
    if (slots && absent.length) applied = false; // the command of the slots starts both
    const names = absent.map(({ name }) => name).join(', ');
    patch(button, { disabled: running || absent.length > 0 || !applied });
    patch(missingBox, { hidden: !absent.length || Boolean(slots) });
    patch(missing, {}, names && `${names} ${absent.length > 1 ? 'are' : 'is'} not running. To continue, run:`);
    startCommands.update([...new Set(absent.map(startCommand))]);
    patch(failure, { hidden: !trouble }, trouble);
    patch(result, { hidden: veiled });
    patch(show, { hidden: !veiled || !ended });
    if (setting) patch(setting, { hidden: applied });
  }

  async function run() {
    [running, ended, trouble] = [true, false, ''];
    current?.abort();
    current = new AbortController();
    patch(feedback, {}, []);
    draw();
    const mine = AbortSignal.any([signal, current.signal]);
    try {
      const key = crypto.randomUUID?.() ?? String(Math.random()); // randomUUID needs https or localhost
      const id = await retry(() => (script ? findRun() : queueRun(key)), { signal: mine, trouble: report });
      if (!id) {
        trouble = 'There is no such run yet: run the command on the lab’s host.';
        return;
      }
      const shown = showRun(id, { signal: mine, onDraw: conclude });
      veiled = teaching;
      draw();
      patch(picture, {}, shown.element);
      await shown.done;
    } catch (error) {
      if (!mine.aborted) trouble = `Could not start this run: ${reason(error)}.`;
    } finally {
      running = false;
      draw();
    }
  }

  /** @param {string} key */
  const queueRun = async (key) => (await createRun({ ...preset, tags: [tag] }, key)).run.id;
  const findRun = async () => (await listRuns({ tag, limit: 1 }, { signal })).items[0]?.id;

  /** @param {?Error} error */
  function report(error) {
    trouble = error ? `The records service is unreachable (${reason(error)}); retrying.` : '';
    draw();
  }

  /** @param {import('../core/record.js').Recording} record */
  function conclude({ run: { state }, notices }) {
    if (!isFinished({ state }) || feedback.childElementCount) return;
    ended = true;
    patch(feedback, {}, outcome(notices.lesson, state));
    draw();
    if (!teaching) onEnd();
  }

  function unveil() {
    veiled = false;
    draw();
    onEnd();
  }

  followHealth(draw, signal);
  /** @param {boolean} now */
  const update = (now) => ((applied = now), draw());
  if (slots) followPreset(preset.contenders, slots, update, signal);
  else if (observe) followObserved(preset.contenders, observe, update, signal);
  else if (overrides) followSwitches(preset.contenders, overrides, update, signal);
  const element = h(
    'div',
    { class: 'lesson-run', 'data-run-of': `${lesson.name}/${place + 1}` },
    setting,
    h('p', { class: 'command' }, copyable(command)),
    h('p', { class: 'actions' }, button, show, h('a', { href: formOf(preset) }, 'Edit parameters')),
    missingBox,
    failure,
    result,
  );
  /** @param {boolean} on */
  const teach = (on) => (teaching = on);
  return { element, teach };
}

/** @param {string} name */
function slotsBox(name) {
  const text = 'This run needs two contenders that differ. Start them:';
  return h('p', { class: 'command' }, text, copyable(presetCommand(name)));
}

/** @param {string} kind */
const observeBox = (kind) =>
  h('p', { class: 'command' }, 'This run needs contenders that measure themselves. Start the lab so:', copyable(observeCommand(kind)));

/** @param {string[]} names @param {Record<string, string>} overrides */
function settingBox(names, overrides) {
  return h(
    'p',
    { class: 'command' },
    Object.keys(overrides).length
      ? 'This run needs the bad setting. Apply it first:'
      : 'This run needs the default setting. Restore it first:',
    copyable(switchCommand(names, overrides)),
  );
}

/** The same run in a form, to play with. @param {import('../core/lessons.js').Preset} preset */
function formOf({ experiment, params, contenders: chosen }) {
  const query = new URLSearchParams({ experiment, ...params });
  for (const name of chosen) query.append('contender', name);
  return `#/${viewOf(experiment)}?${query}`;
}

/**
 * Worded differently if the run has a warning, or the effect did not show.
 * @param {import('../core/record.js').Notices['lesson']} claim
 * @param {string} state
 */
function outcome(claim, state) {
  if (state !== 'done') return [h('p', {}, `This run is ${state}; run it again.`)];
  if (!claim) return [];
  const verdict = 'The effect did not show this time: the machine may be busy or unusual. Run it again.';
  const warning = 'It has a validity warning (below the chart): the machine may have been busy.';
  return [
    h('h2', {}, 'What happened'),
    h('p', { class: 'sentence' }, claim.text),
    ...(claim.holds ? [] : [h('p', {}, verdict)]),
    ...(claim.doubted ? [h('p', {}, warning)] : []),
  ];
}

const BENCH = /^(docker compose run --rm (--no-deps )?bench|scripts\/bench) /;

/** In the container that is up: `docker compose run` would start another one. @param {Lesson} lesson */
const commandsOf = ({ sections, script }) =>
  sections.Run.split('\n')
    .filter((line) => (script ? line.startsWith(`${script} `) : BENCH.test(line)))
    .map((line) => line.replace(BENCH, 'scripts/bench '));
