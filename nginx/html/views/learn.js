// Learn: the course as a list, with what this browser remembers of it; a lesson is lesson.js.

import { h, patch } from '../core/dom.js';
import { loadExperiments } from '../core/experiments.js';
import { lessonProgress, lessons, loadTerms, progress, updateProgress } from '../core/lessons.js';
import { reason, retry } from '../core/requests.js';
import { markdown } from '../ui/markdown.js';
import { errorBox, notice } from '../ui/notice.js';
import { teachSwitch } from '../ui/teach.js';
import { lesson } from './lesson.js';

/** @typedef {import('../core/lessons.js').Lesson} Lesson */

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path: [, name], signal }) {
  const outage = notice();
  const loading = h('p', { class: 'aside' }, 'Loading the lessons …');
  main.append(outage.element, loading);
  /** @param {?Error} error */
  const trouble = (error) =>
    error
      ? outage.show('The lab is unreachable.', `${reason(error)}. Retrying automatically.`, 'docker compose up -d')
      : outage.hide();
  const load = () => Promise.all([lessons({ signal }), loadTerms({ signal })]);
  const [course, terms] = await retry(load, { signal, trouble });
  loading.remove();
  const glossary = h('details', { class: 'terms' }, h('summary', {}, 'Terms'), markdown(terms));
  if (!name) return overview(main, course, glossary);
  const chosen = course.find((each) => each.name === name);
  if (!chosen)
    return main.append(errorBox('No such lesson.', `${name}. `, h('a', { href: '#/learn' }, 'All lessons')));
  await retry(() => loadExperiments(chosen.runs.map(({ experiment }) => experiment)), { signal, trouble });
  main.append(lesson(chosen, course, glossary, signal));
}

/** @param {HTMLElement} main @param {Lesson[]} course @param {HTMLElement} glossary */
function overview(main, course, glossary) {
  const breaks = course.filter((each) => each.switches);
  const comparisons = course.filter((each) => each.preset);
  const profiles = course.filter((each) => each.script);
  const observations = course.filter((each) => each.observe);
  const steps = course.filter((each) => !each.switches && !each.preset && !each.script && !each.observe);
  const minutes = course.reduce((sum, each) => sum + each.minutes, 0);
  const done = h('p', { class: 'summary', role: 'status' });
  const reset = h('button', { type: 'button', class: 'small quiet' }, 'Reset progress');
  const list = h('ol', { class: 'lessons' });
  const extra = h('ol', { class: 'lessons' });
  const slots = h('ol', { class: 'lessons' });
  const inside = h('ol', { class: 'lessons' });
  const metrics = h('ol', { class: 'lessons' });
  reset.addEventListener('click', () => {
    updateProgress((all) => (all.lessons = {}));
    draw();
  });

  function draw() {
    const seen = course.filter((each) => lessonProgress(each.name).seen);
    patch(done, {}, `${seen.length} of ${course.length} done`);
    patch(reset, { hidden: !Object.keys(progress().lessons).length });
    patch(list, {}, steps.map((each) => entry(each, course)));
    patch(extra, {}, breaks.map((each) => entry(each, course)));
    patch(slots, {}, comparisons.map((each) => entry(each, course)));
    patch(inside, {}, profiles.map((each) => entry(each, course)));
    patch(metrics, {}, observations.map((each) => entry(each, course)));
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
      `${breaks.length} lessons. Each breaks one good setting of the lab, measures the cost, restores it, and measures again.`,
    ),
    extra,
    h('h2', {}, 'A against B'),
    h(
      'p',
      { class: 'lead' },
      `${comparisons.length} lessons. Each starts two contenders that differ in one thing, and compares them.`,
    ),
    slots,
    h('h2', {}, 'Look inside'),
    h('p', { class: 'lead' }, 'A script on the lab’s host samples the worker processes while they serve.'),
    inside,
    h('h2', {}, 'What the metric says'),
    h('p', { class: 'lead' }, 'What a contender reports of itself, beside what its clients measure.'),
    metrics,
    glossary,
  );
  draw();
}

/** @param {Lesson} each @param {Lesson[]} course */
function entry(each, course) {
  const needs = each.builds_on.map((name) => course.find((other) => other.name === name)?.number).filter(Boolean);
  const { seen, choice } = lessonProgress(each.name);
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
