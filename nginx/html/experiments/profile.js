// profile: where the CPU time of a request goes.

export const EXPERIMENT = {
  view: 'profile',
  script: 'scripts/profile', // it needs the engine: the page shows the command
  contenders: ['uvicorn', 'starlette'],
  presets: [
    ['What a framework costs', { workload: 'mix', contender: 'uvicorn', rate: 400 }],
    ['3 ms of CPU', { workload: 'mix', cpu_ms: 3, rate: 100 }],
    ['A large JSON', { workload: 'mix', bytes: 100000, rate: 100 }],
  ],
  picture: async () => (await import('../charts/profile.js')).profilePicture(),
};
