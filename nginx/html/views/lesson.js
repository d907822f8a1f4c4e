// A lesson: predict, run, what happened, why.

import { h, patch } from '../core/dom.js';
import { lessonProgress, saveLessonProgress } from '../core/lessons.js';
import { before, entries, markdown } from '../ui/markdown.js';
import { isTeaching, teachSwitch } from '../ui/teach.js';
import { lessonRun } from './lessonrun.js';

/** @typedef {import('../core/lessons.js').Lesson} Lesson */

const SAVED = 'Saved in this browser only. The run shows whether it is right.';

/** @param {Lesson} one @param {Lesson[]} course @param {HTMLElement} glossary @param {AbortSignal} signal */
export function lesson(one, course, glossary, signal) {
  const { sections } = one;
  const explanation = h(
    'div',
    { class: 'explanation', hidden: true },
    ['Why', 'In your own service', 'Go on'].map((title) => [h('h2', {}, title), markdown(sections[title])]),
  );
  const reveal = h('button', { type: 'button', class: 'quiet', onclick: explain }, 'Show the explanation');
  const predicted = prediction(one);
  function explain() {
    patch(explanation, { hidden: false });
    patch(reveal, { hidden: true });
    saveLessonProgress(one.name, { seen: true });
    predicted.judge();
  }
  const runs = one.runs.map((_, place) => lessonRun(one, place, { signal, onEnd: explain }));
  /** @param {boolean} on */
  const teach = (on) => runs.forEach((run) => run.teach(on));
  teach(isTeaching());
  return h(
    'article',
    { class: 'lesson', 'data-lesson': one.name },
    h('p', { class: 'bar' }, h('a', { href: '#/learn' }, 'All lessons'), teachSwitch(teach)),
    h('h1', { tabindex: -1 }, `${one.number}. ${one.title}`),
    markdown(one.intro),
    h('h2', {}, 'Predict'),
    before(sections.Predict),
    predicted.element,
    h('h2', {}, 'Run'),
    runs.map(({ element }) => element),
    reveal,
    predicted.verdict,
    explanation,
    glossary,
    neighbours(one, course),
  );
}

/**
 * The choices, and, once the lesson may give it away, which of them is right, and whether it was chosen.
 * @param {Lesson} one
 */
function prediction(one) {
  const choice = () => lessonProgress(one.name).choice;
  const texts = entries(one.sections.Predict);
  const right = one.answer - 1;
  const thanks = h('p', { class: 'aside', role: 'status' });
  const verdict = h('p', { role: 'status' });
  const choices = texts.map((text, place) => {
    const input = h('input', { type: 'radio', name: 'prediction', value: place, checked: choice() === place });
    input.addEventListener('change', () => {
      saveLessonProgress(one.name, { choice: place });
      draw();
    });
    return h('label', {}, input, ' ', h('span', {}, text));
  });
  let judged = false;

  function draw() {
    const correct = choice() === right;
    const verdictShows = judged && choice() !== undefined;
    const answer = choices[right].textContent.trim();
    const text = correct ? '✓ You predicted it.' : `✗ You predicted otherwise. It is: ${answer}`;
    patch(thanks, {}, choice() === undefined ? '' : SAVED);
    for (const label of choices)
      patch(label, { class: judged && label === choices[right] ? 'prediction right' : 'prediction' });
    const colour = correct ? 'good' : 'warn';
    patch(verdict, { class: `sentence verdict ${colour}`, hidden: !verdictShows }, verdictShows && text);
  }
  draw();
  const element = h('fieldset', { class: 'predictions' }, h('legend', {}, 'What do you expect?'), choices, thanks);
  return { element, verdict, judge: () => ((judged = true), draw()) };
}

/** @param {Lesson} one @param {Lesson[]} course */
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
