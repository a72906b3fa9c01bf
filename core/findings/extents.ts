import type { Extent } from './finding.ts';

/** The extents in order, those that touch or overlap made one, cut to [0, size); empty ones are left out. */
export function mergeExtents(extents: readonly Extent[], size = Number.MAX_SAFE_INTEGER): Extent[] {
  const out: Extent[] = [];
  for (const { offset, length } of [...extents].sort((a, b) => a.offset - b.offset)) {
    const from = Math.max(0, offset);
    const to = Math.min(size, offset + length);
    if (to <= from) continue;
    const last = out[out.length - 1];
    if (last && from <= last.offset + last.length) last.length = Math.max(last.length, to - last.offset);
    else out.push({ offset: from, length: to - from });
  }
  return out;
}

/** Bytes in extents that do not overlap. */
export function totalLength(extents: readonly Extent[]): number {
  let total = 0;
  for (const { length } of extents) total += length;
  return total;
}
