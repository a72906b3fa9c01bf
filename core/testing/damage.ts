import { setBit } from '../formats/vhd/bitmap.ts';
import { sealBatmap, sealFooter, sealHeader } from '../formats/vhd/build/seal.ts';
import type { BuiltVhd } from '../formats/vhd/build/spec.ts';
import { FOOTER_LENGTH, HEADER_LENGTH, SECTOR } from '../formats/vhd/constants.ts';
import {
  type BatmapHeader,
  batmapHeader,
  type DynamicHeader,
  dynamicHeader,
  type Footer,
  footer,
} from '../formats/vhd/layout.ts';
import { readSparse, SparseBuilder, type SparseImage } from '../io/sparse.ts';
import type { Structure } from '../structure/structure.ts';

/**
 * Damage, one kind a function: image in, damaged image out, the given one as it was. Those that take a {@link BuiltVhd}
 * know where its structures are; its `places` stay what they were before the damage.
 */
function edit<I extends SparseImage>(image: I, change: (builder: SparseBuilder) => void): I {
  const builder = new SparseBuilder(image);
  change(builder);
  return { ...image, ...builder.image() };
}

/** Zeros a run. */
export function zero<I extends SparseImage>(image: I, at: number, length: number): I {
  return edit(image, (builder) => builder.zero(at, length));
}

/** Writes over a run; text as ASCII. */
export function overwrite<I extends SparseImage>(image: I, at: number, by: Uint8Array | string): I {
  return edit(image, (builder) => builder.put(at, typeof by === 'string' ? new TextEncoder().encode(by) : by));
}

/** Flips one bit; 0 is a byte's lowest. */
export function flipBit<I extends SparseImage>(image: I, at: number, bit = 0): I {
  const byte = readSparse(image, at, 1)[0] ?? 0;
  return overwrite(image, at, Uint8Array.of(byte ^ (1 << bit)));
}

/** Cuts the file so that `size` bytes are left; a negative size cuts that many from the end. */
export function cut<I extends SparseImage>(image: I, size: number): I {
  return edit(image, (builder) => builder.resize(size < 0 ? image.size + size : size));
}

/** Adds bytes at the end: junk as given, or so many zeros. */
export function append<I extends SparseImage>(image: I, junk: Uint8Array | string | number): I {
  if (typeof junk === 'number') return edit(image, (builder) => builder.resize(image.size + junk));
  return overwrite(image, image.size, junk);
}

/** Moves all from `at` on by `distance` bytes; the room made is zero, and what moves over something wins. */
export function shift<I extends SparseImage>(image: I, at: number, distance: number): I {
  return edit(image, (builder) => {
    builder.resize(at);
    if (distance < 0) builder.resize(at + distance);
    builder.resize(image.size + distance);
    for (const extent of image.extents) {
      const skip = Math.max(0, at - extent.at);
      if (skip < extent.bytes.length) builder.put(extent.at + skip + distance, extent.bytes.subarray(skip));
    }
  });
}

/** Sets fields of the structure at `at`; its checksum stays what it was. */
export function patch<I extends SparseImage, V extends object>(
  image: I,
  table: Structure<V>,
  at: number,
  values: Partial<V>,
): I {
  return overwrite(image, at, table.serialise(values, readSparse(image, at, table.length)));
}

/** Whether the structure gets a right checksum after the change, or keeps the stored one. */
export interface Seal {
  seal: boolean;
}
const SEAL: Seal = { seal: true };

/** Which of the two footers. */
export type WhichFooter = 'end' | 'copy' | 'both';

/** Sets fields of the end footer, of the copy, or of both; with a right checksum unless told otherwise. */
export function patchFooter(image: BuiltVhd, values: Partial<Footer>, which: WhichFooter, { seal } = SEAL): BuiltVhd {
  let out = image;
  for (const at of footersAt(image, which)) {
    const before = new Uint8Array(FOOTER_LENGTH);
    before.set(readSparse(image, at, FOOTER_LENGTH));
    const after = seal ? sealFooter(values, before) : footer.serialise(values, before);
    out = overwrite(out, at, after.subarray(0, Math.min(FOOTER_LENGTH, image.size - at)));
  }
  return out;
}

/** Sets fields of the dynamic header; with a right checksum unless told otherwise. */
export function patchHeader(image: BuiltVhd, values: Partial<DynamicHeader>, { seal } = SEAL): BuiltVhd {
  const at = there(image.places.headerAt);
  const before = readSparse(image, at, HEADER_LENGTH);
  return overwrite(image, at, seal ? sealHeader(values, before) : dynamicHeader.serialise(values, before));
}

/** Sets fields of the batmap header; with a right checksum of the map unless told otherwise. */
export function patchBatmap(image: BuiltVhd, values: Partial<BatmapHeader>, { seal } = SEAL): BuiltVhd {
  const at = there(image.places.batmapAt);
  const before = readSparse(image, at, SECTOR);
  return overwrite(image, at, seal ? sealBatmap(values, map(image), before) : batmapHeader.serialise(values, before));
}

/** Sets the batmap's bit of a block, with a right checksum. */
export function setBatmapBit(image: BuiltVhd, block: number, full: boolean): BuiltVhd {
  const bytes = map(image);
  setBit(bytes, block, full);
  const at = there(image.places.mapAt);
  return patchBatmap(overwrite(image, at, bytes), {});
}

/** Points a block at another sector: `UNALLOCATED`, another block's, past the end … */
export function setBatEntry(image: BuiltVhd, block: number, sector: number): BuiltVhd {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, sector);
  return overwrite(image, there(image.places.tableAt) + block * 4, bytes);
}

/** Clears the bits of `count` sectors of an allocated block; of all of them by default. The data stays. */
export function clearBitmap(image: BuiltVhd, block: number, from = 0, count = Number.POSITIVE_INFINITY): BuiltVhd {
  const { bitmapAt, dataAt } = blockPlace(image, block);
  const bitmap = readSparse(image, bitmapAt, dataAt - bitmapAt);
  const end = Math.min(from + count, bitmap.length * 8);
  for (let sector = from; sector < end; sector += 1) setBit(bitmap, sector, false);
  return overwrite(image, bitmapAt, bitmap);
}

/** Zeros the end footer, the copy, or both. */
export function zeroFooter(image: BuiltVhd, which: WhichFooter): BuiltVhd {
  return footersAt(image, which).reduce((out, at) => zero(out, at, Math.min(FOOTER_LENGTH, image.size - at)), image);
}

/** Writes what a guest might write over a footer, 512 bytes of it. */
export function guestOverFooter(image: BuiltVhd, which: WhichFooter, guest: Uint8Array): BuiltVhd {
  return footersAt(image, which).reduce((out, at) => overwrite(out, at, guest.subarray(0, FOOTER_LENGTH)), image);
}

/** Cuts the end footer off. */
export function dropFooter(image: BuiltVhd): BuiltVhd {
  return cut(image, image.places.footerAt);
}

/** Sets `hidden` in both footers as early blktap did: the checksum stays the one for hidden = 0. */
export function hideOldStyle(image: BuiltVhd): BuiltVhd {
  return patchFooter(image, { hidden: 1 }, 'both', { seal: false });
}

/** Where a block's bitmap and data are. */
export function blockPlace(image: BuiltVhd, block: number): { bitmapAt: number; dataAt: number } {
  const place = image.places.blocks.get(block);
  if (!place) throw new Error(`block ${block} is not allocated in this image`);
  return place;
}

/** Sector of a block's bitmap, as the BAT holds it. */
export function blockSector(image: BuiltVhd, block: number): number {
  return blockPlace(image, block).bitmapAt / SECTOR;
}

function footersAt(image: BuiltVhd, which: WhichFooter): number[] {
  const { copyAt, footerAt } = image.places;
  if (which === 'end') return [footerAt];
  return which === 'copy' ? [there(copyAt)] : [there(copyAt), footerAt];
}

function map(image: BuiltVhd): Uint8Array {
  const header = batmapHeader.parse(readSparse(image, there(image.places.batmapAt), SECTOR));
  return readSparse(image, there(image.places.mapAt), header.batmapSize * SECTOR);
}

function there(at: number | null): number {
  if (at === null) throw new Error('this image has no such structure');
  return at;
}
