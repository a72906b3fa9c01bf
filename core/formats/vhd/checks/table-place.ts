import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatOffset } from '../../../structure/text.ts';
import { HEADER_LENGTH, SECTOR, UNALLOCATED } from '../constants.ts';
import { dynamicHeader } from '../layout.ts';
import type { HeaderSighting, VhdImage } from '../read.ts';
import { fitOf, placesOf } from './block-size.ts';
import { fieldParts } from './context.ts';
import { surveyImage, tableFault } from './survey.ts';

/** Where tables usually are: straight behind the header. */
export function usualTablePlace({ at }: HeaderSighting): number {
  return Math.ceil((at + HEADER_LENGTH) / SECTOR) * SECTOR;
}

/** Whether what is read as a table cannot be one: it is nowhere, or most of its blocks are where no block can be. */
export function isNoTable(image: VhdImage): boolean {
  const { header, bat } = image;
  if (!header?.usable) return false;
  if (!bat || tableFault(header.at, header.value) !== null) return true;
  const { used, impossible } = plausibility(image);
  return impossible * 2 > used;
}

/**
 * Whether a table is as long as the disk needs, and its blocks are where blocks can be. Some entries may be damaged
 * themselves; what is no table has hardly one that fits.
 */
export function isTable(image: VhdImage): boolean {
  if (!image.bat || image.bat.entries.length < image.blocks) return false;
  const { used, impossible } = plausibility(image);
  return impossible * 2 <= used;
}

/** Blocks that are not where blocks can be, or lie over the one before. */
export function misfitsOf(image: VhdImage): number {
  const { entries, limit, metadata, blockLength } = surveyImage(image);
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  return fitOf(placesOf(entries), { start, limit, length: blockLength / SECTOR }).misfits;
}

function plausibility(image: VhdImage): { used: number; impossible: number } {
  const { metadata, blockLength, limit } = surveyImage(image);
  const tally = { used: 0, impossible: 0 };
  for (const entry of image.bat?.entries.subarray(0, image.blocks) ?? []) {
    if (entry === UNALLOCATED) continue;
    const at = entry * SECTOR;
    const inMetadata = metadata.some(({ from, to }) => at < to && from < at + blockLength);
    tally.used += 1;
    if (at + blockLength > limit || inMetadata) tally.impossible += 1;
  }
  return tally;
}

/** `through` is the image read with the table in its usual place; a place that no table can be in is said already. */
export function tablePlaceFinding({ header, bat }: VhdImage, through: VhdImage): Finding[] {
  const said = header?.value.tableOffset;
  const meant = through.header?.value.tableOffset;
  if (!header?.usable || !bat || said === undefined || meant === undefined || said === meant) return [];
  if (tableFault(header.at, header.value) !== null) return [];
  const message = `The header says that the block allocation table is at ${formatOffset(said)}, but what stands there is none: most of its blocks are where no block can be. A table that makes sense stands at ${formatOffset(meant)}.`;
  return [
    makeFinding('header.table-offset', 'decision', message, {
      ...fieldParts(dynamicHeader, header.at, 'tableOffset'),
      repairs: ['header-rebuild'],
    }),
  ];
}
