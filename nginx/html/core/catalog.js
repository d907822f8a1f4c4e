// The contenders of /catalog.json, in its order.

/** @typedef {{name: string, title: string, teaches: string, end_of_line?: string, profile?: string, [field: string]: any}} Contender */

/** @type {Contender[]} */
let rows = [];

export function setCatalogue(catalogue) {
  if (!Array.isArray(catalogue)) throw new Error('/catalog.json is not a list');
  rows = catalogue;
}

export const contenders = () => rows;
export const title = (name) => rows.find((row) => row.name === name)?.title ?? name;

/** Your application, and the prefix of the lab's endpoints beside it; the lab's contenders have them at their root. */
export const isOwn = ({ name }) => name.startsWith('own-');
export const about = (contender) => (isOptional(contender) ? '.well-known/serverlab/' : '');

/** One of the two that scripts/ab starts: any contender, or a server of your application. */
export const isSlot = ({ profile }) => profile === 'ab';
export const isOptional = (contender) => isOwn(contender) || isSlot(contender);

/** What a slot runs, in words: uvicorn with http=h11. */
export function settingOf({ base, settings = {}, packages = {}, python = '' }) {
  const changed = packages.changed ?? {};
  const differs = Object.entries(settings).map(([name, value]) => (name in changed ? `${name}==${value}` : `${name}=${value}`));
  const brought = Object.keys(changed).filter((name) => !(name in settings));
  const also = brought.map((name) => `${name} ${changed[name].is}`).join(', ');
  const beside = [also && `and so ${also}`, python && `Python ${python}`].filter(Boolean).join('; ');
  return `${base} ${differs.length ? `with ${differs.join(', ')}` : 'as it is'}${beside && ` (${beside})`}`;
}

/** Any web server in an image of the user's: it has none of the lab's endpoints but its health, which nginx requests. */
export const isImage = ({ name }) => name === 'own-image';

/** The command that starts it: those of a profile are not part of the default lab. */
export const starting = ({ name, profile }) =>
  isImage({ name })
    ? 'scripts/try --image NAME'
    : profile === 'own'
      ? 'scripts/try path/to/app.py:app'
      : profile === 'ab'
        ? 'scripts/ab uvicorn --b http=h11'
        : profile
          ? `COMPOSE_PROFILES=${profile} scripts/up`
          : `docker compose up -d ${name}`;

/** -1 for one that is no longer in the catalogue. */
export const positionOf = (name) => rows.findIndex((row) => row.name === name);

/** In the order of the catalogue, whatever order a run names them in. */
export function inOrder(names) {
  const position = (name) => positionOf(name) + 1 || Infinity;
  return [...names].sort((one, other) => position(one) - position(other));
}
