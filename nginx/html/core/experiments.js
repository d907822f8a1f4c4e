// Which parameters an experiment has a use for.

const OWN = { 'slow-clients': ['clients', 'mode', 'seconds', 'direct'], protocols: ['direct'] };

/** Slow clients and probes send what they are about: the parameters of a workload are neither asked for nor shown. */
export const takesWorkload = (experiment) => !Object.hasOwn(OWN, experiment);
export const matters = (experiment, parameter) => takesWorkload(experiment) || OWN[experiment].includes(parameter);
