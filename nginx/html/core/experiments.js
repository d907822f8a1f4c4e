// The experiments as the page knows them, a module each in ../experiments/, and what a run of one sends, in words.

import { imported, request } from './requests.js';

/**
 * @typedef {{view: string, presets: [label: string, params: Record<string, any>][],
 *   picture: () => Promise<import('../charts/types.js').Picture>, axes?: string, parameters?: string[],
 *   leads?: boolean, repeats?: boolean, contenders?: string[], script?: string}} Experiment
 *   `view`: whose form makes such runs; `presets`: examples that show something; `axes`: named alike where runs share
 *   them; `parameters`: those that matter, where the workload's do not;
 *   `leads`: the one that its view begins with; `repeats`: false where nothing is measured twice; `contenders`: those of a
 *   run that names none; `script`: what starts it, where a page cannot
 */

/** Of one that the page does not know: a bench of another version ran it. @type {Experiment} */
const UNKNOWN = {
  view: 'load',
  presets: [],
  picture: async () => (await import('../charts/rows.js')).rowsPicture(),
};

/** @type {Map<string, Experiment>} */
const known = new Map();

/** Loads what the page knows of these experiments: what follows needs it. Rejects while nginx does not answer. */
export const loadExperiments = (names) =>
  Promise.all([...new Set(names)].filter((name) => !known.has(name)).map(async (name) => known.set(name, await load(name))));

async function load(name) {
  const path = `/experiments/${encodeURIComponent(name)}.js`;
  try {
    return (await imported(() => import(path))).EXPERIMENT;
  } catch (error) {
    // A module that is missing fails to load just as one does while nginx is down: only a request shows which.
    const missing = await request(path, { method: 'HEAD' }).then(() => false, ({ status }) => status === 404);
    if (!missing) throw error;
    return UNKNOWN;
  }
}

/** @returns {Experiment} */
export const experimentOf = (name) => known.get(name) ?? UNKNOWN;

/** The view whose form makes such runs. */
export const viewOf = (name) => experimentOf(name).view;

/** What runs have in common that one picture can show. */
export const axesOf = (name) => experimentOf(name).axes ?? name;

/** Slow clients and probes send what they are about: the parameters of a workload are neither requested nor shown. */
export const takesWorkload = (name) => !experimentOf(name).parameters;

const matters = (name, parameter) => experimentOf(name).parameters?.includes(parameter) ?? true;

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
