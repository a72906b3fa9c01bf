import type { ChainRow } from '../../../app/contract/types.ts';
import { isOrphan } from '../chains/tree.ts';

/** A box of the picture: an image, or the place of a parent that is not here. */
export interface Box {
  id: string;
  /** Null for a parent that is not here. */
  row: ChainRow | null;
  /** Its name as the children know it, where it is not here. */
  name: string;
  parent: Box | null;
  children: Box[];
  x: number;
  y: number;
  width: number;
  height: number;
  depth: number;
}

export interface Picture {
  boxes: Box[];
  byPath: ReadonlyMap<string, Box>;
  width: number;
  height: number;
}

export const WIDTH = 232;
const MIN_HEIGHT = 62;
const MAX_HEIGHT = 106;
const MISSING_HEIGHT = 48;
/** Room between columns, where the lines run. */
const COLUMN_GAP = 80;
const ROW_GAP = 14;
const TREE_GAP = 22;
const MARGIN = 40;
/** Sizes from which on, and up to which, a box grows. */
const LEAST = Math.log2(1024 ** 2);
const MOST = Math.log2(1024 ** 4);

/** A box's height by its data, on a log scale: 1 MiB and less is the lowest, 1 TiB and more the highest. */
export function heightOf(bytes: number): number {
  const share = (Math.log2(Math.max(1, bytes)) - LEAST) / (MOST - LEAST);
  return Math.round(MIN_HEIGHT + (MAX_HEIGHT - MIN_HEIGHT) * Math.min(1, Math.max(0, share)));
}

/**
 * Places chain trees: bases at the left, children right of their parent, a parent in the middle of its children. No two boxes
 * overlap. Orphans of one missing parent hang under its dashed place.
 */
export function layOut(rows: readonly ChainRow[]): Picture {
  const roots: Box[] = [];
  const boxes: Box[] = [];
  const byPath = new Map<string, Box>();
  const missing = new Map<string, Box>();
  const make = (id: string, row: ChainRow | null, name: string, parent: Box | null): Box => {
    const height = row ? heightOf(row.diskBytes) : MISSING_HEIGHT;
    const depth = parent ? parent.depth + 1 : 0;
    const x = MARGIN + depth * (WIDTH + COLUMN_GAP);
    const box: Box = { id, row, name, parent, children: [], x, y: 0, width: WIDTH, height, depth };
    boxes.push(box);
    if (parent) parent.children.push(box);
    else roots.push(box);
    return box;
  };
  for (const row of rows) {
    let parent = row.parent === null ? null : (byPath.get(row.parent) ?? null);
    if (isOrphan(row)) {
      const name = row.parentName ?? '';
      // children that know no name may have different parents
      const key = name === '' ? row.path : name;
      parent = missing.get(key) ?? make(`missing ${key}`, null, name, null);
      missing.set(key, parent);
    }
    byPath.set(row.path, make(row.path, row, row.name, parent));
  }
  place(boxes, roots);
  const width = boxes.reduce((right, box) => Math.max(right, box.x + box.width), 0) + MARGIN;
  const height = boxes.reduce((bottom, box) => Math.max(bottom, box.y + box.height), 0) + MARGIN;
  return { boxes, byPath, width, height };
}

/** Each box and what is right of it has a band of its own, from top to bottom: bands never meet, so boxes do not either. */
function place(boxes: readonly Box[], roots: readonly Box[]): void {
  const bands = new Map<Box, number>();
  const inside = new Map<Box, number>();
  // parents come before their children, so the way back is children first
  for (const box of [...boxes].reverse()) {
    const needed = box.children.reduce((sum, child) => sum + (bands.get(child) ?? 0) + ROW_GAP, -ROW_GAP);
    inside.set(box, Math.max(0, needed));
    bands.set(box, Math.max(box.height, needed));
  }
  const tops = new Map<Box, number>();
  let top = MARGIN;
  for (const root of roots) {
    tops.set(root, top);
    top += (bands.get(root) ?? 0) + TREE_GAP;
  }
  for (const box of boxes) {
    const start = tops.get(box) ?? MARGIN;
    const band = bands.get(box) ?? box.height;
    let at = start + (band - (inside.get(box) ?? 0)) / 2;
    for (const child of box.children) {
      tops.set(child, at);
      at += (bands.get(child) ?? 0) + ROW_GAP;
    }
  }
  // in the middle of its children, as far as its band reaches
  for (const box of [...boxes].reverse()) {
    const start = tops.get(box) ?? MARGIN;
    const band = bands.get(box) ?? box.height;
    const first = box.children[0];
    const last = box.children.at(-1);
    const middle = first && last ? (first.y + first.height / 2 + last.y + last.height / 2) / 2 : start + band / 2;
    box.y = Math.round(Math.min(start + band - box.height, Math.max(start, middle - box.height / 2)));
  }
}

/** The line from a parent to its child: out at its middle, down or up between the columns, in at the child's. */
export function edgePath(parent: Box, child: Box): string {
  const fromX = parent.x + parent.width;
  const fromY = parent.y + parent.height / 2;
  const toY = child.y + child.height / 2;
  const middle = fromX + COLUMN_GAP / 2;
  if (Math.abs(toY - fromY) < 1) return `M${fromX} ${fromY}H${child.x}`;
  const radius = Math.min(6, Math.abs(toY - fromY) / 2);
  const sign = toY > fromY ? 1 : -1;
  return (
    `M${fromX} ${fromY}H${middle - radius}q${radius} 0 ${radius} ${sign * radius}` +
    `V${toY - sign * radius}q0 ${sign * radius} ${radius} ${sign * radius}H${child.x}`
  );
}

/** The box an arrow key leads to: its parent, its middle child, or the nearest one above or below in its column. */
export function neighbour(picture: Picture, box: Box, key: string): Box | null {
  if (key === 'ArrowLeft') return box.parent?.row ? box.parent : null;
  if (key === 'ArrowRight') return box.children[Math.floor((box.children.length - 1) / 2)] ?? null;
  const sign = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0;
  if (sign === 0) return null;
  let best: Box | null = null;
  for (const other of picture.boxes) {
    if (!other.row || other.depth !== box.depth || sign * (other.y - box.y) <= 0) continue;
    if (!best || Math.abs(other.y - box.y) < Math.abs(best.y - box.y)) best = other;
  }
  return best;
}
