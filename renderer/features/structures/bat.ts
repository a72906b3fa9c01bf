import { SECTOR, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { sortedIndices } from '../../../core/formats/vhd/checks/sort.ts';

/** What an entry of the block allocation table says, without reading the block. */
export type EntryState = 'none' | 'placed' | 'past-end' | 'in-metadata';

export interface BatPlace {
  fileSize: number;
  /** File offset behind the image's own structures: no block starts before it. */
  metadataEnd: number;
  /** Bytes of a block with its bitmap. */
  blockLength: number;
}

export function entryState(entry: number, { fileSize, metadataEnd, blockLength }: BatPlace): EntryState {
  if (entry === UNALLOCATED) return 'none';
  const at = entry * SECTOR;
  if (at < metadataEnd) return 'in-metadata';
  return at + blockLength > fileSize ? 'past-end' : 'placed';
}

/** Entries of a table's bytes. */
export function entriesOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < out.length; index += 1) out[index] = view.getUint32(index * 4);
  return out;
}

/** Numbers of the allocated blocks, in order of block. */
export function allocatedBlocks(entries: Uint32Array): Uint32Array {
  let count = 0;
  for (const entry of entries) if (entry !== UNALLOCATED) count += 1;
  const out = new Uint32Array(count);
  let next = 0;
  for (let block = 0; block < entries.length; block += 1) {
    if (entries[block] === UNALLOCATED) continue;
    out[next] = block;
    next += 1;
  }
  return out;
}

/** Numbers of the blocks whose bitmap starts in the range of the file, in order of file offset. */
export function blocksInFile(entries: Uint32Array, at: number, length: number): Uint32Array {
  const inside = allocatedBlocks(entries).filter((block) => {
    const offset = (entries[block] ?? 0) * SECTOR;
    return offset >= at && offset < at + length;
  });
  return sortedIndices(entries, inside);
}
