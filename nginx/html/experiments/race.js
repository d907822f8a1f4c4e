// race: one burst of the same requests; each is a bar.

export const EXPERIMENT = {
  view: 'race',
  repeats: false,
  presets: [
    ['I/O: 20 × 200 ms', { workload: 'io', ms: 200, requests: 20 }],
    ['CPU: 24 × 50 ms', { workload: 'cpu', ms: 50, requests: 24 }],
    ['Blocking: 12 × 200 ms', { workload: 'block', ms: 200, requests: 12 }],
    ['Mixed: 40 × 80 ms + 8 ms CPU', { workload: 'mix', io_ms: 80, cpu_ms: 8, requests: 40 }],
    ['Burst: 200 × 50 ms', { workload: 'io', ms: 50, requests: 200 }],
  ],
  picture: async () => (await import('../charts/race.js')).racePicture(),
};
