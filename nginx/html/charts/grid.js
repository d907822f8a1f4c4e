// The feature matrix: contenders across, features down, a glyph a verdict; its evidence on focus, under the mouse or on a tap.

import { inOrder } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { featureOf, GROUPS, inGroups, VERDICTS, WAYS } from './features.js';
import { sheetOf } from './gridsheet.js';
import { swatch } from './swatch.js';
import { summaryBox } from './summary.js';

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
    { class: 'picture speaks', hidden: true },
    summary.element,
    h('div', { class: 'bar filters' }, ways, group.element, verdict.element),
    legend,
    place,
    evidence,
    h('p', { class: 'aside' }, CHOICE),
  );
  let shown = [];
  let way = '';

  for (const { input } of [group, verdict]) input.addEventListener('change', redraw);
  place.addEventListener('focusin', ({ target }) => (rove(target), tell(target)));
  place.addEventListener('pointerover', ({ target }) => tell(target));
  place.addEventListener('keydown', step);

  function redraw() {
    if (shown.length) draw(shown);
  }

  /** One cell is where Tab enters the grid: the last that had the focus. */
  function rove(button) {
    for (const each of place.querySelectorAll("button[tabindex='0']")) each.tabIndex = -1;
    button.tabIndex = 0;
  }

  function tell(target) {
    const cell = target.closest?.('[data-evidence]');
    if (cell) setText(evidence, cell.dataset.evidence);
  }

  /** The arrow keys go from cell to cell; Tab goes on behind the grid. */
  function step(event) {
    const [x, y] = STEPS[event.key] ?? [];
    const cell = event.target.closest('td');
    if (x === undefined || !cell) return;
    event.preventDefault();
    const row = y ? (y < 0 ? cell.parentElement.previousElementSibling : cell.parentElement.nextElementSibling) : cell.parentElement;
    const next = row?.cells[cell.cellIndex + x]?.querySelector('button');
    if (!next) return;
    next.focus();
  }

  /** @param {import('./types.js').Source[]} sources */
  function draw(sources) {
    shown = sources;
    element.hidden = false;
    const present = Object.keys(WAYS).filter((each) => sources.some(({ record }) => record.rows.some(({ via }) => via === each)));
    if (!present.includes(way)) way = present[0] ?? 'direct';
    ways.replaceChildren(...present.map(wayButton));
    const held = document.activeElement?.closest?.('td')?.dataset.cell;
    place.replaceChildren(...sources.map((source) => table(source)));
    const first = place.querySelector(held ? `[data-cell="${held}"] button` : 'td button');
    if (first) first.tabIndex = 0;
    if (held) first?.focus();
    if (!evidence.textContent) setText(evidence, 'Hover or focus a verdict (Tab, arrow keys) to see what was sent and received.');
    summary.show(sources);
  }

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
          ways.querySelector(`[data-way=${name}]`)?.focus();
        },
      },
      WAYS[name],
    );

  function table({ record, label }) {
    const contenders = inOrder(record.run.contenders);
    const found = byFeature(record.rows, way);
    const features = inGroups([...found.keys()]).filter((name) => wanted(name, found.get(name), contenders));
    return h(
      'table',
      { class: 'verdicts' },
      h('caption', {}, `${label ? `${label}: ` : ''}${WAYS[way] ?? way}`),
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'feature'), contenders.map((name) => h('th', { scope: 'col' }, swatch(name), name)))),
      h('tbody', {}, features.map((name) => line(name, found.get(name), contenders))),
      !features.length && h('tfoot', {}, h('tr', {}, h('td', { colspan: contenders.length + 1 }, record.rows.length ? 'No matching features.' : 'No results yet.'))),
    );
  }

  function wanted(name, rows, contenders) {
    if (group.input.value !== 'all' && featureOf(name).group !== group.input.value) return false;
    const verdicts = contenders.map((each) => rows.get(each)?.verdict);
    if (verdict.input.value === 'all') return true;
    if (verdict.input.value === 'differences') return new Set(verdicts.filter(Boolean)).size > 1;
    return verdicts.includes(verdict.input.value);
  }

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
  const sheets = (record, label) =>
    Object.keys(WAYS)
      .filter((each) => record.rows.some(({ via }) => via === each))
      .flatMap((each) => [{ text: `${label ? `${label}: ` : ''}${WAYS[each]}` }, { svg: sheetOf(inOrder(record.run.contenders), byFeature(record.rows, each)) }]);
  return { element, draw, blocks };
}

/** @returns {Map<string, Map<string, any>>} the row of each contender, by feature */
function byFeature(rows, way) {
  const found = new Map();
  for (const row of rows.filter(({ via }) => via === way)) {
    if (!found.has(row.feature)) found.set(row.feature, new Map());
    found.get(row.feature).set(row.contender, row);
  }
  return found;
}

function select(label, values) {
  const input = h('select', {}, values.map((value) => h('option', { value }, value)));
  return { input, element: h('label', { class: 'filter' }, label, ' ', input) };
}
