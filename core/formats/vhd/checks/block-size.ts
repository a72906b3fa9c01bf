import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount } from '../../../structure/text.ts';
import { bitmapLength } from '../bitmap.ts';
import { MAX_BLOCK_SIZE, MIN_BLOCK_SIZE, SECTOR, UNALLOCATED } from '../constants.ts';
import { dynamicHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { fieldParts } from './context.ts';
import { surveyImage } from './survey.ts';

/**
 * A block size by which the table makes sense where by the header's, legal as it is, it does not: no two blocks share
 * bytes, none runs past the end, and the disk needs exactly as many entries as there are. Null when the header's is right,
 * or no other is.
 */
export function betterBlockSize(image: VhdImage): number | null {
  const { header, virtualSize, bat } = image;
  if (!header?.usable || !bat || !virtualSize) return null;
  const { entries, limit, metadata } = surveyImage(image);
  const places = entries.filter((entry) => entry !== UNALLOCATED).sort();
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  const fits = (size: number): boolean => {
    const length = (bitmapLength(size) + size) / SECTOR;
    let reach = start;
    return places.every((at) => {
      const free = at >= reach;
      reach = at + length;
      return free && reach * SECTOR <= limit;
    });
  };
  if (places.length === 0 || fits(header.value.blockSize)) return null;
  for (let size = MIN_BLOCK_SIZE; size <= MAX_BLOCK_SIZE; size *= 2) {
    if (size !== header.value.blockSize && Math.ceil(virtualSize / size) === bat.promised && fits(size)) return size;
  }
  return null;
}

/** `through` is the image read with another block size than the one its header names. */
export function blockSizeFinding({ header, bat }: VhdImage, through: VhdImage): Finding[] {
  const said = header?.value.blockSize ?? 0;
  const meant = through.header?.value.blockSize ?? 0;
  if (!header?.usable || said === meant) return [];
  const message = `The header says that blocks are ${formatBytes(said)}, but by that they overlap or run past the end; with ${formatBytes(meant)} the table's ${formatCount(bat?.promised ?? 0)} entries fit the disk and the file exactly.`;
  return [
    makeFinding('header.block-size', 'decision', message, {
      ...fieldParts(dynamicHeader, header.at, 'blockSize'),
      repairs: ['header-rebuild'],
    }),
  ];
}
