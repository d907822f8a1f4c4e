// What an experiment sends, and which of its parameters matter: the label of a run, in parts.

const OWN = { 'slow-clients': ['clients', 'mode', 'seconds', 'direct'], protocols: ['direct'] };

/** Slow clients and probes send what they are about: the parameters of a workload are neither asked for nor shown. */
export const takesWorkload = (experiment) => !Object.hasOwn(OWN, experiment);
export const matters = (experiment, parameter) => takesWorkload(experiment) || OWN[experiment].includes(parameter);

const REQUEST = ['path', 'method', 'headers', 'body', 'expect', 'at_root']; // the parts of your own request

/** What a run sends, as a line of HTTP would name it: "/io", or "GET /items" for your own request. */
export function target({ experiment, params }) {
  if (!takesWorkload(experiment)) return '';
  return params.workload === 'request' ? `${params.method ?? 'GET'} ${params.path ?? '/'}` : `/${params.workload}`;
}

/** The other parameters, in words. */
export function settings({ experiment, params }) {
  const { workload, direct, ...rest } = params;
  const own = workload === 'request';
  const words = Object.entries(rest)
    .filter(([name]) => matters(experiment, name) && !(own && REQUEST.includes(name)))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : value}`);
  return [...words, ...(own ? partsOf(rest) : []), ...(direct ? ['bypassing nginx'] : [])];
}

/** What the line of a request leaves out, unless it is the default. */
const partsOf = ({ headers, body, expect = 200, at_root }) =>
  [
    headers?.length && `headers ${headers.map((header) => header.split(':')[0]).join(', ')}`,
    body && `body of ${body.length} characters`,
    expect !== 200 && `expect ${expect}`,
    at_root && 'at its host name',
  ].filter(Boolean);

/** All of it in a line. */
export const summary = (run) => [target(run), ...settings(run)].filter(Boolean).join(' · ');
