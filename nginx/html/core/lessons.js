// The course: services/lessons/*.md, each with a few facts before it and sections of a fixed order.

import { readJson, request } from './requests.js';

const FOLDER = '/lessons/';
const SECTIONS = ['Predict', 'Run', 'What happens', 'Why', 'In your own service', 'Go on'];

/**
 * @typedef {{experiment: string, contenders: string[], params: Record<string, any>}} Preset
 * @typedef {{name: string, number: number, title: string, minutes: number, answer: number, builds_on: string[], runs: Preset[],
 *   question: string, switches?: Record<string, string>[], preset?: string,
 *   intro: string, sections: Record<string, string>}} Lesson
 */

/** In their order. @returns {Promise<Lesson[]>} */
export async function lessons({ signal }) {
  const listed = await readJson(await request(FOLDER, { signal }));
  const files = listed.map(({ name }) => name).filter((name) => /^\d+-.*\.md$/.test(name)).sort();
  return Promise.all(
    files.map(async (file) => parsed(file, await (await request(FOLDER + encodeURIComponent(file), { signal })).text())),
  );
}

/** The words of the course, as Markdown. */
export async function words({ signal }) {
  const text = await (await request(`${FOLDER}README.md`, { signal })).text();
  return text.split(/^## /m).find((section) => section.startsWith('Words\n')).slice('Words'.length);
}

function parsed(file, text) {
  const [, front, body] = text.match(/^---\n([\s\S]*?)\n---\n([\s\S]*)$/);
  const facts = Object.fromEntries(
    front.split('\n').map((line) => {
      const [, key, value] = line.match(/^(\w+): (.*)$/);
      return [key, JSON.parse(value)]; // which is YAML, too
    }),
  );
  const [first, ...rest] = body.split(/^## /m);
  const [, number, name] = file.match(/^(\d+)-(.*)\.md$/);
  return {
    ...facts,
    name,
    number: Number(number),
    question: first.match(/^\*\*(.*\?)\*\*$/m)?.[1] ?? '',
    intro: first.replace(/^# .*\n/m, ''),
    sections: Object.fromEntries(
      rest.map((section) => {
        const title = SECTIONS.find((each) => section.startsWith(`${each}\n`));
        return [title, section.slice(title.length).trim()];
      }),
    ),
  };
}

// --- what this browser remembers ------------------------------------------------------------------

const KEY = 'serverlab.course';

/** @returns {{lessons: Record<string, {choice?: number, run?: string[], seen?: boolean}>, teach?: boolean}} */
export function progress() {
  try {
    return { lessons: {}, ...JSON.parse(localStorage.getItem(KEY) ?? '{}') };
  } catch {
    return { lessons: {} }; // somebody else wrote there, or there is no storage
  }
}

export function remember(change) {
  const now = progress();
  change(now);
  try {
    localStorage.setItem(KEY, JSON.stringify(now));
  } catch {
    // a browser that keeps nothing: the course works, and begins anew with each page
  }
}

export const remembered = (name) => progress().lessons[name] ?? {};
export const rememberOf = (name, facts) =>
  remember((all) => (all.lessons[name] = { ...(all.lessons[name] ?? {}), ...facts }));
