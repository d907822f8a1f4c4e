// A profile: a bar a contender by category, what the kernel counted beside it, and a flame graph of each.

import { inOrder } from '../core/catalog.js';
import { h } from '../core/dom.js';
import { callTree, collapsedStacks, compare, speedscope } from '../core/stacks.js';
import { save } from '../ui/export.js';
import { barsDrawing } from './bars.js';
import { CATEGORIES, categoryKey } from './categories.js';
import { flameGraph } from './flame.js';
import { frame } from './frame.js';
import { rowsOf, summaryBox } from './summary.js';
import { swatch } from './swatch.js';
import { detailsTable, tableOf } from './table.js';
import { busyDrawing, waitingList } from './waits.js';

/** @returns {import('./types.js').Picture} */
export function profilePicture() {
  const summary = summaryBox();
  const legend = h('ul', { class: 'legend' });
  const bars = h('div', { class: 'bars' });
  const choices = h('div', { class: 'choices tabs', role: 'group', 'aria-label': 'Flame graph of' });
  const against = h('select', {});
  const versus = h('label', { class: 'filter' }, 'Compared with ', against);
  const files = h('span', { class: 'exports' });
  const table = detailsTable('Repeats as a table');
  const graph = flameGraph(() => size.width());
  const busy = h('div', { class: 'bars' });
  const waits = h('div');
  const beside = h('details', { class: 'table' }, h('summary', {}, 'Busy workers, and what waits'), h('h2', {}, 'Busy workers, over the sampling'), busy, waits);
  const flames = h('div', {}, h('div', { class: 'bar filters' }, choices, versus, files), graph.element, beside);
  const element = h('figure', { class: 'picture profile' }, summary.element, legend, bars, flames, table.element);
  const size = frame(element, () => (drawBars(), drawBusy(), graph.redraw()));
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  let chosen = '';

  against.addEventListener('change', drawFlames);

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    summary.show(sources);
    drawBars();
    offer();
    drawFlames();
    table.set(() => tableOf(sources));
  }

  function drawBars() {
    const found = shown.flatMap(({ record, label }) =>
      inOrder(rowsOf(record).map(({ contender }) => contender)).map((name) => ({
        label: label ? `${name} (${label})` : name,
        row: rowsOf(record).find(({ contender }) => contender === name) ?? {},
      })),
    );
    const present = new Set(Object.keys(CATEGORIES).filter((name) => found.some(({ row }) => row[`${name}_us`])));
    legend.replaceChildren(
      ...categoryKey(present, stacksOf().length > 0),
      ...(found.length ? [h('li', {}, '│ counted by the kernel')] : []),
    );
    bars.replaceChildren(...(found.length ? [barsDrawing(found, size.width())] : []));
  }

  const stacksOf = () =>
    shown.flatMap(({ record, label }) => record.notices.stacks.map((/** @type {import('../core/stacks.js').Stacks} */ stacks) => ({ stacks, name: label ? `${stacks.contender} (${label})` : stacks.contender })));

  function offer() {
    const all = stacksOf();
    flames.hidden = !all.length;
    if (!all.some(({ name }) => name === chosen)) chosen = all[0]?.name ?? '';
    choices.replaceChildren(
      ...all.map(({ name, stacks }) =>
        h('button', { type: 'button', class: 'quiet', 'aria-pressed': String(name === chosen), onclick: () => ((chosen = name), offer(), drawFlames(), focusOn(name)) }, swatch(stacks.contender), name),
      ),
    );
    const others = all.filter(({ name }) => name !== chosen).map(({ name }) => name);
    const before = against.value;
    versus.hidden = !others.length;
    against.replaceChildren(h('option', { value: '' }, 'none'), ...others.map((name) => h('option', { value: name }, name)));
    against.value = others.includes(before) ? before : '';
    files.replaceChildren(
      file('Speedscope', () => new Blob([JSON.stringify(speedscope(all.map(({ stacks }) => stacks), runName()))], { type: 'application/json' }), () => `${runName()}.speedscope.json`),
      file('Collapsed', () => new Blob([collapsedStacks(selection())], { type: 'text/plain' }), () => `${runName()}-${selection().contender}.collapsed.txt`),
    );
  }

  /** @param {string} name */
  const focusOn = (name) => [...choices.querySelectorAll('button')].find(({ textContent }) => textContent === name)?.focus();
  /** @param {string} name @param {() => Blob} made @param {() => string} called */
  const file = (name, made, called) =>
    h('button', { type: 'button', class: 'small', 'aria-label': `Export stacks as ${name}`, onclick: () => save(made(), called()) }, name);
  const runName = () => `profile-${shown[0].record.run.id}`;
  const selection = () => stacksOf().filter(({ name }) => name === chosen)[0].stacks;

  function drawFlames() {
    if (!stacksOf().length) return;
    const tree = callTree(selection());
    const other = stacksOf().find(({ name }) => name === against.value);
    if (other) compare(tree, callTree(other.stacks));
    graph.show(tree, Boolean(other));
    drawBusy();
    const { waiting = [] } = selection();
    waits.replaceChildren(
      ...(waiting.length ? [h('h2', {}, 'asyncio tasks or greenlets, when most were waiting'), waitingList(waiting)] : []),
    );
  }

  function drawBusy() {
    busy.replaceChildren(...(stacksOf().length ? [busyDrawing(selection().busy, size.width())] : []));
  }

  const blocks = () => [
    ...summary.blocks(),
    { key: [...legend.children].filter((each) => each.querySelector('svg')) },
    ...[...bars.querySelectorAll('svg')].map((svg) => ({ svg })),
    ...(flames.hidden ? [] : [{ text: chosen }, { svg: graph.drawing }]),
  ];
  return { element, draw, blocks };
}
