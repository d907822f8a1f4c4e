// waterfall: a page of small requests over each version of HTTP.

export const EXPERIMENT = {
  view: 'protocols',
  presets: [
    ['Page of 40 × 50 ms responses', { workload: 'io', ms: 50, requests: 40 }],
    ['A page of 200', { workload: 'io', ms: 20, requests: 200 }],
  ],
  picture: async () => (await import('../charts/waterfall.js')).waterfallPicture(),
};
