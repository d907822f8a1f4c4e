// The views of experiments: which experiments each runs, and a few examples that show something.

export const VIEWS = {
  race: {
    title: 'Race',
    lead: 'The same requests, sent at the same moment to each contender in turn. A bar is a request: light while it is queued, solid while it is processed.',
    experiments: ['race'],
    presets: [
      ['Waiting: 20 × 200 ms', 'race', { workload: 'io', ms: 200, requests: 20 }],
      ['Computing: 24 × 50 ms', 'race', { workload: 'cpu', ms: 50, requests: 24 }],
      ['A blocking call: 12 × 200 ms', 'race', { workload: 'block', ms: 200, requests: 12 }],
      ['Both: 40 × 80 ms + 8 ms of CPU', 'race', { workload: 'mix', io_ms: 80, cpu_ms: 8, requests: 40 }],
      ['Many at once: 200 × 50 ms', 'race', { workload: 'io', ms: 50, requests: 200 }],
    ],
  },
  load: {
    title: 'Load',
    lead: 'How much throughput does each sustain, at which latency, and at what cost? A closed loop (sweep), an open loop (rate), or a search for the limit (capacity).',
    experiments: ['sweep', 'rate', 'capacity'],
    presets: [
      ['Sweep of /io', 'sweep', { workload: 'io', ms: 100, points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Sweep of /hello', 'sweep', { workload: 'hello', points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['40 requests/s: too many for sync', 'rate', { workload: 'io', ms: 100, rate: 40, seconds: 5, repeats: 2 }],
      ['Capacity of /io', 'capacity', { workload: 'io', ms: 50 }],
    ],
  },
  victim: {
    title: 'Victim and slow clients',
    lead: 'What happens to an unrelated /hello while other requests keep the contender busy, or slow clients hold its connections?',
    experiments: ['victim', 'slow-clients'],
    presets: [
      ['Beside blocking calls: /block', 'victim', { workload: 'block', ms: 300, background: 4 }],
      ['Beside waits: /io', 'victim', { workload: 'io', ms: 300, background: 4 }],
      ['Beside computing: /cpu', 'victim', { workload: 'cpu', ms: 200, background: 4 }],
      ['Slow headers', 'slow-clients', { mode: 'headers', clients: 200 }],
    ],
  },
  decide: {
    title: 'Decide',
    lead: 'Which worker class, and how many workers? Describe one request of yours, your peak and your promise: theory makes a prediction, the lab measures it, and names the command to run.',
    experiments: ['advise', 'workers'],
    words: {
      workload: ['One request of mine', 'Shaped like yours, or one of yours: scripts/try path/to/app.py:app'],
      workloads: {
        mix: 'waits and computes',
        db: 'queries a database',
        request: 'goes to my own application',
      },
      fields: {
        io_ms: ['It waits, in all', 'Milliseconds, for other services: three calls of 20 ms are 60.'],
        block_ms: ['It waits and lets nobody else run', 'Milliseconds, as a driver written in C does. Empty: not at all.'],
        cpu_ms: ['It computes', 'Milliseconds of Python.'],
        bytes: ['It answers with', 'Bytes.'],
        ms: ['A query takes', 'Milliseconds.'],
        queries: ['Queries, one after the other'],
        driver: ['The database driver', 'blocking: one that waits in C, whatever the worker class.'],
        path: ['Its path', 'Below that of the application, with its query: /items?limit=10.'],
        rate: ['Requests a second, at peak'],
        p99_ms: ['99 of 100 answers come within', 'Milliseconds: the promise.'],
        memory_mb: ['Memory for all workers', 'MiB. Empty: no limit.'],
        counts: ['Numbers of workers to try'],
        direct: ['Bypass nginx', 'Off: nginx is before it, as in production.'],
      },
    },
    presets: [
      ['Three calls of 20 ms and 5 ms of Python, 100/s', 'advise', { workload: 'mix', io_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
      ['The same, through a driver that blocks', 'advise', { workload: 'mix', block_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
      ['Three real queries of 20 ms', 'advise', { workload: 'db', ms: 20, queries: 3, rate: 100, p99_ms: 500 }],
      ['How many workers for waits?', 'workers', { workload: 'io', ms: 50, counts: [1, 2, 4, 8] }],
      ['How many for computing?', 'workers', { workload: 'cpu', ms: 10, counts: [1, 2, 4, 8] }],
    ],
  },
  protocols: {
    title: 'Protocols',
    lead: 'Who speaks what: each feature of HTTP and WebSocket, asked of each contender and measured from the bytes on the wire. And what it is worth: one page fetched over HTTP/1.1, HTTP/2 and HTTP/3.',
    experiments: ['protocols', 'waterfall'],
    presets: [
      ['Who speaks what', 'protocols', {}],
      ['The same, bypassing nginx', 'protocols', { direct: true }],
      ['A page of 40 answers of 50 ms', 'waterfall', { workload: 'io', ms: 50, requests: 40 }],
      ['A page of 200', 'waterfall', { workload: 'io', ms: 20, requests: 200 }],
    ],
  },
};

/** The view whose form makes such runs. */
export const viewOf = (experiment) =>
  Object.keys(VIEWS).find((name) => VIEWS[name].experiments.includes(experiment)) ?? 'load';
