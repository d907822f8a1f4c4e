// Starts a run: examples, a choice of experiment where there are several, and its form.

import { createRun } from '../core/api.js';
import { h, setText } from '../core/dom.js';
import { experimentOf } from '../core/experiments.js';
import { Problem, reason, retry } from '../core/requests.js';
import { commandLine } from '../ui/command.js';
import { experimentForm } from '../ui/form.js';

/** @param {{view: string, words?: import('../ui/form.js').Words, offered: any[], requested: any, signal: AbortSignal, open: (id: string, fresh: boolean) => void}} options */
export function launcher({ view: name, words, offered, requested, signal, open }) {
  const place = h('div');
  const about = h('p', { class: 'aside', hidden: offered.length === 1 }); // a view of one has its lead
  let chosen = offered.find(({ name }) => name === requested.experiment) ?? offered[0];
  const stray = h(
    'p',
    { class: 'error', hidden: chosen.name === requested.experiment },
    `“${requested.experiment}” is not an experiment here; using ${chosen.title}.`,
  );
  const command = commandLine();
  let form;
  const tabs =
    offered.length > 1 &&
    h(
      'div',
      { class: 'choices tabs', role: 'group', 'aria-label': 'Experiment' },
      offered.map((each) =>
        h(
          'button',
          {
            type: 'button',
            class: 'quiet',
            'data-experiment': each.name,
            onclick: () => choose(each, {}, form.chosen()),
          },
          each.title,
        ),
      ),
    );
  const presets = offered.flatMap(({ name: experiment }) =>
    experimentOf(experiment).presets.map(([label, params]) =>
      h('a', { href: `#/${name}?${new URLSearchParams({ experiment, ...params })}` }, label),
    ),
  );

  function choose(experiment, params, contenders) {
    stray.hidden ||= experiment !== chosen;
    chosen = experiment;
    setText(about, experiment.description);
    for (const tab of tabs ? tabs.children : [])
      tab.setAttribute('aria-pressed', tab.dataset.experiment === experiment.name);
    form = experimentForm(experiment, { values: params, chosen: contenders, run, signal, words });
    command.hide();
    place.replaceChildren(form.element);
  }

  async function run({ params, contenders }) {
    const { script } = experimentOf(chosen.name);
    if (script) return command.show(script, chosen, params, contenders);
    form.busy(true);
    const key = crypto.randomUUID?.() ?? String(Math.random()); // randomUUID needs https or localhost
    try {
      const created = () => createRun({ experiment: chosen.name, params, contenders }, key);
      const trouble = (error) =>
        form.failed(error ? `The records service is unreachable (${reason(error)}); retrying.` : '');
      const { run: queued } = await retry(created, { signal, trouble });
      open(queued.id, true);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem) return form.refused(error);
      form.failed(`This page failed: ${reason(error)}.`);
      throw error; // into the console
    } finally {
      form.busy(false);
    }
  }

  choose(chosen, requested.params, requested.contenders);
  return {
    element: h(
      'div',
      { class: 'launcher' },
      h('nav', { class: 'presets', 'aria-label': 'Examples' }, h('span', { class: 'aside' }, 'Try'), presets),
      tabs,
      stray,
      about,
      place,
      command.element,
    ),
  };
}
