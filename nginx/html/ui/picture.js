// Which picture shows an experiment. The charts' library is loaded with the first picture that needs it.

const KINDS = {
  race: async () => (await import('../charts/race.js')).raceOf,
  sweep: load,
  rate: load,
  capacity: load,
  victim: timeline,
  'slow-clients': timeline,
};

async function load() {
  return (await import('../charts/load.js')).loadOf;
}
async function timeline() {
  return (await import('../charts/timeline.js')).timelineOf;
}

/**
 * A picture draws a recording as far as it is known; `blocks` are its texts and drawings, for a file.
 * @typedef {{element: HTMLElement, draw: (record: import('../core/record.js').Recording) => void, blocks: () => import('./export.js').Block[]}} Picture
 * @returns {Promise<Picture>}
 */
export async function pictureOf(experiment) {
  const make = KINDS[experiment] ?? load;
  return (await make())();
}
