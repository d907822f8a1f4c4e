// rate: curves over a rate, on which requests are due.

export const EXPERIMENT = {
  view: 'load',
  axes: 'load over a rate',
  presets: [['40 req/s: too much for sync', { workload: 'io', ms: 100, rate: 40, seconds: 5, repeats: 2 }]],
  picture: async () => (await import('../charts/load.js')).loadPicture(),
};
