// The views of experiments: which experiments each runs, and a few examples that show something.

import { slotsPanel } from '../ui/slots.js';

export const VIEWS = {
  race: {
    title: 'Race',
    lead: 'The same requests, sent simultaneously to each contender in turn. Each bar is one request: light while queued, solid while processed.',
    experiments: ['race'],
    presets: [
      ['I/O: 20 × 200 ms', 'race', { workload: 'io', ms: 200, requests: 20 }],
      ['CPU: 24 × 50 ms', 'race', { workload: 'cpu', ms: 50, requests: 24 }],
      ['Blocking: 12 × 200 ms', 'race', { workload: 'block', ms: 200, requests: 12 }],
      ['Mixed: 40 × 80 ms + 8 ms CPU', 'race', { workload: 'mix', io_ms: 80, cpu_ms: 8, requests: 40 }],
      ['Burst: 200 × 50 ms', 'race', { workload: 'io', ms: 50, requests: 200 }],
    ],
  },
  load: {
    title: 'Load',
    lead: 'How much throughput does each sustain, at what latency and CPU cost? Closed loop (sweep), open loop (rate), or a search for the maximum rate (capacity).',
    experiments: ['sweep', 'rate', 'capacity'],
    presets: [
      ['Sweep of /io', 'sweep', { workload: 'io', ms: 100, points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Sweep of /hello', 'sweep', { workload: 'hello', points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['40 req/s: too much for sync', 'rate', { workload: 'io', ms: 100, rate: 40, seconds: 5, repeats: 2 }],
      ['Capacity of /io', 'capacity', { workload: 'io', ms: 50 }],
    ],
  },
  victim: {
    title: 'Victim and slow clients',
    lead: 'How does an unrelated /hello fare while other requests keep the contender busy, or slow clients hold its connections?',
    experiments: ['victim', 'slow-clients'],
    presets: [
      ['Blocking calls: /block', 'victim', { workload: 'block', ms: 300, background: 4 }],
      ['I/O waits: /io', 'victim', { workload: 'io', ms: 300, background: 4 }],
      ['CPU work: /cpu', 'victim', { workload: 'cpu', ms: 200, background: 4 }],
      ['Slow headers', 'slow-clients', { mode: 'headers', clients: 200 }],
    ],
  },
  decide: {
    title: 'Decide',
    lead: 'Which worker class, and how many workers? Describe one request, your peak rate and your p99 target: the lab predicts, measures, and prints the command to run.',
    experiments: ['advise', 'workers'],
    words: {
      workload: ['Your request', 'Simulated, or from your app: scripts/try path/to/app.py:app'],
      workloads: {
        mix: 'I/O wait plus CPU',
        db: 'database queries',
        request: 'sent to your application',
      },
      fields: {
        io_ms: ['Total I/O wait', 'In ms, for other services: three 20 ms calls are 60.'],
        block_ms: ['Blocking wait (no yield)', 'In ms, as in a C driver. Empty: none.'],
        cpu_ms: ['CPU time', 'In ms of Python.'],
        bytes: ['Response size', 'Bytes.'],
        ms: ['Query time', 'Milliseconds.'],
        queries: ['Sequential queries'],
        driver: ['Database driver', 'blocking: waits in C under any worker class.'],
        path: ['Path', 'Relative to the app root, with query: /items?limit=10.'],
        rate: ['Peak rate (req/s)'],
        p99_ms: ['p99 target', 'In milliseconds.'],
        memory_mb: ['Memory for all workers', 'MiB. Empty: no limit.'],
        counts: ['Worker counts to try'],
        direct: ['Bypass nginx', 'Off: behind nginx, as in production.'],
      },
    },
    presets: [
      ['3 × 20 ms I/O + 5 ms CPU, 100 req/s', 'advise', { workload: 'mix', io_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
      ['Same, with a blocking driver', 'advise', { workload: 'mix', block_ms: 60, cpu_ms: 5, rate: 100, p99_ms: 500 }],
      ['Three real 20 ms queries', 'advise', { workload: 'db', ms: 20, queries: 3, rate: 100, p99_ms: 500 }],
      ['How many workers for I/O?', 'workers', { workload: 'io', ms: 50, counts: [1, 2, 4, 8] }],
      ['How many for CPU work?', 'workers', { workload: 'cpu', ms: 10, counts: [1, 2, 4, 8] }],
    ],
  },
  ab: {
    title: 'A/B',
    lead: 'Does one change make a difference? Two contenders in short turns, pair by pair, and how far they differ with a 95 % interval.',
    experiments: ['ab'],
    contenders: ['a', 'b'],
    panel: slotsPanel,
    presets: [
      ['/hello', 'ab', { workload: 'hello', detect: 5, budget: 60 }],
      ['2 ms of CPU', 'ab', { workload: 'cpu', ms: 2, in_flight: 4, budget: 60 }],
      ['I/O of 20 ms, at 100 req/s', 'ab', { workload: 'io', ms: 20, rate: 100, budget: 120 }],
    ],
  },
  protocols: {
    title: 'Protocols',
    lead: 'Who speaks what: each feature of HTTP and WebSocket, asked of each contender and measured from the bytes on the wire. And what it is worth: one page fetched over HTTP/1.1, HTTP/2 and HTTP/3.',
    experiments: ['protocols', 'waterfall'],
    presets: [
      ['Who speaks what', 'protocols', {}],
      ['Same, bypassing nginx', 'protocols', { direct: true }],
      ['Page of 40 × 50 ms responses', 'waterfall', { workload: 'io', ms: 50, requests: 40 }],
      ['A page of 200', 'waterfall', { workload: 'io', ms: 20, requests: 200 }],
    ],
  },
};

/** The view whose form makes such runs. */
export const viewOf = (experiment) =>
  Object.keys(VIEWS).find((name) => VIEWS[name].experiments.includes(experiment)) ?? 'load';
