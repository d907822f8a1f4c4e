// advise: what each worker class does with your request.

export const EXPERIMENT = {
  view: 'decide',
  leads: true,
  presets: [
    ['3 × 20 ms I/O + 5 ms CPU, 100 req/s', { workload: 'mix', io_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
    ['Same, with a blocking driver', { workload: 'mix', block_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
    ['Three real 20 ms queries', { workload: 'db', ms: 20, queries: 3, rate: 100, p99_ms: 500 }],
  ],
  picture: async () => (await import('../charts/workers.js')).advicePicture(),
};
