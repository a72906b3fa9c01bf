import type { Extent } from '../../../findings/finding.ts';
import type { FindingParts } from '../../../findings/make.ts';
import { bitmapRuns } from '../bitmap.ts';
import { SECTOR } from '../constants.ts';
import type { VhdImage } from '../read.ts';

/** The guest range a block covers, cut to the disk's size; its length is 0 past the disk's end. */
export function blockRange(image: VhdImage, block: number): Extent {
  const size = image.virtualSize ?? 0;
  const blockSize = image.header?.value.blockSize ?? 0;
  const offset = Math.min(size, block * blockSize);
  return { offset, length: Math.min(blockSize, size - offset) };
}

/** Guest ranges of runs of blocks, in order and merged. `blocks` ascends. */
export function blockRanges(image: VhdImage, blocks: Iterable<number>): Extent[] {
  const out: Extent[] = [];
  for (const block of blocks) {
    const range = blockRange(image, block);
    if (range.length === 0) continue;
    const last = out[out.length - 1];
    if (last && last.offset + last.length === range.offset) last.length += range.length;
    else out.push(range);
  }
  return out;
}

/**
 * Guest ranges of a block whose stored bytes from `from` to `to` (within the block's bitmap and data) are not its own. A
 * block without its bitmap is lost as a whole; else only the sectors count whose bytes are touched and which the bitmap,
 * where it is known, says are in use.
 */
export function touchedRanges(
  image: VhdImage,
  block: number,
  from: number,
  to: number,
  bitmap: Uint8Array | undefined,
): Extent[] {
  const range = blockRange(image, block);
  if (from < image.bitmapBytes) return range.length > 0 ? [range] : [];
  const first = Math.floor((from - image.bitmapBytes) / SECTOR);
  const last = Math.min(Math.ceil((to - image.bitmapBytes) / SECTOR), Math.ceil(range.length / SECTOR));
  if (last <= first) return [];
  if (!bitmap) return [{ offset: range.offset + first * SECTOR, length: (last - first) * SECTOR }];
  const out: Extent[] = [];
  for (const run of bitmapRuns(bitmap, first, last)) {
    if (run.set) out.push({ offset: range.offset + run.from * SECTOR, length: run.count * SECTOR });
  }
  return out;
}

/** The place of one BAT entry, as parts of a finding. */
export function entryParts(image: VhdImage, block: number): FindingParts {
  return { offset: (image.bat?.at ?? 0) + block * 4, length: 4, field: `entry ${block}`, structure: 'vhd.bat' };
}

/** The whole table, as parts of a finding. */
export function tableParts(image: VhdImage): FindingParts {
  return { offset: image.bat?.at ?? null, length: (image.bat?.entries.length ?? 0) * 4, structure: 'vhd.bat' };
}
