import { batmapExpected, findBatmap } from '../batmap.ts';
import { sealHeader } from '../build/seal.ts';
import { BLOCK_SIZES, HEADER_COOKIE, HEADER_LENGTH, NO_OFFSET, SECTOR } from '../constants.ts';
import { type DynamicHeader, dynamicHeader } from '../layout.ts';
import type { HeaderSighting, VhdImage } from '../read.ts';
import { fitOf, haveNeighbours, placesOf, sectorsOf } from './block-size.ts';
import { isZero } from './context.ts';
import { HEADER_VERSION_1_0 } from './header-fit.ts';
import { laidOutFixed, surveyImage } from './survey.ts';
import { usualTablePlace } from './table-place.ts';

/** Whether the header is gone and its table may still tell what it said; a child's named its parent, which nothing else does. */
export function isHeaderGone(image: VhdImage): boolean {
  const { header, footer, kind, virtualSize } = image;
  if (!header || !footer || kind !== 'dynamic' || !virtualSize) return false;
  return isZero(header.bytes) && !laidOutFixed(image);
}

/** The headers there can have been: one for each block size, with the table in the usual place. */
export async function possibleHeaders({ header, footer, virtualSize, source }: VhdImage): Promise<HeaderSighting[]> {
  if (!header || !footer || !virtualSize) return [];
  const at = usualTablePlace(header);
  const batmap = batmapExpected(footer.value) === 'no' ? null : await findBatmap(source, at + SECTOR, source.size);
  const out: HeaderSighting[] = [];
  for (const blockSize of BLOCK_SIZES) {
    const needed = Math.ceil(virtualSize / blockSize);
    const room = batmap === null ? 0 : (batmap - at) / 4;
    const padded = Math.ceil((needed * 4) / SECTOR) * SECTOR;
    if (at + needed * 4 > source.size || (batmap !== null && room < needed)) continue;
    // with a batmap behind the table its place says how many entries the table has room for
    const maxTableEntries = batmap === null || at + padded === batmap ? needed : room;
    out.push(sighting(header, { tableOffset: BigInt(at), maxTableEntries, blockSize }));
  }
  return out;
}

function sighting({ at }: HeaderSighting, values: Partial<DynamicHeader>): HeaderSighting {
  const bytes = sealHeader({
    ...dynamicHeader.parse(new Uint8Array(HEADER_LENGTH)),
    cookie: HEADER_COOKIE,
    dataOffset: NO_OFFSET,
    headerVersion: HEADER_VERSION_1_0,
    ...values,
  });
  const value = dynamicHeader.parse(bytes);
  return {
    at,
    bytes,
    value,
    cookieOk: true,
    checksumOk: true,
    computedChecksum: value.checksum,
    usable: true,
  };
}

/** Whether an image read with one of these shows its block size: most blocks fit, and two lie side by side. */
export function showsBlockSize(image: VhdImage): boolean {
  const { header, bat } = image;
  if (!header || !bat) return false;
  const { entries, limit, metadata } = surveyImage(image);
  const { blockSize } = header.value;
  const length = sectorsOf(blockSize);
  const places = placesOf(entries);
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  return fitOf(places, { start, limit, length }).misfits * 2 < places.length && haveNeighbours(places, length);
}
