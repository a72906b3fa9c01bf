import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount } from '../../../structure/text.ts';
import { bitmapLength } from '../bitmap.ts';
import { BLOCK_SIZES, SECTOR, UNALLOCATED } from '../constants.ts';
import { dynamicHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { fieldParts } from './context.ts';
import { surveyImage } from './survey.ts';

/** XenServer puts data on 4 KiB: blocks may lie that much further apart, or in front of the footer, than they are long. */
export const SLACK = 4096;

/**
 * A block size by which the table makes sense where by the header's, legal as it is, it does not: no two blocks share
 * bytes, none runs past the end, and the disk needs exactly as many entries as there are. Single entries may be damaged
 * themselves: so long as most blocks fit and far fewer do by the header's size, they do not hide it. When the header's leads
 * to neither and only needs more entries than there are, the blocks also have to fill the file to its footer, since a disk
 * that was resized looks much the same. Null when the header's is right, or no other is.
 */
export function betterBlockSize(image: VhdImage): number | null {
  const { header, virtualSize, bat } = image;
  if (!header?.usable || !bat || !virtualSize) return null;
  const { blockSize } = header.value;
  const others = BLOCK_SIZES.filter((size) => size !== blockSize && Math.ceil(virtualSize / size) === bat.promised);
  // a table is sorted only where its answer can matter
  if (others.length === 0) return null;
  const { entries, limit, metadata } = surveyImage(image);
  const places = placesOf(entries);
  if (places.length === 0) return null;
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  const fit = (size: number): Fit => fitOf(places, { start, limit, length: sectorsOf(size) });
  const own = fit(blockSize);
  const tooLong = Math.ceil(virtualSize / blockSize) > bat.promised;
  for (const size of others) {
    const other = fit(size);
    const explained = own.misfits - other.misfits;
    if (explained > 0 && (other.misfits === 0 || explained * MINORITY >= places.length)) return size;
    const rare = other.misfits === 0 || other.misfits * MINORITY <= places.length;
    if (explained === 0 && tooLong && rare && other.reach * SECTOR >= limit - SLACK) return size;
  }
  return null;
}

/** Fewer than one in so many are single damaged entries. */
const MINORITY = 4;

interface Fit {
  /** Blocks that run past the end, or start in the metadata or in the block before. */
  misfits: number;
  /** Sector where the last of the others ends. */
  reach: number;
}

/** Places of a table's blocks, in sectors, ascending. */
export function placesOf(entries: Uint32Array): Uint32Array {
  return entries.filter((entry) => entry !== UNALLOCATED).sort();
}

/** Sectors that a block takes in the file, with its bitmap. */
export function sectorsOf(blockSize: number): number {
  return (bitmapLength(blockSize) + blockSize) / SECTOR;
}

/** Whether two blocks at least of this length lie side by side; both in sectors. */
export function haveNeighbours(places: Uint32Array, length: number): boolean {
  return places.some((at, index) => {
    const apart = (at - (places[index - 1] ?? at) - length) * SECTOR;
    return apart >= 0 && apart < SLACK;
  });
}

/** `places` ascends; they, `start` and `length` are in sectors, `limit` in bytes. */
export function fitOf(
  places: Uint32Array,
  { start, limit, length }: { start: number; limit: number; length: number },
): Fit {
  const fit: Fit = { misfits: 0, reach: start };
  for (const at of places) {
    if (at < fit.reach || (at + length) * SECTOR > limit) fit.misfits += 1;
    else fit.reach = at + length;
  }
  return fit;
}

/** `through` is the image read with another block size than the one its header names. */
export function blockSizeFinding({ header, bat }: VhdImage, through: VhdImage): Finding[] {
  const said = header?.value.blockSize ?? 0;
  const meant = through.header?.value.blockSize ?? 0;
  if (!header?.usable || said === meant) return [];
  const message = `The header says that blocks are ${formatBytes(said)}, but the table does not fit that; with ${formatBytes(meant)} the table's ${formatCount(bat?.promised ?? 0)} entries fit the disk, and the blocks the file.`;
  return [
    makeFinding('header.block-size', 'decision', message, {
      ...fieldParts(dynamicHeader, header.at, 'blockSize'),
      repairs: ['header-rebuild'],
    }),
  ];
}
