// Which picture shows an experiment. The charts' library is loaded with the first picture that needs it.

/** Experiments whose runs share their axes, by the module that draws them. */
const KINDS = {
  race: ['race', async () => (await import('./race.js')).racePicture],
  sweep: ['load over concurrency', load],
  rate: ['load over a rate', load],
  capacity: ['load over a rate', load],
  ab: ['pairs', async () => (await import('./pairs.js')).pairsPicture],
  victim: ['probes', probes],
  'slow-clients': ['probes', probes],
  protocols: ['protocols', async () => (await import('./grid.js')).gridPicture],
  workers: ['workers', async () => workers('workers')],
  advise: ['advise', async () => workers('advise')],
  waterfall: ['waterfall', async () => (await import('./waterfall.js')).waterfallPicture],
};

async function load() {
  return (await import('./load.js')).loadPicture;
}
async function probes() {
  return (await import('./timeline.js')).timelinePicture;
}

async function workers(experiment) {
  const { workersPicture } = await import('./workers.js');
  return () => workersPicture(experiment);
}

/** What runs have in common that one picture can show. */
export const kindOf = (experiment) => KINDS[experiment]?.[0] ?? experiment;

/** @returns {Promise<import('./types.js').Picture>} */
export async function pictureOf(experiment) {
  const [, make] = KINDS[experiment] ?? KINDS.sweep;
  return (await make())();
}
