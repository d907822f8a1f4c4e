// How wide a text is, and where its lines end, in drawings that have no text of the browser's own.

const measure = /** @type {CanvasRenderingContext2D} */ (document.createElement('canvas').getContext('2d'));

/** In px; `font` as CSS has it. @param {string} text @param {string} font */
export function widthOf(text, font) {
  measure.font = font;
  return measure.measureText(text).width;
}

/**
 * As many words a line as `fits` allows, and one at least.
 * @param {(line: string) => boolean} fits
 * @param {string} text
 */
export function wrapText(text, fits) {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1) && !fits(`${lines.at(-1)} ${word}`)) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trimStart());
  }
  return lines;
}
