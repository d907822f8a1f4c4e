// A profile: a bar a contender by category, what the kernel counted beside it, and a flame graph of each.

import { inOrder } from '../core/catalog.js';
import { h } from '../core/dom.js';
import { callTree, collapsed, compare, speedscope } from '../core/stacks.js';
import { save } from '../ui/export.js';
import { barsDrawing } from './bars.js';
import { CATEGORIES, categoryKey } from './categories.js';
import { flameGraph } from './flame.js';
import { frame } from './frame.js';
import { rowsOf, summaryBox } from './summary.js';
import { swatch } from './swatch.js';
import { foldedTable, tableOf } from './table.js';
import { busyDrawing, waitingList } from './waits.js';

export function profilePicture() {
  const summary = summaryBox();
  const legend = h('ul', { class: 'legend' });
  const bars = h('div', { class: 'bars' });
  const choices = h('div', { class: 'choices tabs', role: 'group', 'aria-label': 'Flame graph of' });
  const against = h('select', {});
  const versus = h('label', { class: 'filter' }, 'Compared with ', against);
  const files = h('span', { class: 'exports' });
  const table = foldedTable('Repeats as a table');
  const graph = flameGraph(() => size.width());
  const busy = h('div', { class: 'bars' });
  const waits = h('div');
  const beside = h('details', { class: 'table' }, h('summary', {}, 'Busy workers, and tasks that wait'), h('h2', {}, 'Busy workers, over the sampling'), busy, waits);
  const flames = h('div', {}, h('div', { class: 'bar filters' }, choices, versus, files), graph.element, beside);
  const element = h('figure', { class: 'picture profile' }, summary.element, legend, bars, flames, table.element);
  const size = frame(element, () => (drawBars(), drawBusy(), graph.redraw()));
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
        row: rowsOf(record).find(({ contender }) => contender === name),
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
    shown.flatMap(({ record, label }) => record.notices.stacks.map((stacks) => ({ stacks, name: label ? `${stacks.contender} (${label})` : stacks.contender })));

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
      file('Collapsed', () => new Blob([collapsed(selected())], { type: 'text/plain' }), () => `${runName()}-${selected().contender}.collapsed.txt`),
    );
  }

  const focusOn = (name) => [...choices.children].find(({ textContent }) => textContent === name)?.focus();
  const file = (name, made, called) =>
    h('button', { type: 'button', class: 'small', 'aria-label': `Export stacks as ${name}`, onclick: () => save(made(), called()) }, name);
  const runName = () => `profile-${shown[0].record.run.id}`;
  const selected = () => stacksOf().find(({ name }) => name === chosen).stacks;

  function drawFlames() {
    if (!stacksOf().length) return;
    const tree = callTree(selected());
    const other = stacksOf().find(({ name }) => name === against.value);
    if (other) compare(tree, callTree(other.stacks));
    graph.show(tree, Boolean(other));
    drawBusy();
    const { waiting = [] } = selected();
    waits.replaceChildren(
      ...(waiting.length ? [h('h2', {}, 'asyncio tasks when there were most of them'), waitingList(waiting)] : []),
    );
  }

  function drawBusy() {
    busy.replaceChildren(...(stacksOf().length ? [busyDrawing(selected().busy, size.width())] : []));
  }

  const blocks = () => [
    ...summary.blocks(),
    { key: [...legend.children].filter((each) => each.querySelector('svg')) },
    ...[...bars.children].map((svg) => ({ svg })),
    ...(flames.hidden ? [] : [{ text: chosen }, { svg: graph.drawing }]),
  ];
  return { element, draw, blocks };
}
