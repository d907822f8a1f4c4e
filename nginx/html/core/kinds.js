// The kinds of experiment: the view that each belongs to, and a few orders that show something.

export const VIEWS = {
  race: {
    title: 'Race',
    lead: 'The same requests, sent at the same moment to each contender in turn. A bar is a request: light while it waits, solid while it is worked on.',
    experiments: ['race'],
    presets: [
      ['Waiting: 20 × 200 ms', 'race', { workload: 'io', ms: 200, requests: 20 }],
      ['Computing: 24 × 50 ms', 'race', { workload: 'cpu', ms: 50, requests: 24 }],
      ['A line that blocks: 12 × 200 ms', 'race', { workload: 'block', ms: 200, requests: 12 }],
      ['A bit of both: 40', 'race', { workload: 'mix', io_ms: 80, cpu_ms: 8, requests: 40 }],
      ['A crowd: 200 × 50 ms', 'race', { workload: 'io', ms: 50, requests: 200 }],
    ],
  },
  load: {
    title: 'Load',
    lead: 'How much can each carry, how long does an answer take, and what does it cost? Closed loop (sweep), open loop (rate), or a search for the limit (capacity).',
    experiments: ['sweep', 'rate', 'capacity'],
    presets: [
      ['Sweep, waiting', 'sweep', { workload: 'io', ms: 100, points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Sweep, hello', 'sweep', { workload: 'hello', points: [1, 4, 16, 64], seconds: 2, repeats: 2 }],
      ['Rate, a little too much', 'rate', { workload: 'io', ms: 100, rate: 40, seconds: 5, repeats: 2 }],
      ['Capacity', 'capacity', { workload: 'io', ms: 50 }],
    ],
  },
  victim: {
    title: 'Victim and slow clients',
    lead: 'What happens to an innocent /hello while others keep the contender busy, or hold its connections with clients that dawdle?',
    experiments: ['victim', 'slow-clients'],
    presets: [
      ['One line ruins it: /block', 'victim', { workload: 'block', ms: 300, background: 4 }],
      ['Waiting beside it: /io', 'victim', { workload: 'io', ms: 300, background: 4 }],
      ['Computing beside it: /cpu', 'victim', { workload: 'cpu', ms: 200, background: 4 }],
      ['Slow headers', 'slow-clients', { mode: 'headers', clients: 200 }],
    ],
  },
};

/** The view whose form makes such runs. */
export const viewOf = (experiment) =>
  Object.keys(VIEWS).find((name) => VIEWS[name].experiments.includes(experiment)) ?? 'load';

const SLOW = ['clients', 'mode', 'seconds', 'direct'];

/** Slow clients send what is slow by itself, whatever the workload: nothing of it is asked for or told. */
export const takesWorkload = (experiment) => experiment !== 'slow-clients';
export const matters = (experiment, parameter) => takesWorkload(experiment) || SLOW.includes(parameter);
