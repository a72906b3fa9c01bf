import { SECTOR } from './constants.ts';

/** Bytes a block's sector bitmap takes in the file: one bit a sector, padded to whole sectors. */
export function bitmapLength(blockSize: number): number {
  return Math.ceil(blockSize / SECTOR / 8 / SECTOR) * SECTOR;
}

/** Whether this image owns sector `sector` of the block; the most significant bit is the first sector. */
export function bitmapHas(bitmap: Uint8Array, sector: number): boolean {
  return ((bitmap[sector >> 3] ?? 0) & (0x80 >> (sector & 7))) !== 0;
}

export function setBit(bitmap: Uint8Array, sector: number, on: boolean): void {
  const mask = 0x80 >> (sector & 7);
  const byte = bitmap[sector >> 3] ?? 0;
  bitmap[sector >> 3] = on ? byte | mask : byte & ~mask;
}

/** Runs of equal bits from `from` (inclusive) to `to` (exclusive), in sectors of the block. */
export function* bitmapRuns(
  bitmap: Uint8Array,
  from: number,
  to: number,
): Generator<{ from: number; count: number; set: boolean }> {
  let at = from;
  while (at < to) {
    const set = bitmapHas(bitmap, at);
    let end = at + 1;
    const whole = set ? 0xff : 0x00;
    while (end < to) {
      // whole bytes at a time: most bitmaps are all one or all zero
      if ((end & 7) === 0 && bitmap[end >> 3] === whole && end + 8 <= to) end += 8;
      else if (bitmapHas(bitmap, end) === set) end += 1;
      else break;
    }
    yield { from: at, count: end - at, set };
    at = end;
  }
}

/** Set bits among the first `sectors`. */
export function countSet(bitmap: Uint8Array, sectors: number): number {
  let count = 0;
  for (const run of bitmapRuns(bitmap, 0, sectors)) if (run.set) count += run.count;
  return count;
}
