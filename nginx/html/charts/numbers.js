// Numbers of any length: a spread into Math.min() ends at some 100,000 of them.

export const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
export const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);

/** Of the repeats of a point, to draw its curve. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)];
}
