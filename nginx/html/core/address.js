// What stands behind # in the address: a path of parts, and a query.

/**
 * A view fills `main`, and stops when `signal` aborts, which is when another one is opened.
 * @typedef {{main: HTMLElement, path: string[], query: URLSearchParams, signal: AbortSignal}} Visit
 */

/** @param {string} hash @returns {{path: string[], query: URLSearchParams}} */
export function parse(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const parts = decodePath(path);
  if (parts[0] === 'runs' && parts[1]) parts[0] = 'run';
  return { path: parts, query: new URLSearchParams(query) };
}

/** @param {string} path */
function decodePath(path) {
  try {
    return path.split('/').filter(Boolean).map(decodeURIComponent);
  } catch {
    return [path]; // no name of a view has a % in it
  }
}
