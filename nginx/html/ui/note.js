// The note and the tags of a run, which several people may edit: nothing is overwritten without a confirmation.

import { patchRun, readRun } from '../core/api.js';
import { h, setText, whileDisabled } from '../core/dom.js';
import { isTransient, Problem, reason } from '../core/requests.js';
import { setError } from './fields.js';
import { formatTags, parseTags } from './tags.js';

/** @typedef {{note: string, tags: string[]}} Words */

/** @param {Words} words */
const words = ({ note, tags }) => ({ note, tags });
/** @param {Words} one @param {Words} other */
const same = (one, other) => JSON.stringify(words(one)) === JSON.stringify(words(other));

/** @param {string} id */
export function noteEditor(id) {
  const note = h('textarea', {
    id: 'note',
    rows: 2,
    maxlength: 2000,
    placeholder: 'What changed in this run?',
    'aria-describedby': 'note-error',
  });
  const tags = h('input', { id: 'tags', type: 'text', 'aria-describedby': 'tags-hint tags-error' });
  const status = h('p', { class: 'saved', role: 'status' });
  const error = h('p', { class: 'error', role: 'alert', hidden: true });
  const fields = {
    note: { input: note, error: h('p', { class: 'error', id: 'note-error', hidden: true }) },
    tags: { input: tags, error: h('p', { class: 'error', id: 'tags-error', hidden: true }) },
  };
  const save = h('button', { class: 'quiet' }, 'Save');
  const conflict = h('div', { class: 'notice bad', role: 'alert', hidden: true });
  const element = h(
    'form',
    { class: 'form note-form', 'aria-label': 'Note and tags' },
    h('div', { class: 'field grow' }, h('label', { for: 'note' }, 'Note'), note, fields.note.error),
    h(
      'div',
      { class: 'field' },
      h('label', { for: 'tags' }, 'Tags'),
      tags,
      h('span', { class: 'hint', id: 'tags-hint' }, 'comma-separated; "quote" a tag with a comma'),
      fields.tags.error,
    ),
    h('div', { class: 'field go' }, save, status),
    error,
    conflict,
  );

  /** @type {import('../core/api.js').Version} */
  let base;
  const controls = [note, tags, save];
  for (const each of controls) each.disabled = true; // until it is known what would be written over
  const draft = () => ({ note: note.value, tags: parseTags(tags.value) });
  /** @param {Words} from */
  const write = (from) => ([note.value, tags.value] = [from.note, formatTags(from.tags)]);

  /** A new version of the run; what is being typed stays. @param {import('../core/api.js').Version} version */
  function update(version) {
    const untouched = !base || same(draft(), base.run);
    if (!base || same(base.run, version.run) || untouched) base = version; // else the next save finds the conflict
    if (untouched) write(version.run);
    for (const each of controls) each.disabled = false;
  }

  /** @param {Words} mine @param {string} etag @returns {Promise<void>} */
  async function store(mine, etag) {
    try {
      base = await patchRun(id, etag, mine);
      write(base.run);
      setText(status, 'Saved.');
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 412) return resolveConflict(mine);
      if (isTransient(problem)) return fail(`${reason(problem)}. Your text is kept; save again.`);
      if (!(problem instanceof Problem && showRefusal(problem, mine))) fail(`${reason(problem)}.`);
    }
  }

  /** @param {string} text */
  function fail(text) {
    error.hidden = false;
    setText(error, `Not saved: ${text}`);
  }

  /**
   * Shows each mistake at its field; returns whether every one had a field.
   * @param {Problem} problem
   * @param {Words} mine
   */
  function showRefusal({ errors = [] }, mine) {
    const placed = errors.map(({ pointer, detail }) => {
      const [, name, place] = pointer.split('/');
      const field = name === 'note' || name === 'tags' ? fields[name] : null;
      if (!field) return null;
      const tag = place === undefined ? '' : `“${shorten(mine.tags[Number(place)])}”: `;
      setError(field, `${tag}${withoutValue(detail)}.`);
      return field;
    });
    placed.find(Boolean)?.input.focus();
    return placed.length > 0 && placed.every(Boolean);
  }

  /**
   * The progress of a run changes its version too: only where the words have changed is there a conflict.
   * @param {Words} mine
   */
  async function resolveConflict(mine) {
    const theirs = await readRun(id);
    if (same(theirs.run, base.run)) return store(mine, theirs.etag);
    const close = () => conflict.replaceChildren((conflict.hidden = true) && '');
    const take = () => ((base = theirs), write(theirs.run), close(), setText(status, 'Kept theirs.'), note.focus());
    const overwrite = () => (close(), store(mine, theirs.etag), note.focus());
    conflict.replaceChildren(
      h('p', {}, h('strong', {}, 'Changed elsewhere since you opened it.'), ' Not saved yet.'),
      h(
        'dl',
        { class: 'facts' },
        h('div', {}, h('dt', {}, 'Theirs'), h('dd', {}, wordsOf(theirs.run))),
        h('div', {}, h('dt', {}, 'Yours'), h('dd', {}, wordsOf(mine))),
      ),
      h(
        'p',
        { class: 'actions' },
        h('button', { type: 'button', class: 'quiet', onclick: take }, 'Keep theirs'),
        h('button', { type: 'button', onclick: overwrite }, 'Keep yours'),
      ),
    );
    conflict.hidden = false;
  }

  element.addEventListener('submit', async (event) => {
    event.preventDefault();
    error.hidden = true;
    for (const field of Object.values(fields)) setError(field, '');
    setText(status, '');
    await whileDisabled(save, () => store(draft(), base.etag)).catch((failed) => fail(`${reason(failed)}.`));
  });
  return { element, update };
}

/** @param {Words} words */
const wordsOf = ({ note, tags }) => `${note || '(no note)'}${tags.length ? ` — tags: ${tags.join(', ')}` : ''}`;

/** @param {string} text @param {number} max */
const shorten = (text, max = 24) => (text.length > max ? `${text.slice(0, max)}…` : text);

/** Without what was given, which stands in the field. @param {string} detail */
const withoutValue = (detail) => detail.replace(/; got .*$/s, '');
