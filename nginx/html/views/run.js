// One run, under the address that can be shared: its picture, its note and tags, and what can be done with it.

import { chip } from '../charts/swatch.js';
import { moment } from '../charts/time.js';
import { deleteRun } from '../core/api.js';
import { inOrder } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { settings, target, viewOf } from '../core/experiments.js';
import { isRefusal, reason } from '../core/requests.js';
import { confirmTwice } from '../ui/confirm.js';
import { noteEditor } from '../ui/note.js';
import { errorBox } from '../ui/notice.js';
import { showRun } from '../ui/show.js';

/** @param {import('../core/address.js').Visit} visit */
export async function view({ main, path: [, id], signal }) {
  const heading = h('h1', { tabindex: -1 }, 'Run');
  const lead = h('p', { class: 'lead' });
  const chips = h('p', {});
  const problem = h('p', { class: 'bad', role: 'alert' });
  const again = h('a', { class: 'button quiet', href: '#/race' }, 'Run again');
  const remove = h('button', { type: 'button', class: 'danger' }, 'Delete');
  const actions = h('p', { class: 'actions veiled' }, again, remove); // until there is something to act on
  const editor = noteEditor(id);
  const head = h('section', {}, h('div', { class: 'bar' }, heading, actions), lead, chips, problem);
  const notes = h('section', { 'aria-labelledby': 'notes' }, h('h2', { id: 'notes' }, 'Note and tags'), editor.element);
  const showNotes = () => notes.isConnected || main.append(notes); // after the picture, which would push it down
  const { element, done } = showRun(id, { signal, onChange: update, onDraw: showNotes, link: false });
  main.append(head, element);

  /** @param {import('../core/api.js').Version} version */
  function update(version) {
    const { run } = version;
    setText(heading, `${run.experiment} ${target(run)}`.trim());
    document.title = `${heading.textContent} · serverlab`;
    setText(
      lead,
      `${settings(run).join(' · ') || 'no parameters'}. Queued ${moment(run.created)}${run.finished ? `, finished ${moment(run.finished)}` : ''}.`,
    );
    chips.replaceChildren(...inOrder(run.contenders).map(chip));
    again.href = `#/${viewOf(run.experiment)}/${run.id}`;
    actions.classList.remove('veiled');
    editor.update(version);
  }

  confirmTwice(remove, () =>
    deleteRun(id).then(
      () => (location.hash = '#/runs'),
      (error) => setText(problem, `Not deleted: ${reason(error)}.`),
    ),
  );

  await done.catch((error) => {
    if (signal.aborted) return;
    if (!isRefusal(error)) throw error;
    main.replaceChildren(
      h('h1', { tabindex: -1 }, 'No such run'),
      errorBox('This run does not exist.', `${reason(error)}`, h('a', { href: '#/runs' }, 'All runs')),
    );
  });
}
