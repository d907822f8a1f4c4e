// The views that run experiments, in words. Which experiments each runs is theirs to say: ../experiments/.

import { slotsPanel } from '../ui/slots.js';

/**
 * @typedef {{title: string, lead: string, words?: import('../ui/form.js').Words,
 *   panel?: (signal: AbortSignal) => HTMLElement}} Kind
 * @type {Record<string, Kind>}
 */
export const VIEWS = {
  race: {
    title: 'Race',
    lead: 'The same requests, sent simultaneously to each contender in turn. Each bar is one request: light while queued, solid while processed.',
  },
  load: {
    title: 'Load',
    lead: 'How much throughput does each sustain, at what latency and CPU cost? Closed loop (sweep), open loop (rate), or a search for the maximum rate (capacity).',
  },
  victim: {
    title: 'Victim and slow clients',
    lead: 'How does an unrelated /hello fare while other requests keep the contender busy, or slow clients hold its connections?',
  },
  decide: {
    title: 'Decide',
    lead: 'Which worker class, and how many workers? Describe one request, your peak rate and your p99 target: the lab predicts, measures, and prints the command to run.',
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
  },
  ab: {
    title: 'A/B',
    lead: 'Does one change make a difference? Two contenders in short turns, pair by pair, and how far they differ with a 95 % interval.',
    panel: slotsPanel,
  },
  profile: {
    title: 'Profile',
    lead: 'Where does the CPU time of a request go? Stacks sampled under a load: by category, by function, by line. A page cannot start a sampler: choose here, and run the command on the lab’s host.',
    words: { go: 'Show the command', then: 'The run that it makes is shown here.' },
  },
  protocols: {
    title: 'Protocols',
    lead: 'Feature matrix: each HTTP and WebSocket feature, tested on each contender from the bytes on the wire. Also: one page fetched over HTTP/1.1, HTTP/2 and HTTP/3.',
  },
};
