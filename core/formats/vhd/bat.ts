import type { ByteSource, Signal } from '../../io/source.ts';
import { MAX_BAT_ENTRIES, SECTOR, UNALLOCATED } from './constants.ts';

/** The block allocation table: for each block the sector its bitmap starts at. */
export interface Bat {
  /** File offset of the table. */
  at: number;
  /** Entries the header promises. */
  promised: number;
  /** Entries that are in the file and were read; fewer than `promised` when the file ends first or the promise is absurd. */
  entries: Uint32Array;
  /** Bytes of the table with its padding to whole sectors, by the promise. */
  paddedLength: number;
}

const CHUNK = 1024 * 1024;

/** Entries that are read though the disk does not need them: those of a disk made ready to grow to 2 TiB. */
const ROOM_TO_GROW = 1 << 20;

/**
 * Reads a BAT. What is promised beyond the file's end is not there, and what is promised far beyond the disk's own `needed`
 * entries is not read: hostile counts cost nothing.
 */
export async function readBat(
  source: ByteSource,
  at: number,
  promised: number,
  needed: number,
  signal?: Signal,
): Promise<Bat> {
  const inFile = at >= source.size ? 0 : Math.floor((source.size - at) / 4);
  const count = Math.min(promised, inFile, MAX_BAT_ENTRIES, Math.max(needed, ROOM_TO_GROW));
  const entries = new Uint32Array(count);
  for (let done = 0; done < count; ) {
    const part = await source.read(at + done * 4, Math.min(CHUNK, (count - done) * 4), signal);
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    const whole = Math.floor(part.length / 4);
    if (whole === 0) break;
    for (let i = 0; i < whole; i += 1) entries[done + i] = view.getUint32(i * 4);
    done += whole;
  }
  return { at, promised, entries, paddedLength: Math.ceil((promised * 4) / SECTOR) * SECTOR };
}

/** File offset of a block's sector bitmap; null when the block is not allocated or the table has no such entry. */
export function blockOffset(bat: Bat, block: number): number | null {
  const entry = bat.entries[block];
  return entry === undefined || entry === UNALLOCATED ? null : entry * SECTOR;
}

export function countAllocated(bat: Bat): number {
  let count = 0;
  for (const entry of bat.entries) if (entry !== UNALLOCATED) count += 1;
  return count;
}
