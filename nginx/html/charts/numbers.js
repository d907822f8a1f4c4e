// Numbers of any length: a spread into Math.min() ends at some 100,000 of them.

/** @param {number[]} numbers */
export const min = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
/** @param {number[]} numbers */
export const max = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);

/** Of the repeats of a point, to draw its curve. @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}
