import type { ChainProblem, ChainRow } from '../../../app/contract/types.ts';

/** A line of the chain table: an image, or the group of images whose parent is not here. */
export interface ChainNode {
  /** Path of the image; {@link ORPHANS} for the group. */
  id: string;
  /** Null for the group. */
  row: ChainRow | null;
  children: ChainNode[];
  parent: ChainNode | null;
  /** Place among its siblings as they are sorted by name. */
  index: number;
  depth: number;
  /** Its folder, where another image has the same name. */
  where: string | null;
  /** Its parent is not here: the line to it is dashed. */
  cut: boolean;
  problems: readonly ChainProblem[];
}

export const ORPHANS = '#orphans';

/** Chains longer than this go on flat: no storage has them, but a file can claim them. */
const MAX_DEPTH = 200;

/** An image that names a parent which is nowhere. */
export function isOrphan({ parent, verdict }: ChainRow): boolean {
  return parent === null && verdict === 'missing';
}

/** Trees out of the host's rows (parents before children), orphans gathered in a group at the end. */
export function buildTree(
  rows: readonly ChainRow[],
  problems: ReadonlyMap<string, readonly ChainProblem[]>,
): ChainNode[] {
  const roots: ChainNode[] = [];
  const group: ChainNode = {
    id: ORPHANS,
    row: null,
    children: [],
    parent: null,
    index: 0,
    depth: 0,
    where: null,
    cut: false,
    problems: [],
  };
  const byPath = new Map<string, ChainNode>();
  const names = new Map<string, number>();
  for (const { name } of rows) names.set(name, (names.get(name) ?? 0) + 1);
  for (const row of rows) {
    const cut = isOrphan(row);
    let above = row.parent === null ? null : (byPath.get(row.parent) ?? null);
    if (above && above.depth >= MAX_DEPTH) above = above.parent;
    if (cut) above = group;
    const siblings = above ? above.children : roots;
    const node: ChainNode = {
      id: row.path,
      row,
      children: [],
      parent: above,
      index: siblings.length,
      depth: above ? above.depth + 1 : 0,
      where: (names.get(row.name) ?? 0) > 1 && row.folder !== '' ? row.folder : null,
      cut,
      problems: problems.get(row.path) ?? [],
    };
    siblings.push(node);
    byPath.set(row.path, node);
  }
  if (group.children.length > 0) {
    group.index = roots.length;
    roots.push(group);
  }
  return roots;
}

/** All nodes, parents before children. */
export function* allNodes(roots: readonly ChainNode[]): Generator<ChainNode> {
  const stack = [...roots].reverse();
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      const child = node.children[i];
      if (child) stack.push(child);
    }
  }
}

/** Paths from the node to its base. */
export function chainOf(rows: ReadonlyMap<string, ChainRow>, path: string): string[] {
  const chain: string[] = [];
  const seen = new Set<string>();
  for (let at = rows.get(path); at && !seen.has(at.path); at = at.parent === null ? undefined : rows.get(at.parent)) {
    seen.add(at.path);
    chain.push(at.path);
  }
  return chain;
}

/** Whether an image is what somebody looks for: its name, place, id, parent, or what is wrong with it. */
export function matches({ row, problems }: ChainNode, needle: string): boolean {
  if (!row) return false;
  const texts = [row.name, row.folder, row.id, row.parentName, row.role, row.kind, row.foreign, row.worst?.code];
  if (texts.some((text) => text?.toLowerCase().includes(needle))) return true;
  return problems.some(({ code }) => code.includes(needle));
}

/** How an image fares: errors before warnings before nothing. */
export function healthOf({ errors, warnings, worst }: ChainRow): 'ok' | 'warning' | 'error' {
  if (errors > 0 || worst?.severity === 'error') return 'error';
  if (warnings > 0 || worst?.severity === 'warning') return 'warning';
  return 'ok';
}
