// protocols: who speaks what, as a grid; it sends no workload.

export const EXPERIMENT = {
  view: 'protocols',
  parameters: ['direct'],
  presets: [
    ['Who speaks what', {}],
    ['Same, bypassing nginx', { direct: true }],
  ],
  picture: async () => (await import('../charts/grid.js')).gridPicture(),
};
