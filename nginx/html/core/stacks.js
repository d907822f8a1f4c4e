// Sampled stacks as a tree of calls, and as the files that other tools read.

/**
 * As the event `stacks` has them (services/bench/notices.py): frames are [name, file, line, category], stacks [µs per
 * request, frame...], outermost first.
 * @typedef {{contender: string, samples: number, dropped_us: number,
 *   frames: [string, string, number, string][], stacks: number[][], functions: any[], busy: number[],
 *   waiting: {tasks: number, stack: string[], awaited_by: ?string}[]}} Stacks
 * @typedef {{name: string, file: string, category: string, us: number, own: number, lines: Map<number, number>,
 *   children: Map<string, Node>, parent: ?Node, other?: number}} Node
 *   `us` per request with all that it calls, `own` without; `lines`: µs by line of its own file; `other`: `us` in another
 *   profile, that this one is compared with
 */

/** @returns {Node} */
const node = (name, file, category, parent) =>
  ({ name, file, category, parent, us: 0, own: 0, lines: new Map(), children: new Map() });

/** A call tree, whose nodes are functions. @param {Stacks} stacks @returns {Node} */
export function callTree({ frames, stacks, contender, dropped_us: dropped = 0 }) {
  const root = node(contender, '', 'root', null);
  root.us = dropped;
  for (const [us, ...places] of stacks) {
    let at = root;
    at.us += us;
    for (const place of places) {
      const [name, file, line, category] = frames[place];
      const key = `${name}\n${file}`;
      if (!at.children.has(key)) at.children.set(key, node(name, file, category, at));
      at = at.children.get(key);
      at.us += us;
      at.lines.set(line, (at.lines.get(line) ?? 0) + us);
    }
    at.own += us;
  }
  return root;
}

/** Notes at each node of a tree what the same call takes in another one. @param {Node} tree @param {Node} other */
export function compare(tree, other) {
  tree.other = other?.us ?? 0;
  for (const [key, child] of tree.children) compare(child, other?.children.get(key));
}

/** @param {Node} tree @returns {Node[]} */
export const nodesOf = (tree) => [tree, ...[...tree.children.values()].flatMap(nodesOf)];

const named = ([name, file, line]) => `${name} (${file}${line ? `:${line}` : ''})`;

/** Collapsed stacks, as flamegraph.pl reads them: whole numbers, so nanoseconds per request. @param {Stacks} stacks */
export const collapsed = ({ frames, stacks }) =>
  stacks.map(([us, ...places]) => `${places.map((place) => named(frames[place])).join(';')} ${Math.round(1000 * us)}\n`).join('');

/** https://www.speedscope.app/file-format-schema.json, a profile a contender. @param {Stacks[]} all @param {string} name */
export function speedscope(all, name) {
  const frames = all.flatMap((each) => each.frames.map(([name, file, line]) => ({ name, file, ...(line && { line }) })));
  let before = 0;
  const profiles = all.map(({ contender, frames: own, stacks }) => {
    const samples = stacks.map(([, ...places]) => places.map((place) => place + before));
    const weights = stacks.map(([us]) => us);
    before += own.length;
    const endValue = weights.reduce((sum, weight) => sum + weight, 0);
    return { type: 'sampled', name: contender, unit: 'microseconds', startValue: 0, endValue, samples, weights };
  });
  const $schema = 'https://www.speedscope.app/file-format-schema.json';
  return { $schema, name, exporter: 'serverlab', activeProfileIndex: 0, shared: { frames }, profiles };
}
