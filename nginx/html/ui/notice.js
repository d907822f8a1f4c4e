// A box with what is wrong and what helps. It stays in the page, so that a screen reader notices when it changes.

import { h, setText } from '../core/dom.js';
import { Problem, reason } from '../core/requests.js';

/**
 * @returns {{element: HTMLElement, show: (title: string, detail?: string, command?: string) => void,
 *   trouble: (error: ?Error) => void, hide: () => void}}
 */
export function notice() {
  const strong = h('strong'),
    detail = h('span'),
    code = h('code');
  const command = h('p', { class: 'command', hidden: true }, code);
  const element = h('div', { class: 'notice', role: 'status', hidden: true }, h('p', {}, strong, ' ', detail), command);
  /** @param {string} title @param {string} text @param {string} run */
  const show = (title, text = '', run = '') => {
    setText(strong, title);
    setText(detail, text);
    setText(code, run);
    command.hidden = !run;
    element.hidden = false;
  };
  const hide = () => {
    element.hidden = true;
    setText(strong, '');
    setText(detail, '');
  };
  /** @param {?Error} error */
  const trouble = (error) =>
    error
      ? show(
          'The records service is unreachable.',
          `It may be restarting (${error instanceof Problem ? error.status : reason(error)}). Retrying automatically.`,
          'docker compose up -d records',
        )
      : hide();
  return { element, show, hide, trouble };
}

/**
 * For several tasks that share one notice: the success of one does not hide the failure of another.
 * @param {(error: ?Error) => void} trouble
 * @returns {() => (error: ?Error) => void}  a `trouble` for each task
 */
export function sharedTrouble(trouble) {
  const failing = new Map();
  return () => {
    const task = Symbol();
    /** @param {?Error} error */
    return (error) => {
      failing.set(task, error);
      trouble([...failing.values()].find(Boolean) ?? null);
    };
  };
}

/**
 * A failure that waiting does not mend, as the whole of a view.
 * @param {string} title
 * @param {string} detail
 * @param {...Element} links
 */
export const errorBox = (title, detail, ...links) =>
  h(
    'div',
    { class: 'notice bad', role: 'alert' },
    h('p', {}, h('strong', {}, title), ' ', detail),
    links.length ? h('p', {}, links) : null,
  );
