// slow-clients: the latency of probes beside slow clients; it sends no workload of its own.

export const EXPERIMENT = {
  view: 'victim',
  axes: 'probes',
  parameters: ['clients', 'mode', 'seconds', 'direct'],
  presets: [['Slow headers', { mode: 'headers', clients: 200 }]],
  picture: async () => (await import('../charts/timeline.js')).timelinePicture(),
};
