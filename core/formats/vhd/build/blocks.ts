import { bug } from '../../../errors.ts';
import type { SparseBuilder } from '../../../io/sparse.ts';
import { bitmapHas, bitmapLength, setBit } from '../bitmap.ts';
import { SECTOR } from '../constants.ts';
import { patternSectors } from './pattern.ts';
import type { BlockPlace, GuestWrite } from './spec.ts';

/** Sectors a write covers. */
export function writeCount(write: GuestWrite): number {
  return 'bytes' in write ? Math.ceil(write.bytes.length / SECTOR) : write.count;
}

/** `count` sectors of a write, `skip` sectors into it; null when they are zeros. */
function content(write: GuestWrite, skip: number, count: number): Uint8Array | null {
  if ('zeros' in write) return null;
  if ('seed' in write) return patternSectors(write.seed, write.sector + skip, count);
  const part = write.bytes.subarray(skip * SECTOR, (skip + count) * SECTOR);
  if (part.length === count * SECTOR) return part;
  const whole = new Uint8Array(count * SECTOR);
  whole.set(part);
  return whole;
}

/** Puts `count` sectors of a write at a file offset, over what was there. */
export function putSectors(out: SparseBuilder, at: number, write: GuestWrite, skip: number, count: number): void {
  const bytes = content(write, skip, count);
  if (bytes) out.put(at, bytes);
  else out.zero(at, count * SECTOR);
}

/** The part of a write that falls into one block. */
interface Piece {
  block: number;
  write: GuestWrite;
  /** Sectors into the write. */
  skip: number;
  /** Sectors into the block. */
  sector: number;
  count: number;
}

function* pieces(writes: readonly GuestWrite[], perBlock: number): Generator<Piece> {
  for (const write of writes) {
    const total = writeCount(write);
    for (let skip = 0; skip < total; ) {
      const block = Math.floor((write.sector + skip) / perBlock);
      const sector = (write.sector + skip) % perBlock;
      const count = Math.min(total - skip, perBlock - sector);
      yield { block, write, skip, sector, count };
      skip += count;
    }
  }
}

export interface BlocksSpec {
  blockSize: number;
  /** Blocks the disk has. */
  blocks: number;
  writes: readonly GuestWrite[];
  order: readonly number[];
  dataAlign: number;
}

export interface PlacedBlocks {
  places: Map<number, BlockPlace>;
  /** Blocks of which every sector was written. */
  full: number[];
  /** File offset behind the last block. */
  end: number;
}

/** Lays out the blocks from `at` on and writes their bitmaps and data. */
export function putBlocks(out: SparseBuilder, at: number, spec: BlocksSpec): PlacedBlocks {
  const { blockSize, dataAlign } = spec;
  const perBlock = blockSize / SECTOR;
  const bitmapBytes = bitmapLength(blockSize);
  const all = [...pieces(spec.writes, perBlock)];
  const places = new Map<number, BlockPlace>();
  let end = at;
  for (const block of new Set([...spec.order, ...all.map((piece) => piece.block)])) {
    if (block < 0 || block >= spec.blocks) throw bug(`block ${block} of a disk of ${spec.blocks} blocks`);
    const dataAt = Math.ceil((end + bitmapBytes) / dataAlign) * dataAlign;
    places.set(block, { bitmapAt: dataAt - bitmapBytes, dataAt });
    end = dataAt + blockSize;
  }
  if (end > 0xffff_ffff * SECTOR) throw bug('a BAT entry cannot point beyond 2 TiB');

  const bitmaps = new Map<number, Uint8Array>();
  for (const block of places.keys()) bitmaps.set(block, new Uint8Array(bitmapBytes));
  for (const { block, write, skip, sector, count } of all) {
    const place = places.get(block);
    const bitmap = bitmaps.get(block);
    if (!place || !bitmap) throw bug(`block ${block} got no place`);
    putSectors(out, place.dataAt + sector * SECTOR, write, skip, count);
    for (let i = 0; i < count; i += 1) setBit(bitmap, sector + i, true);
  }
  const full: number[] = [];
  for (const [block, bitmap] of bitmaps) {
    const place = places.get(block);
    if (place) out.put(place.bitmapAt, bitmap);
    if (isFull(bitmap, perBlock)) full.push(block);
  }
  return { places, full, end };
}

function isFull(bitmap: Uint8Array, perBlock: number): boolean {
  for (let sector = 0; sector < perBlock; sector += 1) if (!bitmapHas(bitmap, sector)) return false;
  return true;
}
