// One run, under the address that can be shared: its picture, what was written about it, and what can be done with it.

import { deleteRun, passes, reason } from '../core/api.js';
import { chip, inOrder } from '../core/catalog.js';
import { h, say } from '../core/dom.js';
import { takesWorkload, viewOf } from '../core/kinds.js';
import { noteEditor } from '../ui/note.js';
import { dead } from '../ui/notice.js';
import { moment } from '../charts/time.js';
import { showRun } from '../ui/show.js';
import { confirmed, settings } from './runs.js';

/** @param {import('../app.js').Visit} visit */
export async function view({ main, path: [, id], signal }) {
  const heading = h('h1', { tabindex: -1 }, 'Run');
  const about = h('p', { class: 'lead' });
  const who = h('p', {});
  const problem = h('p', { class: 'bad', role: 'alert' });
  const again = h('a', { class: 'button quiet', href: '#/race' }, 'Run it again');
  const remove = h('button', { type: 'button', class: 'danger' }, 'Delete');
  const editor = noteEditor(id);
  const head = h(
    'section',
    {},
    h('div', { class: 'bar' }, heading, h('p', { class: 'actions' }, again, remove)),
    about,
    who,
    problem,
  );
  const words = h('section', { 'aria-labelledby': 'words' }, h('h2', { id: 'words' }, 'Note and tags'), editor.element);
  const below = () => words.isConnected || main.append(words); // after the picture, which would push it down
  const { element, done } = showRun(id, { signal, changed, drawn: below, link: false });
  main.append(head, element);

  function changed(version) {
    const { run } = version;
    say(heading, takesWorkload(run.experiment) ? `${run.experiment} /${run.params.workload}` : run.experiment);
    document.title = `${heading.textContent} · serverlab`;
    say(
      about,
      `${settings(run).join(' · ') || 'no parameters'}. Queued ${moment(run.created)}${run.finished ? `, finished ${moment(run.finished)}` : ''}.`,
    );
    who.replaceChildren(...inOrder(run.contenders).map(chip));
    again.href = `#/${viewOf(run.experiment)}/${run.id}`;
    editor.know(version);
  }

  confirmed(remove, () =>
    deleteRun(id).then(
      () => (location.hash = '#/runs'),
      (error) => say(problem, `It was not deleted: ${reason(error)}.`),
    ),
  );

  await done.catch((error) => {
    if (signal.aborted) return;
    if (passes(error)) throw error;
    main.replaceChildren(
      h('h1', { tabindex: -1 }, 'No such run'),
      dead('This run is not kept here.', `${reason(error)}`, h('a', { href: '#/runs' }, 'All runs')),
    );
  });
}
