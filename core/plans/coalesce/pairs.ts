import type { ParentLink } from '../../chain/parents.ts';
import type { ImageSummary } from '../../chain/summary.ts';
import { blockOffset } from '../../formats/vhd/bat.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';

/** A hidden image and its one child, by path. */
interface Pair {
  parent: string;
  child: string;
}

/** Hidden images that exactly one child reads through: folding that child into them hurts nobody. */
export function coalescablePairs(
  images: Iterable<{ path: string; summary: ImageSummary | null; link: ParentLink | null }>,
): Pair[] {
  const hidden = new Set<string>();
  const children = new Map<string, string[]>();
  for (const { path, summary, link } of images) {
    if (summary?.vhd?.hidden) hidden.add(path);
    if (!link || link.path === null || link.verdict === 'cycle' || link.verdict === 'id-mismatch') continue;
    children.set(link.path, [...(children.get(link.path) ?? []), path]);
  }
  return [...hidden].sort().flatMap((parent) => {
    const [child, ...others] = children.get(parent) ?? [];
    return child !== undefined && others.length === 0 ? [{ parent, child }] : [];
  });
}

/** What folding a child into its parent costs and frees, in bytes, by their tables alone. */
export interface CoalesceBalance {
  /** Moved at most: what the child's blocks hold. */
  cost: number;
  /** Free again once the child is gone: its file, less what the parent grows by. */
  gain: number;
}

export function balanceOf(child: VhdImage, parent: VhdImage | null): CoalesceBalance {
  const blockSize = child.header?.value.blockSize ?? 0;
  let own = 0;
  let added = 0;
  for (let block = 0; child.bat && block < child.bat.entries.length; block += 1) {
    if (blockOffset(child.bat, block) === null) continue;
    own += 1;
    // a raw or fixed parent has room for every block already
    if (parent?.bat && blockOffset(parent.bat, block) === null) added += 1;
  }
  return {
    cost: own * blockSize,
    gain: Math.max(0, child.source.size - added * (blockSize + child.bitmapBytes)),
  };
}
