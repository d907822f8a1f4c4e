// A run in the list of runs: what it is, its state, a box to compare it, and a button that deletes it.

import { chip } from '../charts/swatch.js';
import { moment } from '../charts/time.js';
import { deleteRun } from '../core/api.js';
import { inOrder } from '../core/catalog.js';
import { h, keyedChildren, patch } from '../core/dom.js';
import { summary } from '../core/experiments.js';
import { Problem, reason } from '../core/requests.js';
import { confirmTwice } from '../ui/confirm.js';

const NOT_FOUND = 404;

/** @typedef {import('../core/api.js').Run} Run */

/**
 * @param {Run} run
 * @param {{picked: Set<string>, isFull: () => boolean, onPick: () => void, onDelete: (run: Run) => void}} options
 *   `picked` are the ids of the runs to compare, `isFull` whether no more fit, `onPick` is called when they change
 */
export function runRow(run, { picked, isFull, onPick, onDelete }) {
  const name = `the ${run.experiment} of ${moment(run.created)}`;
  const box = h('input', { type: 'checkbox', checked: picked.has(run.id), 'aria-label': `Compare ${name}` });
  const note = h('span', { class: 'note' });
  const tags = h('span', { class: 'tags' });
  const tagLinks = keyedChildren(tags, String, (tag) => ({ element: tagLink(tag) }));
  const problem = h('span', { class: 'bad', role: 'alert' });
  const state = h('span', { class: 'state' });
  const remove = h('button', { type: 'button', class: 'small danger', 'aria-label': `Delete ${name}` }, 'Delete');
  const element = h(
    'li',
    { class: 'run-row', 'data-run': run.id },
    box,
    h(
      'div',
      { class: 'what' },
      h('a', { href: `#/runs/${run.id}` }, h('strong', {}, run.experiment), ` ${summary(run)}`),
      h('span', { class: 'chips' }, inOrder(run.contenders).map(chip)),
      note,
      tags,
      problem,
    ),
    state,
    h('time', { datetime: run.created }, moment(run.created)),
    remove,
  );
  box.addEventListener('change', () => {
    if (box.checked) picked.add(run.id);
    else picked.delete(run.id);
    onPick();
  });
  confirmTwice(remove, async () => {
    const error = await deleteRun(run.id).then(() => null, (error) => error);
    if (!error || (error instanceof Problem && error.status === NOT_FOUND)) onDelete(run);
    else patch(problem, {}, `Not deleted: ${reason(error)}.`);
  });

  /** What changes while a run goes on, and what others write. @param {Run} now */
  function update(now) {
    const words = now.state === 'running' ? `running, ${Math.round(now.progress * 100)} %` : now.state;
    patch(box, { disabled: now.state === 'queued' || (isFull() && !box.checked) });
    patch(note, { hidden: !now.note }, now.note);
    patch(tags, { hidden: !now.tags.length });
    tagLinks.update(now.tags);
    patch(state, { 'data-state': now.state }, words);
  }
  return { element, update };
}

/** @param {string} tag */
const tagLink = (tag) => h('a', { class: 'tag', href: `#/runs?tag=${encodeURIComponent(tag)}` }, tag);
