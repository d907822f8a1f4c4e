// workers: what each number of workers carries.

export const EXPERIMENT = {
  view: 'decide',
  presets: [
    ['How many workers for I/O?', { workload: 'io', ms: 50, counts: [1, 2, 4, 8] }],
    ['How many for CPU work?', { workload: 'cpu', ms: 10, counts: [1, 2, 4, 8] }],
  ],
  picture: async () => (await import('../charts/workers.js')).capacityPicture(),
};
