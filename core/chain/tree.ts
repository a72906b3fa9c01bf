import type { FindingCode } from '../findings/codes.ts';
import type { ParentCandidate, ParentLink, ParentVerdict } from './parents.ts';
import type { ImageSummary } from './summary.ts';

/** One image in a chain tree. */
export interface ChainNode {
  image: ImageSummary;
  role: 'base' | 'parent' | 'leaf';
  /** Null for a base. */
  parent: { verdict: ParentVerdict; path: string | null; raw: boolean; candidates: ParentCandidate[] } | null;
  children: ChainNode[];
}

export interface ForestProblem {
  path: string;
  code: FindingCode;
  message: string;
}

/** Chain trees of a set of images. */
export interface Forest {
  /** Roots by path: bases, orphans, and of each cycle its first member. */
  trees: ChainNode[];
  /** Matters of the set, not of one image: cycles, duplicate ids. */
  problems: ForestProblem[];
}

/**
 * Builds the trees. A node hangs under its parent when the parent is in the set and its verdict is `ok`, `moved` or
 * `id-mismatch`; everything else is a root. Every image stands in the trees once; the first member of a cycle by path
 * is its root, and all members carry the verdict `cycle`.
 */
export function buildForest(images: readonly ImageSummary[], links: ReadonlyMap<string, ParentLink>): Forest {
  const sorted = [...images].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const nodes = new Map<string, ChainNode>();
  for (const image of sorted) {
    const link = links.get(image.path);
    const parent = link ? { verdict: link.verdict, path: link.path, raw: link.raw, candidates: link.candidates } : null;
    nodes.set(image.path, { image, role: 'leaf', parent, children: [] });
  }
  const cycles = findCycles(sorted, links, nodes);
  const trees: ChainNode[] = [];
  for (const node of nodes.values()) {
    const above = node.parent?.path ? nodes.get(node.parent.path) : undefined;
    const cycleRoot = cycles.roots.has(node.image.path);
    if (above && above !== node && !cycleRoot) above.children.push(node);
    else trees.push(node);
  }
  for (const node of nodes.values()) {
    if (node.children.length > 0) node.role = node.parent === null ? 'base' : 'parent';
    else node.role = node.parent === null ? 'base' : 'leaf';
  }
  return { trees, problems: [...cycles.problems, ...duplicateIds(sorted)] };
}

function findCycles(
  images: readonly ImageSummary[],
  links: ReadonlyMap<string, ParentLink>,
  nodes: ReadonlyMap<string, ChainNode>,
): { roots: Set<string>; problems: ForestProblem[] } {
  const roots = new Set<string>();
  const problems: ForestProblem[] = [];
  const done = new Set<string>();
  for (const image of images) {
    const trail: string[] = [];
    const onTrail = new Set<string>();
    let at: string | null = image.path;
    while (at !== null && !done.has(at) && !onTrail.has(at) && nodes.has(at)) {
      trail.push(at);
      onTrail.add(at);
      at = links.get(at)?.path ?? null;
    }
    if (at !== null && onTrail.has(at)) {
      const members = trail.slice(trail.indexOf(at)).sort();
      const root = members[0] ?? at;
      roots.add(root);
      for (const member of members) {
        const node = nodes.get(member);
        if (node?.parent) node.parent.verdict = 'cycle';
      }
      const names = members.map((member) => nodes.get(member)?.image.name ?? member).join(', ');
      const message =
        members.length === 1
          ? `${names} names itself as its parent.`
          : `${names} are each other's ancestors: a chain cannot be read in a circle.`;
      problems.push({ path: root, code: 'chain.cycle', message });
    }
    for (const path of trail) done.add(path);
  }
  return { roots, problems };
}

/** Others of one id that a message names. */
const NAMED = 8;

function duplicateIds(images: readonly ImageSummary[]): ForestProblem[] {
  const byId = new Map<string, ImageSummary[]>();
  for (const image of images) {
    const id = image.vhd?.id;
    if (!id || /^[0-]+$/.test(id)) continue;
    const group = byId.get(id);
    if (!group) byId.set(id, [image]);
    // two names of one file are no copies
    else if (!group.some(({ identity }) => identity === image.identity)) group.push(image);
  }
  const problems: ForestProblem[] = [];
  for (const [id, group] of byId) {
    if (group.length < 2) continue;
    for (const image of group) {
      const others = group.filter((other) => other !== image).map(({ name }) => name);
      const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
      problems.push({
        path: image.path,
        code: 'chain.duplicate-id',
        message: `${image.name} has the id ${id}, and so has ${others.slice(0, NAMED).join(', ')}${more}: a child cannot tell them apart.`,
      });
    }
  }
  return problems;
}

/** All nodes of trees, parents before children. */
export function* walk(trees: readonly ChainNode[]): Generator<ChainNode> {
  const stack = [...trees].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      const child = node.children[i];
      if (child) stack.push(child);
    }
  }
}
