// ab: two contenders, pair by pair.

export const EXPERIMENT = {
  view: 'load',
  presets: [],
  picture: async () => (await import('../charts/pairs.js')).pairsPicture(),
};
