import type { ChainNode } from './tree.ts';

/** One cell of the lines before a name. */
export interface Line {
  /** `through` goes on below, `tee` turns in and goes on, `last` turns in and ends, `none` is empty. */
  shape: 'through' | 'tee' | 'last' | 'none';
  /** The selected chain passes by, or turns in here. */
  lit: 'passes' | 'turns' | null;
  /** To a parent that is not here. */
  cut: boolean;
}

export interface Lines {
  /** Levels left out at the start, because there are too many. */
  skipped: number;
  cells: Line[];
}

/** Levels that are drawn; deeper rows leave out their first ones. */
export const MAX_LEVELS = 14;

/** What the lines have to know of a row as it is shown: sorted, filtered, without closed branches. */
export interface LineRow {
  node: ChainNode;
  /** The row above it in the tree; null for a root. */
  parent: LineRow | null;
  /** Place among its shown siblings, and whether it is the last. */
  place: number;
  last: boolean;
}

/**
 * The lines of a row: one cell for each level above it. `lit` holds the selected chain: by parent, the child it goes through. A
 * line is lit where it belongs to the way from a lit parent down to its lit child.
 */
export function linesOf(row: LineRow, lit: ReadonlyMap<string, LineRow>): Lines {
  const cells: Line[] = [];
  for (let at: LineRow = row; at.parent; at = at.parent) {
    const own = at === row;
    const child = lit.get(at.parent.node.id);
    let light: Line['lit'] = null;
    if (own && child === at) light = 'turns';
    else if (child && child.place > at.place) light = 'passes';
    const shape = own ? (at.last ? 'last' : 'tee') : at.last ? 'none' : 'through';
    cells.push({ shape, lit: light, cut: at.node.cut });
  }
  cells.reverse();
  const skipped = Math.max(0, cells.length - MAX_LEVELS);
  return { skipped, cells: cells.slice(skipped) };
}

interface Shown {
  id: string;
  parentId?: string | undefined;
  original: ChainNode;
}

/** Rows as they are shown, each with its place among its siblings. */
export function lineRows(shown: readonly Shown[]): LineRow[] {
  const byId = new Map<string, LineRow>();
  const lastOf = new Map<LineRow | null, LineRow>();
  const rows = shown.map(({ id, parentId, original }): LineRow => {
    const parent = (parentId === undefined ? undefined : byId.get(parentId)) ?? null;
    const before = lastOf.get(parent);
    if (before) before.last = false;
    const row: LineRow = { node: original, parent, place: before ? before.place + 1 : 0, last: true };
    lastOf.set(parent, row);
    byId.set(id, row);
    return row;
  });
  return rows;
}

/** The chain from a row up to its base, by parent the child it goes through. */
export function litChain(row: LineRow | undefined): Map<string, LineRow> {
  const lit = new Map<string, LineRow>();
  for (let at = row; at?.parent; at = at.parent) lit.set(at.parent.node.id, at);
  return lit;
}
