import { create } from 'zustand';
import type { StructurePart } from '../../../app/contract/types.ts';

interface Chosen {
  /** Id of the part that is shown, by path. */
  parts: ReadonlyMap<string, string>;
}

/** Which part of an image was looked at last: tabs come and go. */
export const useChosen = create<Chosen>()(() => ({ parts: new Map() }));

export function choosePart(path: string, id: string): void {
  useChosen.setState(({ parts }) => ({ parts: new Map(parts).set(path, id) }));
}

const RANK: Record<StructurePart['state'], number> = { missing: 4, error: 3, warning: 2, info: 1, ok: 0 };

/** The part to begin with: the one with the gravest trouble, else the footer, else the first. */
export function firstPart(parts: readonly StructurePart[]): StructurePart | null {
  let worst: StructurePart | null = null;
  for (const part of parts) if (RANK[part.state] >= 2 && (!worst || RANK[part.state] > RANK[worst.state])) worst = part;
  return worst ?? parts.find(({ id }) => id === 'footer') ?? parts[0] ?? null;
}

/** The part a byte of the file is in: the smallest that holds it, since blocks may lie over what should be elsewhere. */
export function partAt(parts: readonly StructurePart[], at: number): StructurePart | null {
  let found: StructurePart | null = null;
  for (const part of parts) {
    const inside = at >= part.at && at < part.at + Math.max(1, part.length);
    if (inside && (!found || part.length < found.length)) found = part;
  }
  return found;
}
