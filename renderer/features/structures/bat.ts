import { sortedIndices } from '../../../core/formats/vhd/checks/sort.ts';
import { SECTOR, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';

/** What an entry of the block allocation table says, without reading the block. */
export type EntryState = 'none' | 'placed' | 'past-end' | 'in-metadata';

export interface BatPlace {
  fileSize: number;
  /** The image's own structures, as file ranges: no block lies over them. */
  metadata: readonly { from: number; to: number }[];
  /** Bytes of a block with its bitmap. */
  blockLength: number;
}

export function entryState(entry: number, { fileSize, metadata, blockLength }: BatPlace): EntryState {
  if (entry === UNALLOCATED) return 'none';
  const at = entry * SECTOR;
  for (const { from, to } of metadata) if (at < to && at + blockLength > from) return 'in-metadata';
  return at + blockLength > fileSize ? 'past-end' : 'placed';
}

/** Entries of a table's bytes. */
export function entriesOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = new Uint32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < out.length; index += 1) out[index] = view.getUint32(index * 4);
  return out;
}

/** A table's allocated entries. */
export interface TableSurvey {
  /** Numbers of the allocated blocks, in order of block. */
  allocated: Uint32Array;
  /** Allocated entries that lead where no block can be. */
  troubled: number;
}

/** Entries looked at before others get their turn: a few milliseconds' worth. */
const STRIDE = 131_072;

/** Looks through a table; `pause` is waited for now and then, so that a page goes on. */
export async function surveyTable(
  entries: Uint32Array,
  place: BatPlace,
  pause: () => Promise<void>,
): Promise<TableSurvey> {
  const allocated = new Uint32Array(entries.length);
  let count = 0;
  let troubled = 0;
  for (let block = 0; block < entries.length; block += 1) {
    if (block % STRIDE === STRIDE - 1) await pause();
    const state = entryState(entries[block] ?? UNALLOCATED, place);
    if (state === 'none') continue;
    allocated[count] = block;
    count += 1;
    if (state !== 'placed') troubled += 1;
  }
  return { allocated: allocated.slice(0, count), troubled };
}

/** Numbers of the blocks whose bitmap starts in the range of the file, in order of file offset. */
export async function blocksInFile(
  entries: Uint32Array,
  at: number,
  length: number,
  pause: () => Promise<void>,
): Promise<Uint32Array> {
  const inside = new Uint32Array(entries.length);
  let count = 0;
  for (let block = 0; block < entries.length; block += 1) {
    if (block % STRIDE === STRIDE - 1) await pause();
    const entry = entries[block] ?? UNALLOCATED;
    if (entry === UNALLOCATED || entry * SECTOR < at || entry * SECTOR >= at + length) continue;
    inside[count] = block;
    count += 1;
  }
  await pause();
  return sortedIndices(entries, inside.slice(0, count));
}

/** Place in a list in ascending order; -1 when it is not in it. */
export function indexIn(sorted: Uint32Array, wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted ? low : -1;
}
