// Which parameters an experiment has a use for.

const SLOW = ['clients', 'mode', 'seconds', 'direct'];

/** Slow clients are slow by themselves, whatever the workload: its parameters are neither asked for nor shown. */
export const takesWorkload = (experiment) => experiment !== 'slow-clients';
export const matters = (experiment, parameter) => takesWorkload(experiment) || SLOW.includes(parameter);
