// capacity: curves over the rates that were tried.

export const EXPERIMENT = {
  view: 'load',
  axes: 'load over a rate',
  presets: [['Capacity of /io', { workload: 'io', ms: 50 }]],
  picture: async () => (await import('../charts/load.js')).loadPicture(),
};
