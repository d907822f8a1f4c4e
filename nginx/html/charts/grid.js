// The feature matrix: contenders across, features down, a glyph a verdict; its evidence on focus, under the mouse or on a tap.

import { inOrder } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { featureOf, GROUPS, inGroups, VERDICTS, WAYS } from './features.js';
import { sheetOf } from './gridsheet.js';
import { swatch } from './swatch.js';
import { summaryBox } from './summary.js';

/** @typedef {{contender: string, feature: string, via: string, verdict: string, evidence: string}} Row */

/** @type {Record<string, [x: number, y: number]>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const CHOICE =
  'WebSocket on WSGI contenders: the 426 is this app’s choice. WSGI has no WebSocket, but an app can take over the socket from gunicorn’s gthread, gevent or eventlet worker, as simple-websocket does.';

export function gridPicture() {
  const summary = summaryBox();
  const ways = h('div', { class: 'choices tabs', role: 'group', 'aria-label': 'Route to contender' });
  const group = select('Features', ['all', ...Object.keys(GROUPS)]);
  const verdict = select('Show', ['all', 'differences', ...Object.keys(VERDICTS)]);
  const legend = h(
    'ul',
    { class: 'legend' },
    Object.entries(VERDICTS).map(([kind, [glyph, text]]) => h('li', { class: `verdict-${kind}` }, `${glyph} ${text}`)),
  );
  const place = h('div', { class: 'scroll grids' });
  const evidence = h('output', { class: 'evidence' });
  const element = h(
    'figure',
    { class: 'picture features', hidden: true },
    summary.element,
    h('div', { class: 'bar filters' }, ways, group.element, verdict.element),
    legend,
    place,
    evidence,
    h('p', { class: 'aside' }, CHOICE),
  );
  /** @type {import('./types.js').Source[]} */
  let shown = [];
  let way = '';

  for (const { input } of [group, verdict]) input.addEventListener('change', redraw);
  place.addEventListener('focusin', ({ target }) => {
    if (target instanceof HTMLElement) (setTabStop(target), showEvidence(target));
  });
  place.addEventListener('pointerover', ({ target }) => target instanceof Element && showEvidence(target));
  place.addEventListener('keydown', step);

  function redraw() {
    if (shown.length) draw(shown);
  }

  /** One cell is where Tab enters the grid: the last that had the focus. @param {HTMLElement} button */
  function setTabStop(button) {
    for (const each of place.querySelectorAll('button')) each.tabIndex = -1;
    button.tabIndex = 0;
  }

  /** @param {Element} target */
  function showEvidence(target) {
    const cell = target.closest('[data-evidence]');
    if (cell) setText(evidence, cell.getAttribute('data-evidence') ?? '');
  }

  /** The arrow keys go from cell to cell; Tab goes on behind the grid. @param {KeyboardEvent} event */
  function step(event) {
    const [x, y] = STEPS[event.key] ?? [];
    const cell = event.target instanceof Element && event.target.closest('td');
    const line = cell && cell.closest('tr');
    if (x === undefined || !line) return;
    event.preventDefault();
    const row = y < 0 ? line.previousElementSibling : y > 0 ? line.nextElementSibling : line;
    row?.children[cell.cellIndex + x]?.querySelector('button')?.focus();
  }

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    element.hidden = false;
    const present = Object.keys(WAYS).filter((each) => sources.some(({ record }) => record.rows.some(({ via }) => via === each)));
    if (!present.includes(way)) way = present[0] ?? 'direct';
    ways.replaceChildren(...present.map(wayButton));
    const focused = document.activeElement?.closest('td')?.dataset.cell;
    place.replaceChildren(...sources.map((source) => table(source)));
    const cell = place.querySelector(focused ? `[data-cell="${focused}"]` : 'td[data-cell]');
    const entry = cell?.querySelector('button');
    if (entry) entry.tabIndex = 0;
    if (focused) entry?.focus();
    if (!evidence.textContent) setText(evidence, 'Hover or focus a verdict (Tab, arrow keys) to see what was sent and received.');
    summary.show(sources);
  }

  /** @param {string} name */
  const wayButton = (name) =>
    h(
      'button',
      {
        type: 'button',
        class: 'quiet',
        'aria-pressed': String(name === way),
        'data-way': name,
        onclick: () => {
          way = name;
          redraw();
          [...ways.querySelectorAll('button')].find(({ dataset }) => dataset.way === name)?.focus();
        },
      },
      WAYS[name],
    );

  /** @param {import('./types.js').Source} source */
  function table({ record, label }) {
    const contenders = inOrder(record.run.contenders);
    const found = byFeature(record.rows, way);
    const all = inGroups([...found.keys()]).map((name) => ({ name, rows: found.get(name) ?? new Map() }));
    const features = all.filter(({ name, rows }) => matchesFilters(name, rows, contenders));
    return h(
      'table',
      { class: 'verdicts' },
      h('caption', {}, `${label ? `${label}: ` : ''}${WAYS[way] ?? way}`),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'feature'), contenders.map((name) => h('th', { scope: 'col' }, swatch(name), name)))),
      h('tbody', {}, features.map(({ name, rows }) => line(name, rows, contenders))),
      !features.length && h('tfoot', {}, h('tr', {}, h('td', { colspan: contenders.length + 1 }, record.rows.length ? 'No matching features.' : 'No results yet.'))),
    );
  }

  /** @param {string} name @param {Map<string, Row>} rows @param {string[]} contenders */
  function matchesFilters(name, rows, contenders) {
    if (group.input.value !== 'all' && featureOf(name).group !== group.input.value) return false;
    const verdicts = contenders.map((each) => rows.get(each)?.verdict);
    if (verdict.input.value === 'all') return true;
    if (verdict.input.value === 'differences') return new Set(verdicts.filter(Boolean)).size > 1;
    return verdicts.includes(verdict.input.value);
  }

  /** @param {string} name @param {Map<string, Row>} rows @param {string[]} contenders */
  const line = (name, rows, contenders) =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row', title: featureOf(name).meaning },
        featureOf(name).title,
        way !== 'direct' && featureOf(name).link && [' ', h('a', { href: featureOf(name).link }, 'nginx issue')],
      ),
      contenders.map((contender) => cell(name, rows.get(contender))),
    );

  /** @param {string} name @param {Row} [row] */
  function cell(name, row) {
    if (!row) return h('td', {}, '');
    const [glyph, text] = VERDICTS[row.verdict];
    const off = Object.hasOwn(VERDICTS, verdict.input.value) && verdict.input.value !== row.verdict;
    const sentence = `${row.contender}, ${featureOf(name).title}: ${text}. ${row.evidence}`;
    return h(
      'td',
      { 'data-cell': `${row.contender} ${name}` },
      h(
        'button',
        { type: 'button', class: `verdict verdict-${row.verdict}${off ? ' off' : ''}`, tabindex: -1, 'aria-label': sentence, 'data-evidence': sentence },
        glyph,
      ),
    );
  }

  const blocks = () => [...summary.blocks(), ...shown.flatMap(({ record, label }) => sheets(record, label))];
  /** @param {import('../core/record.js').Recording} record @param {string} label */
  const sheets = (record, label) =>
    Object.keys(WAYS)
      .filter((each) => record.rows.some(({ via }) => via === each))
      .flatMap((each) => [{ text: `${label ? `${label}: ` : ''}${WAYS[each]}` }, { svg: sheetOf(inOrder(record.run.contenders), byFeature(record.rows, each)) }]);
  return { element, draw, blocks };
}

/**
 * @returns {Map<string, Map<string, any>>} the row of each contender, by feature
 * @param {Row[]} rows
 * @param {string} way
 */
function byFeature(rows, way) {
  /** @type {Map<string, Map<string, Row>>} */
  const found = new Map();
  for (const row of rows.filter(({ via }) => via === way)) {
    if (!found.has(row.feature)) found.set(row.feature, new Map());
    found.get(row.feature)?.set(row.contender, row);
  }
  return found;
}

/** @param {string} label @param {string[]} values */
function select(label, values) {
  const input = h('select', {}, values.map((value) => h('option', { value }, value)));
  return { input, element: h('label', { class: 'filter' }, label, ' ', input) };
}
