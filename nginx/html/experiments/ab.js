// ab: two contenders, pair by pair.

export const EXPERIMENT = {
  view: 'ab',
  contenders: ['a', 'b'],
  repeats: false, // its pairs have intervals
  presets: [
    ['/hello', { workload: 'hello', detect: 5, budget: 60 }],
    ['2 ms of CPU', { workload: 'cpu', ms: 2, in_flight: 4, budget: 60 }],
    ['I/O of 20 ms, at 100 req/s', { workload: 'io', ms: 20, rate: 100, budget: 120 }],
  ],
  picture: async () => (await import('../charts/pairs.js')).pairsPicture(),
};
