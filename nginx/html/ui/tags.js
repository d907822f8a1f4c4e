// Tags as one line of text: separated by commas, and in quotes where a tag has a comma or a quote itself, as in CSV.

const TAG = /\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g;

/** @param {string[]} tags */
export const formatTags = (tags) => tags.map(quote).join(', ');

/** @param {string} tag */
const quote = (tag) => (/[,"]/.test(tag) ? `"${tag.replaceAll('"', '""')}"` : tag);

/** @param {string} text @returns {string[]} each tag once */
export function parseTags(text) {
  const tags = [...text.matchAll(TAG)].map(([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain);
  return [...new Set(tags.map((tag) => tag.trim()))].filter(Boolean);
}
