import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount } from '../../../structure/text.ts';
import { bitmapLength } from '../bitmap.ts';
import { MAX_BLOCK_SIZE, MIN_BLOCK_SIZE, SECTOR, UNALLOCATED } from '../constants.ts';
import { dynamicHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { fieldParts } from './context.ts';
import { surveyImage } from './survey.ts';

/** A last block ends this close to the footer: some writers align what they write. */
const SLACK = 4096;

/**
 * A block size by which the table makes sense where by the header's, legal as it is, it does not: no two blocks share
 * bytes, none runs past the end, and the disk needs exactly as many entries as there are. When the header's leads to
 * neither and only needs more entries than there are, the blocks also have to fill the file to its footer, since a disk
 * that was resized looks much the same. Null when the header's is right, or no other is.
 */
export function betterBlockSize(image: VhdImage): number | null {
  const { header, virtualSize, bat } = image;
  if (!header?.usable || !bat || !virtualSize) return null;
  const { entries, limit, metadata } = surveyImage(image);
  const places = entries.filter((entry) => entry !== UNALLOCATED).sort();
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  const fits = (size: number, tight: boolean): boolean => {
    const length = (bitmapLength(size) + size) / SECTOR;
    let reach = start;
    const free = places.every((at) => {
      const apart = at >= reach;
      reach = at + length;
      return apart;
    });
    return free && reach * SECTOR <= limit && (!tight || reach * SECTOR >= limit - SLACK);
  };
  const { blockSize } = header.value;
  if (places.length === 0) return null;
  const possible = fits(blockSize, false);
  if (possible && Math.ceil(virtualSize / blockSize) <= bat.promised) return null;
  for (let size = MIN_BLOCK_SIZE; size <= MAX_BLOCK_SIZE; size *= 2) {
    if (size !== blockSize && Math.ceil(virtualSize / size) === bat.promised && fits(size, possible)) return size;
  }
  return null;
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
