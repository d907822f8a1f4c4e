// The two slots of an A/B comparison: what runs in each, and the command that starts others. A page cannot start containers.

import { accent, swatch } from '../charts/swatch.js';
import { contenders, controlPrefix, isImage, isOptional, isSlot, settingOf } from '../core/catalog.js';
import { h, setText } from '../core/dom.js';
import { followHealth, health, isAbsent } from '../core/health.js';
import { readJson, reason, request } from '../core/requests.js';
import { copyButton } from './copy.js';
import { presetsPanel } from './presets.js';

/** @type {Record<string, string>} */
const EXAMPLE = { base: 'uvicorn', a: '', b: 'http=h11' };

/** @param {AbortSignal} signal */
export function slotsPanel(signal) {
  const slots = contenders().filter(isSlot).map((contender) => slot(contender, signal));
  const none = h('p', { hidden: true }, h('strong', {}, 'No slots are running.'), ' Start two in a terminal on the lab’s host, or compare any two contenders below.');
  const list = h('ul', { class: 'slots' }, slots.map(({ element }) => element));
  const command = composer();
  const update = () => {
    const absent = slots.map(({ refresh }) => refresh()).every((state) => state === 'down');
    none.hidden = !absent;
    list.hidden = absent;
  };
  followHealth(update, signal);
  return h('section', { class: 'slots-panel', 'aria-label': 'Slots' }, list, none, command.element, presetsPanel(signal));
}

/** @param {import('../core/catalog.js').Contender} contender @param {AbortSignal} signal */
function slot(contender, signal) {
  const text = h('span', {}, 'checking');
  let known = false; // again after each start
  const refresh = () => {
    const { state, text: what } = health(contender.name);
    if (state !== 'up') {
      known = false;
      setText(text, state === 'down' ? 'not started' : what);
    } else if (!known) {
      known = true;
      identify();
    }
    return state;
  };
  const identify = async () => {
    try {
      const used = await readJson(await request(`/${contender.name}/${controlPrefix(contender)}usage`, { signal }));
      setText(text, used.slot ? settingOf(used.slot) : 'unknown: started by other means than scripts/ab');
    } catch (error) {
      if (signal.aborted) return;
      known = false; // the next round tries again
      setText(text, `unknown (${reason(error)})`);
    }
  };
  const element = h('li', { class: accent(contender.name) }, swatch(contender.name), h('strong', {}, contender.name), text);
  return { element, refresh };
}

/** The command for a base and two lists of settings, as they are typed. */
function composer() {
  const bases = contenders().filter((each) => !isSlot(each) && !isImage(each) && !(isOptional(each) && isAbsent(each)));
  const base = h('select', { id: 'slot-base' }, bases.map(({ name }) => h('option', { value: name, selected: name === EXAMPLE.base }, name)));
  const [a, b] = ['a', 'b'].map((name) =>
    h('input', { id: `slot-${name}`, value: EXAMPLE[name], placeholder: 'as it is', spellcheck: false, autocomplete: 'off' }),
  );
  const code = h('code');
  const update = () => setText(code, commandOf(base.value, a.value, b.value));
  for (const input of [base, a, b]) input.addEventListener('input', update);
  update();
  /** @param {string} label @param {HTMLElement} input */
  const field = (label, input) => h('div', { class: 'field' }, h('label', { for: input.id }, label), input);
  const element = h(
    'details',
    { open: true },
    h('summary', {}, 'Start slots'),
    h('div', { class: 'form' }, field('Base', base), field('a differs in', a), field('b differs in', b)),
    h(
      'p',
      { class: 'aside' },
      'Separated by spaces: workers=4, cpus=1, memory=512M, env.NAME=value, an option by the server’s own name, or a version like gunicorn==25.3.0.',
    ),
    h('p', { class: 'command' }, code, copyButton(() => code.textContent)),
  );
  return { element };
}

/** For a shell: what is not plain stands in quotes. @param {string} text */
const quote = (text) => (/^[\w.,:/=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** @param {string} base @param {string} a @param {string} b */
export function commandOf(base, a, b) {
  /** @param {string} name @param {string} text */
  const settings = (name, text) => text.split(/\s+/).filter(Boolean).map((each) => `--${name} ${quote(each)}`);
  const both = [...settings('a', a), ...settings('b', b)];
  return ['scripts/ab', base, ...(both.length ? both : ['--same'])].join(' ');
}
