// victim: the latency of probes beside other load.

export const EXPERIMENT = {
  view: 'victim',
  axes: 'probes',
  presets: [
    ['Blocking calls: /block', { workload: 'block', ms: 300, background: 4 }],
    ['I/O waits: /io', { workload: 'io', ms: 300, background: 4 }],
    ['CPU work: /cpu', { workload: 'cpu', ms: 200, background: 4 }],
  ],
  picture: async () => (await import('../charts/timeline.js')).timelinePicture(),
};
