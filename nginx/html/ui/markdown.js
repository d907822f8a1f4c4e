// Markdown as elements: marked reads it, and what it found is built without markup in strings.

import { h } from '../core/dom.js';
import { marked } from '../lib/marked/marked.esm.js';

/** @param {string} text @returns {Node[]} */
export const markdown = (text) => marked.lexer(text).flatMap(block);

/** The entries of the first list, each as what it is made of. @returns {Node[][]} */
export const entries = (text) =>
  marked.lexer(text).find(({ type }) => type === 'list').items.map((item) => inline(item.tokens));

/** What stands before the first list. */
export const before = (text) =>
  marked
    .lexer(text)
    .filter(({ type }) => type !== 'list')
    .flatMap(block);

const BLOCKS = {
  space: () => [],
  heading: ({ tokens, depth }) => [h(`h${depth}`, {}, inline(tokens))],
  paragraph: ({ tokens }) => [h('p', {}, inline(tokens))],
  code: ({ text }) => [h('pre', { class: 'code', tabindex: 0 }, h('code', {}, text))],
  table: ({ header, rows }) => [
    h(
      'table',
      {},
      h('thead', {}, h('tr', {}, header.map(({ tokens }) => h('th', { scope: 'col' }, inline(tokens))))),
      h('tbody', {}, rows.map((row) => h('tr', {}, row.map(({ tokens }) => h('td', {}, inline(tokens)))))),
    ),
  ],
  list: ({ items, ordered }) => [
    h(ordered ? 'ol' : 'ul', {}, items.map((item) => h('li', {}, inline(item.tokens)))),
  ],
};

const INLINES = {
  text: (token) => (token.tokens ? inline(token.tokens) : [plain(token.text)]),
  escape: ({ text }) => [plain(text)],
  strong: ({ tokens }) => [h('strong', {}, inline(tokens))],
  em: ({ tokens }) => [h('em', {}, inline(tokens))],
  codespan: ({ text }) => [h('code', {}, plain(text))],
  // A file of the checkout has no address here: its name is what helps.
  link: ({ href, tokens }) =>
    /^https?:/.test(href)
      ? [h('a', { href, rel: 'noopener noreferrer', target: '_blank' }, inline(tokens))]
      : [h('span', { class: 'file' }, inline(tokens))],
};

const block = (token) => (BLOCKS[token.type] ?? unknown)(token);
const inline = (tokens) => tokens.flatMap((token) => (INLINES[token.type] ?? BLOCKS[token.type] ?? unknown)(token));
const plain = (text) => document.createTextNode(text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&'));
const unknown = ({ type, raw }) => {
  throw new Error(`a lesson uses Markdown that this page does not draw: ${type} (${raw.slice(0, 40)})`);
};
