import type { ByteSource, Signal } from '../../io/source.ts';
import { bitmapHas, bitmapLength } from './bitmap.ts';
import { SECTOR, UNALLOCATED } from './constants.ts';
import { chooseFooter, type FooterSighting, type Footers, isTwin, sightFooter } from './footer.ts';
import type { DynamicHeader } from './layout.ts';

/** What a footer stands in, as far as the metadata tells. */
export interface Blocks {
  source: ByteSource;
  header: DynamicHeader;
  entries: Uint32Array;
}

/**
 * Takes footers that are the guest's own data for what they are: a guest may keep disk images, and one of their footers may be
 * in the last sector of this file. Such a one stands in a block, in a sector that the block's bitmap says is in use, and is not
 * like the copy at 0. Where there is no copy to compare it with, one at the very end has to fit the table's length.
 * Reads one sector bitmap at most.
 * @returns null when there is none of that kind
 */
export async function withoutGuests(footers: Footers, blocks: Blocks, signal?: Signal): Promise<Footers | null> {
  const { end, copy, elsewhere } = footers;
  const foreign = async (sighting: FooterSighting | null): Promise<boolean> =>
    sighting?.valid === true &&
    !isTwin(copy, sighting) &&
    (copy?.valid === true || sighting !== end || !fitsTable(sighting, blocks.header)) &&
    (await isInUse(sighting, blocks, signal));
  const [endForeign, otherForeign] = [await foreign(end), await foreign(elsewhere)];
  if (!endForeign && !otherForeign) return null;
  return chooseFooter({
    copy,
    // what is the guest's counts as no footer at all
    end: end && endForeign ? sightFooter(new Uint8Array(end.length), 'end', end.at) : end,
    elsewhere: otherForeign ? null : elsewhere,
  });
}

function fitsTable({ value }: FooterSighting, { blockSize, maxTableEntries }: DynamicHeader): boolean {
  const size = BigInt(blockSize);
  return (value.currentSize + size - 1n) / size === BigInt(maxTableEntries);
}

async function isInUse({ at }: FooterSighting, { source, header, entries }: Blocks, signal?: Signal): Promise<boolean> {
  const bitmapBytes = bitmapLength(header.blockSize);
  for (const entry of entries) {
    const data = entry * SECTOR + bitmapBytes;
    if (entry === UNALLOCATED || at < data || at >= data + header.blockSize) continue;
    const bitmap = await source.read(entry * SECTOR, bitmapBytes, signal);
    if (bitmapHas(bitmap, Math.floor((at - data) / SECTOR))) return true;
  }
  return false;
}
