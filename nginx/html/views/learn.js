// Learn: the course as a list, and a lesson: predict, run, what happened, why.

import { createRun } from '../core/api.js';
import { contenders, starting } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { loadExperiments, viewOf } from '../core/experiments.js';
import { followHealth, health } from '../core/health.js';
import { lessons, progress, remember, remembered, rememberOf, words } from '../core/lessons.js';
import { over } from '../core/record.js';
import { reason, retry } from '../core/requests.js';
import { followPreset, followSwitches, startingPreset, switching } from '../core/switches.js';
import { copyButton } from '../ui/copy.js';
import { before, entries, markdown } from '../ui/markdown.js';
import { dead, notice } from '../ui/notice.js';
import { showRun } from '../ui/show.js';

/** @typedef {import('../core/lessons.js').Lesson} Lesson */

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path: [, name], signal }) {
  const outage = notice();
  const loading = h('p', { class: 'aside' }, 'Loading the lessons …');
  main.append(outage.element, loading);
  const trouble = (error) =>
    error
      ? outage.show('The lab is unreachable.', `${reason(error)}. Retrying automatically.`, 'docker compose up -d')
      : outage.hide();
  const [course, glossary] = await retry(() => Promise.all([lessons({ signal }), words({ signal })]), { signal, trouble });
  loading.remove();
  const chosen = course.find((lesson) => lesson.name === name);
  const terms = () => h('details', { class: 'terms' }, h('summary', {}, 'Terms'), markdown(glossary));
  if (!name) return overview(main, course, terms());
  if (!chosen)
    return main.append(dead('No such lesson.', `${name}. `, h('a', { href: '#/learn' }, 'All lessons')));
  await retry(() => loadExperiments(chosen.runs.map(({ experiment }) => experiment)), { signal, trouble });
  lesson(main, chosen, course, terms(), signal);
}

// --- the course -----------------------------------------------------------------------------------

/** @param {Lesson[]} course */
function overview(main, course, terms) {
  const broken = course.filter((each) => each.switches);
  const compared = course.filter((each) => each.preset);
  const steps = course.filter((each) => !each.switches && !each.preset);
  const minutes = course.reduce((sum, each) => sum + each.minutes, 0);
  const done = h('p', { class: 'summary', role: 'status' });
  const reset = h('button', { type: 'button', class: 'small quiet' }, 'Reset progress');
  const list = h('ol', { class: 'lessons' });
  const extra = h('ol', { class: 'lessons' });
  const slots = h('ol', { class: 'lessons' });
  reset.addEventListener('click', () => {
    remember((all) => (all.lessons = {}));
    draw();
  });

  function draw() {
    const seen = course.filter((each) => remembered(each.name).seen);
    setText(done, `${seen.length} of ${course.length} done`);
    reset.hidden = !Object.keys(progress().lessons).length;
    list.replaceChildren(...steps.map((each) => entry(each, course)));
    extra.replaceChildren(...broken.map((each) => entry(each, course)));
    slots.replaceChildren(...compared.map((each) => entry(each, course)));
  }

  main.append(
    h(
      'section',
      { class: 'hero' },
      h('h1', { tabindex: -1 }, 'Learn: predict, run, explain'),
      h(
        'p',
        { class: 'lead' },
        `${course.length} lessons, ${minutes} minutes. Each asks a question, has you predict the result, then measures it on this machine.`,
      ),
    ),
    h('div', { class: 'bar course' }, done, h('span', {}, teachSwitch(), ' ', reset)),
    list,
    h('h2', {}, 'Break it on purpose'),
    h(
      'p',
      { class: 'lead' },
      `${broken.length} lessons. Each breaks one good setting of the lab, measures the cost, restores it, and measures again.`,
    ),
    extra,
    h('h2', {}, 'A against B'),
    h(
      'p',
      { class: 'lead' },
      `The last ${compared.length}. Each starts two contenders that differ in one thing, and compares them pair by pair.`,
    ),
    slots,
    terms,
  );
  draw();
}

/** @param {Lesson} each */
function entry(each, course) {
  const needs = each.builds_on.map((name) => course.find((other) => other.name === name)?.number).filter(Boolean);
  const { seen, choice } = remembered(each.name);
  return h(
    'li',
    { 'data-lesson': each.name, class: seen ? 'seen' : '' },
    h(
      'span',
      { class: 'what' },
      h('a', { href: `#/learn/${each.name}` }, h('strong', {}, `${each.number}. ${each.title}`)),
      h('span', { class: 'question' }, each.question),
    ),
    h(
      'span',
      { class: 'aside' },
      `${each.minutes} min`,
      needs.length ? ` · builds on ${needs.join(' and ')}` : '',
      seen ? ' · done' : choice !== undefined ? ' · open' : '',
    ),
  );
}

/** Large type, and each part hidden until it is requested: for a projector. */
function teachSwitch(changed = () => {}) {
  const input = h('input', { type: 'checkbox', checked: Boolean(progress().teach) });
  const apply = () => document.body.classList.toggle('teach', input.checked);
  input.addEventListener('change', () => {
    remember((all) => (all.teach = input.checked));
    apply();
    changed(input.checked);
  });
  apply();
  return h('label', { class: 'teach-switch' }, input, 'Present (large type, results hidden)');
}

// --- a lesson -------------------------------------------------------------------------------------

/** @param {Lesson} one @param {Lesson[]} course */
function lesson(main, one, course, terms, signal) {
  const { sections } = one;
  const explanation = h(
    'div',
    { class: 'explanation', hidden: true },
    ...['Why', 'In your own service', 'Go on'].flatMap((title) => [h('h2', {}, title), ...markdown(sections[title])]),
  );
  const reveal = h('button', { type: 'button', class: 'quiet' }, 'Show the explanation');
  const predicted = prediction(one);
  const explain = () => {
    explanation.hidden = false;
    reveal.hidden = true;
    rememberOf(one.name, { seen: true });
    predicted.judge();
  };
  reveal.addEventListener('click', explain);
  const boxes = one.runs.map((preset, place) => runBox(one, preset, place, signal, explain));
  const teach = teachSwitch((on) => boxes.forEach((box) => box.teach(on)));
  main.append(
    h(
      'article',
      { class: 'lesson', 'data-lesson': one.name },
      h('p', { class: 'bar' }, h('a', { href: '#/learn' }, 'All lessons'), teach),
      h('h1', { tabindex: -1 }, `${one.number}. ${one.title}`),
      ...markdown(one.intro),
      h('h2', {}, 'Predict'),
      ...before(sections.Predict),
      predicted.element,
      h('h2', {}, 'Run'),
      ...boxes.map((box) => box.element),
      reveal,
      predicted.verdict,
      explanation,
      terms,
      neighbours(one, course),
    ),
  );
  boxes.forEach((box) => box.teach(Boolean(progress().teach)));
}

/** The choices, and, once the lesson may give it away, which of them is right, and whether it was chosen. */
function prediction(one) {
  const chosen = () => remembered(one.name).choice;
  const words = entries(one.sections.Predict);
  const right = one.answer - 1;
  const thanks = h('p', { class: 'aside', role: 'status' }, chosen() === undefined ? '' : SAVED);
  const verdict = h('p', { class: 'sentence verdict', role: 'status', hidden: true });
  let judged = false;
  const choices = words.map((text, place) => {
    const input = h('input', { type: 'radio', name: 'prediction', value: place, checked: chosen() === place });
    input.addEventListener('change', () => {
      rememberOf(one.name, { choice: place });
      setText(thanks, SAVED);
      if (judged) judge();
    });
    return h('label', { class: 'prediction' }, input, ' ', h('span', {}, text));
  });
  function judge() {
    judged = true;
    choices[right].classList.add('right');
    verdict.hidden = chosen() === undefined;
    const was = chosen() === right;
    verdict.className = `sentence verdict ${was ? 'good' : 'warn'}`;
    setText(verdict, was ? '✓ You predicted it.' : `✗ You predicted otherwise. It is: ${choices[right].textContent.trim()}`);
  }
  const element = h('fieldset', { class: 'predictions' }, h('legend', {}, 'What do you expect?'), choices, thanks);
  return { element, verdict, judge };
}

const SAVED = 'Saved in this browser only. The run shows whether it is right.';

function runBox(one, preset, place, signal, ended) {
  const command = commandsOf(one)[place];
  const button = h('button', { type: 'button', class: 'go' }, one.runs.length > 1 ? `Run ${place + 1}` : 'Run');
  const wrong = h('p', { class: 'error', role: 'alert', hidden: true });
  const missing = h('p', { class: 'command', hidden: true });
  const setting = h('p', { class: 'command', hidden: true });
  const picture = h('div', { class: 'run-place' });
  const feedback = h('div', { class: 'told', role: 'status' });
  const result = h('div', { class: 'result' }, feedback, picture);
  const show = h('button', { type: 'button', class: 'quiet', hidden: true }, 'Show the result');
  let asWanted = !one.switches && !one.preset; // whether the settings, or the slots, are those of this run
  let running = false;
  let teaching = false;
  let current;
  show.addEventListener('click', () => {
    result.hidden = show.hidden = true;
    result.hidden = false;
    ended();
  });

  async function run() {
    running = button.disabled = wrong.hidden = true;
    current?.abort();
    current = new AbortController();
    feedback.replaceChildren();
    const mine = AbortSignal.any([signal, current.signal]);
    try {
      const key = crypto.randomUUID?.() ?? String(Math.random()); // randomUUID needs https or localhost
      const tags = [`lesson:${one.name}/${place + 1}`];
      const trouble = (error) => {
        wrong.hidden = !error;
        setText(wrong, error ? `The records service is unreachable (${reason(error)}); retrying.` : '');
      };
      const created = await retry(() => createRun({ ...preset, tags }, key), { signal: mine, trouble });
      const shown = showRun(created.run.id, { signal: mine, drawn });
      result.hidden = teaching;
      picture.replaceChildren(shown.element);
      await shown.done;
    } catch (error) {
      if (mine.aborted) return;
      wrong.hidden = false;
      setText(wrong, `Could not start this run: ${reason(error)}.`);
    } finally {
      running = false;
      update();
    }
  }

  function drawn(record) {
    if (!over(record.run) || feedback.childElementCount) return;
    const claim = record.notices.lesson;
    feedback.replaceChildren(...outcome(claim, record.run));
    show.hidden = !teaching || !result.hidden;
    if (!teaching) ended();
  }

  button.addEventListener('click', run);
  const update = () => {
    const absent = contenders().filter(({ name }) => preset.contenders.includes(name) && health(name).state === 'down');
    missing.hidden = !absent.length || Boolean(one.preset);
    if (one.preset && absent.length) setting.hidden = asWanted = false; // one command starts both
    button.disabled = running || absent.length > 0 || !asWanted;
    if (absent.length)
      missing.replaceChildren(
        `${absent.map(({ name }) => name).join(', ')} ${absent.length > 1 ? 'are' : 'is'} not running. To continue, run:`,
        ...[...new Set(absent.map(starting))].map((text) => h('code', {}, text)),
      );
  };
  followHealth(update, signal);
  const wanted = one.switches?.[place];
  if (wanted) {
    setting.replaceChildren(
      Object.keys(wanted).length
        ? 'This run needs the bad setting. Apply it first:'
        : 'This run needs the default setting. Restore it first:',
      h('code', {}, switching(preset.contenders, wanted)),
      copyButton(() => switching(preset.contenders, wanted)),
    );
    setting.hidden = false;
    followSwitches(
      preset.contenders,
      wanted,
      (as) => {
        setting.hidden = asWanted = as;
        update();
      },
      signal,
    );
  }
  if (one.preset) {
    const start = startingPreset(one.preset);
    setting.replaceChildren('This run needs two contenders that differ. Start them:', h('code', {}, start), copyButton(() => start));
    setting.hidden = false;
    followPreset(
      preset.contenders,
      one.preset,
      (as) => {
        setting.hidden = asWanted = as;
        update();
      },
      signal,
    );
  }
  const element = h(
    'div',
    { class: 'lesson-run', 'data-run-of': `${one.name}/${place + 1}` },
    setting,
    h('p', { class: 'command' }, h('code', {}, command), copyButton(() => command)),
    h('p', { class: 'actions' }, button, show, h('a', { href: formOf(preset) }, 'Edit parameters')),
    missing,
    wrong,
    result,
  );
  return { element, teach: (on) => (teaching = on) };
}

/** The same run in a form, to play with. */
function formOf({ experiment, params, contenders: chosen }) {
  const query = new URLSearchParams({ experiment, ...params });
  for (const name of chosen) query.append('contender', name);
  return `#/${viewOf(experiment)}?${query}`;
}

/** Worded differently if the run has a warning, or the effect did not show. */
function outcome(claim, run) {
  if (run.state !== 'done') return [h('p', {}, `This run is ${run.state}; run it again.`)];
  if (!claim) return [];
  const doubt = claim.doubted && 'It has a validity warning (below the chart): the machine may have been busy.';
  const verdict = claim.holds
    ? ''
    : 'The effect did not show this time: the machine may be busy or unusual. Run it again.';
  return [h('h2', {}, 'What happened'), h('p', { class: 'sentence' }, claim.text), verdict && h('p', {}, verdict), doubt && h('p', {}, doubt)].filter(Boolean);
}

/** In the container that is up: `docker compose run` would start another one. */
const commandsOf = (one) =>
  one.sections.Run.split('\n')
    .filter((line) => BENCH.test(line))
    .map((line) => line.replace(BENCH, 'scripts/bench '));
const BENCH = /^(docker compose run --rm (--no-deps )?bench|scripts\/bench) /;

function neighbours(one, course) {
  const place = course.indexOf(one);
  const [previous, next] = [course[place - 1], course[place + 1]];
  return h(
    'nav',
    { class: 'bar neighbours', 'aria-label': 'Lessons' },
    previous ? h('a', { href: `#/learn/${previous.name}` }, `← ${previous.number}. ${previous.title}`) : h('span'),
    next && h('a', { href: `#/learn/${next.name}` }, `${next.number}. ${next.title} →`),
  );
}
