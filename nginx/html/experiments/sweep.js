// sweep: curves over the number of requests in flight.

/** @type {import('../charts/load.js').Across} */
const ACROSS = { label: 'concurrency (in flight)', at: (point) => `at concurrency ${point}`, doubling: true };

export const EXPERIMENT = {
  view: 'load',
  presets: [
    ['Sweep of /io', { workload: 'io', ms: 100, points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
    ['Sweep of /hello', { workload: 'hello', points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
  ],
  picture: async () => (await import('../charts/load.js')).loadPicture(ACROSS),
};
