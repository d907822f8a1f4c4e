// Markdown as elements: marked reads it, and what it found is built without markup in strings.

import { h } from '../core/dom.js';
import { marked } from '/lib/marked/marked.esm.js';

/** @typedef {import('/lib/marked/marked.esm.js').MarkedToken} Token */

/** What this page draws; a list's items come as a type of their own. @param {string} text */
const parse = (text) => /** @type {Token[]} */ (marked.lexer(text));

/** @param {string} text @returns {Node[]} */
export const markdown = (text) => parse(text).flatMap(block);

/** The entries of the first list, each as what it is made of. @param {string} text @returns {Node[][]} */
export const entries = (text) =>
  parse(text)
    .flatMap((token) => (token.type === 'list' ? [token] : []))[0]
    .items.map((item) => inline(item.tokens));

/** What stands before the first list. @param {string} text */
export const before = (text) =>
  parse(text)
    .filter(({ type }) => type !== 'list')
    .flatMap(block);

/** @param {Token} token @returns {Node[]} */
function block(token) {
  switch (token.type) {
    case 'space':
      return [];
    case 'heading':
      return [h(HEADINGS[token.depth - 1], {}, inline(token.tokens))];
    case 'paragraph':
      return [h('p', {}, inline(token.tokens))];
    case 'code':
      return [h('pre', { class: 'code', tabindex: 0 }, h('code', {}, token.text))];
    case 'table':
      return [table(token)];
    case 'list':
      return [h(token.ordered ? 'ol' : 'ul', {}, token.items.map((item) => h('li', {}, inline(item.tokens))))];
    default:
      throw new Error(`a lesson uses Markdown that this page does not draw: ${token.type} (${token.raw.slice(0, 40)})`);
  }
}

/** @type {('h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6')[]} */
const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

/** @param {import('/lib/marked/marked.esm.js').Tokens.Table} token */
function table({ header, rows }) {
  const head = header.map(({ tokens }) => h('th', { scope: 'col' }, inline(tokens)));
  const body = rows.map((row) => h('tr', {}, row.map(({ tokens }) => h('td', {}, inline(tokens)))));
  return h('table', {}, h('thead', {}, h('tr', {}, head)), h('tbody', {}, body));
}

/** @param {import('/lib/marked/marked.esm.js').Token[]} tokens @returns {Node[]} */
const inline = (tokens) => /** @type {Token[]} */ (tokens).flatMap(piece);

/** @param {Token} token @returns {Node[]} */
function piece(token) {
  switch (token.type) {
    case 'text':
      return 'tokens' in token && token.tokens ? inline(token.tokens) : [plain(token.text)];
    case 'escape':
      return [plain(token.text)];
    case 'strong':
    case 'em':
      return [h(token.type, {}, inline(token.tokens))];
    case 'codespan':
      return [h('code', {}, plain(token.text))];
    case 'link':
      return [link(token)];
    default:
      return block(token); // in an entry of a list
  }
}

/**
 * A file of the checkout has no address here: its name is what helps.
 * @param {import('/lib/marked/marked.esm.js').Tokens.Link} token
 */
const link = ({ href, tokens }) =>
  /^https?:/.test(href)
    ? h('a', { href, rel: 'noopener noreferrer', target: '_blank' }, inline(tokens))
    : h('span', { class: 'file' }, inline(tokens));

/** @type {Record<string, string>} */
const ENTITIES = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };

/** @param {string} text */
const plain = (text) =>
  document.createTextNode(text.replace(/&(?:lt|gt|quot|#39|amp);/g, (each) => ENTITIES[each]));
