// protocols: the feature matrix; it sends no workload.

export const EXPERIMENT = {
  view: 'protocols',
  parameters: ['direct'],
  presets: [
    ['Feature matrix', {}],
    ['Same, bypassing nginx', { direct: true }],
  ],
  picture: async () => (await import('../charts/grid.js')).gridPicture(),
};
