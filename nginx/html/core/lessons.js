// The course: services/lessons/*.md, each with a few facts before it and sections of a fixed order.

import { readJson, request } from './requests.js';

const FOLDER = '/lessons/';
const SECTIONS = ['Predict', 'Run', 'What happens', 'Why', 'In your own service', 'Go on'];

/**
 * @typedef {{experiment: string, contenders: string[], params: Record<string, any>}} Preset
 * @typedef {{name: string, number: number, title: string, minutes: number, answer: number, builds_on: string[], runs: Preset[],
 *   question: string, switches?: Record<string, string>[], preset?: string[], script?: string,
 *   observe?: string,
 *   intro: string, sections: Record<string, string>}} Lesson
 */

/**
 * What this browser remembers of a lesson, and of the course.
 * @typedef {{choice?: number, run?: string[], seen?: boolean}} LessonProgress
 * @typedef {{lessons: Record<string, LessonProgress>, teach?: boolean}} Progress
 */

/** In their order. @param {{signal: AbortSignal}} options */
export async function lessons({ signal }) {
  /** @type {{name: string}[]} */
  const listed = await readJson(await request(FOLDER, { signal }));
  const files = listed.map(({ name }) => name).filter((name) => /^\d+-.*\.md$/.test(name)).sort();
  /** @param {string} file */
  const read = async (file) => (await request(FOLDER + encodeURIComponent(file), { signal })).text();
  return Promise.all(files.map(async (file) => parseLesson(file, await read(file))));
}

/** The words of the course, as Markdown. @param {{signal: AbortSignal}} options */
export async function loadTerms({ signal }) {
  const text = await (await request(`${FOLDER}README.md`, { signal })).text();
  const section = text.split(/^## /m).find((each) => each.startsWith('Words\n'));
  return section?.slice('Words'.length) ?? '';
}

/** @param {string} file @param {string} text @returns {Lesson} */
function parseLesson(file, text) {
  const [, front, body] = capture(text, /^---\n([\s\S]*?)\n---\n([\s\S]*)$/);
  const facts = front.split('\n').map((line) => {
    const [, key, value] = capture(line, /^(\w+): (.*)$/);
    return [key, JSON.parse(value)]; // which is YAML, too
  });
  const [first, ...rest] = body.split(/^## /m);
  const [, number, name] = capture(file, /^(\d+)-(.*)\.md$/);
  return {
    ...Object.fromEntries(facts),
    name,
    number: Number(number),
    question: first.match(/^\*\*(.*\?)\*\*$/m)?.[1] ?? '',
    intro: first.replace(/^# .*\n/m, ''),
    sections: Object.fromEntries(
      rest.map((section) => {
        const title = SECTIONS.find((each) => section.startsWith(`${each}\n`)) ?? '';
        return [title, section.slice(title.length).trim()];
      }),
    ),
  };
}

/** @param {string} text @param {RegExp} pattern */
function capture(text, pattern) {
  const found = text.match(pattern);
  if (!found) throw new Error(`a lesson is not laid out as services/lessons/README.md has it: ${text.slice(0, 40)}`);
  return found;
}

// --- what this browser remembers ------------------------------------------------------------------

const KEY = 'serverlab.course';

/** @returns {Progress} */
export function progress() {
  try {
    return { lessons: {}, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return { lessons: {} }; // another page has written there, or there is no storage
  }
}

/** @param {(progress: Progress) => void} change */
export function updateProgress(change) {
  const now = progress();
  change(now);
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // a browser that keeps nothing: the course works, and begins anew with each page
  }
}

/** @param {string} name */
export const lessonProgress = (name) => progress().lessons[name] ?? {};
/** @param {string} name @param {LessonProgress} facts */
export const saveLessonProgress = (name, facts) =>
  updateProgress((all) => (all.lessons[name] = { ...(all.lessons[name] ?? {}), ...facts }));
