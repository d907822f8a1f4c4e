// The desk of an experiment: examples, a choice of experiment where there are several, and its form.

import { createRun, patiently, reason } from '../core/api.js';
import { h, say } from '../core/dom.js';
import { experimentForm } from '../ui/form.js';

/** @param {{view: string, presets: any[], offered: any[], order: any, signal: AbortSignal, open: (id: string, fresh: boolean) => void}} options */
export function orderDesk({ view: name, presets: examples, offered, order, signal, open }) {
  const place = h('div');
  const about = h('p', { class: 'aside', hidden: offered.length === 1 }); // a view of one has its lead
  let chosen = offered.find(({ name }) => name === order.experiment) ?? offered[0];
  const stray = h(
    'p',
    { class: 'error', hidden: chosen.name === order.experiment },
    `“${order.experiment}” is no experiment of this view; ${chosen.title} is chosen instead.`,
  );
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
  const presets = examples.map(([label, experiment, params]) =>
    h('a', { href: `#/${name}?${new URLSearchParams({ experiment, ...params })}` }, label),
  );

  function choose(experiment, params, contenders) {
    stray.hidden ||= experiment !== chosen;
    chosen = experiment;
    say(about, experiment.description);
    for (const tab of tabs ? tabs.children : [])
      tab.setAttribute('aria-pressed', tab.dataset.experiment === experiment.name);
    form = experimentForm(experiment, { values: params, chosen: contenders, run, signal });
    place.replaceChildren(form.element);
  }

  async function run({ params, contenders }) {
    form.busy(true);
    const key = crypto.randomUUID?.() ?? String(Math.random()); // randomUUID needs https or localhost
    try {
      const created = () => createRun({ experiment: chosen.name, params, contenders }, key);
      const trouble = (error) =>
        form.failed(error ? `The REST service does not answer (${reason(error)}); trying again.` : '');
      const { run: queued } = await patiently(created, { signal, trouble });
      open(queued.id, true);
    } catch (error) {
      if (!signal.aborted) form.refused(error);
    } finally {
      form.busy(false);
    }
  }

  choose(chosen, order.params, order.contenders);
  return {
    element: h(
      'div',
      { class: 'desk' },
      h('nav', { class: 'presets', 'aria-label': 'Examples' }, h('span', { class: 'aside' }, 'Try'), presets),
      tabs,
      stray,
      about,
      place,
    ),
  };
}
