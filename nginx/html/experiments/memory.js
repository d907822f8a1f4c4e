// memory: what requests leave behind, by line.

export const EXPERIMENT = {
  view: 'profile',
  script: 'scripts/profile --memory', // it needs the engine: the page shows the command
  contenders: ['gthread', 'uvicorn'],
  presets: [['Does it leak?', { workload: 'whoami' }]],
  picture: async () => (await import('../charts/memory.js')).memoryPicture(),
};
