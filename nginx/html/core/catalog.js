// The contenders of /catalog.json, in its order.

/**
 * A row of it; that of a slot says nothing of its server, which scripts/ab chooses.
 * @typedef {{name: string, title: string, teaches: string, interface?: string, server?: string,
 *   server_version?: string, worker?: string, codebase?: string, end_of_line?: string, profile?: string}} Contender
 *
 * What scripts/ab has a slot differ in from its base, and the packages that are others than there.
 * @typedef {{base: string, settings?: Record<string, string>, python?: string, preset?: string,
 *   packages?: {changed?: Record<string, {is: string}>}}} Slot
 */

/** @type {Contender[]} */
let rows = [];

/** @param {Contender[]} catalogue */
export function setCatalogue(catalogue) {
  if (!Array.isArray(catalogue)) throw new Error('/catalog.json is not a list');
  rows = catalogue;
}

export const contenders = () => rows;
/** @param {string} name */
export const title = (name) => rows.find((row) => row.name === name)?.title ?? name;

/**
 * Your application, and the prefix of the lab's endpoints beside it; the lab's contenders have them at their root.
 * @param {Pick<Contender, 'name'>} contender
 */
export const isOwn = ({ name }) => name.startsWith('own-');
/** @param {Contender} contender */
export const controlPrefix = (contender) => (isOptional(contender) ? '.well-known/serverlab/' : '');

/**
 * One of the two that scripts/ab starts: any contender, or a server of your application.
 * @param {Contender} contender
 */
export const isSlot = ({ profile }) => profile === 'ab';
/** @param {Contender} contender */
export const isOptional = (contender) => isOwn(contender) || isSlot(contender);

/** What a slot runs, in words: uvicorn with http=h11. @param {Slot} slot */
export function settingOf({ base, settings = {}, packages = {}, python = '' }) {
  const changed = packages.changed ?? {};
  const differs = Object.entries(settings).map(([name, value]) => (name in changed ? `${name}==${value}` : `${name}=${value}`));
  const brought = Object.keys(changed).filter((name) => !(name in settings));
  const also = brought.map((name) => `${name} ${changed[name].is}`).join(', ');
  const beside = [also && `and so ${also}`, python && `Python ${python}`].filter(Boolean).join('; ');
  return `${base} ${differs.length ? `with ${differs.join(', ')}` : 'as it is'}${beside && ` (${beside})`}`;
}

/**
 * Any web server in an image of the user's: it has none of the lab's endpoints but its health, which nginx requests.
 * @param {Contender} contender
 */
export const isImage = ({ codebase }) => codebase === 'image';

/** The command that starts it: those of a profile are not part of the default lab. @param {Contender} contender */
export const startCommand = (contender) => {
  const { name, profile } = contender;
  return isImage(contender)
    ? 'scripts/try --image NAME'
    : profile === 'own'
      ? 'scripts/try path/to/app.py:app'
      : profile === 'ab'
        ? 'scripts/ab uvicorn --b http=h11'
        : profile
          ? `COMPOSE_PROFILES=${profile} scripts/up`
          : `docker compose up -d ${name}`;
};

/**
 * Whether its worker is known before it starts, so that the lab can say how many there are.
 * @param {Contender} contender
 */
export const hasKnownWorker = ({ worker = 'any' }) => worker !== 'any';

/** -1 for one that is no longer in the catalogue. @param {string} name */
export const positionOf = (name) => rows.findIndex((row) => row.name === name);

/** In the order of the catalogue, whatever order a run names them in. @param {string[]} names */
export function inOrder(names) {
  /** @param {string} name */
  const position = (name) => positionOf(name) + 1 || Infinity;
  return [...names].sort((one, other) => position(one) - position(other));
}
