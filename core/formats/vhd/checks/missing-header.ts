import { batmapExpected } from '../batmap.ts';
import { bitmapLength } from '../bitmap.ts';
import { sealHeader } from '../build/seal.ts';
import {
  BATMAP_COOKIE,
  HEADER_COOKIE,
  HEADER_LENGTH,
  MAX_BLOCK_SIZE,
  MIN_BLOCK_SIZE,
  NO_OFFSET,
  SECTOR,
  UNALLOCATED,
} from '../constants.ts';
import { type DynamicHeader, dynamicHeader } from '../layout.ts';
import type { HeaderSighting, VhdImage } from '../read.ts';
import { fitOf } from './block-size.ts';
import { isZero } from './context.ts';
import { HEADER_VERSION_1_0 } from './header-fit.ts';
import { laidOutFixed, surveyImage } from './survey.ts';
import { usualTablePlace } from './table-place.ts';

/** XenServer puts data on 4 KiB, so neighbours may lie some sectors further apart than they are long. */
const APART = 8;
/** How far behind a table its batmap is looked for. */
const BATMAP_REACH = 1024 * 1024;

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
  const batmap = batmapExpected(footer.value) === 'no' ? null : await findBatmap(source, at);
  const out: HeaderSighting[] = [];
  for (let blockSize = MIN_BLOCK_SIZE; blockSize <= MAX_BLOCK_SIZE; blockSize *= 2) {
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

async function findBatmap(source: VhdImage['source'], at: number): Promise<number | null> {
  const bytes = await source.read(at, BATMAP_REACH);
  for (let place = SECTOR; place + SECTOR <= bytes.length; place += SECTOR) {
    if (bytes[place] !== 0x74) continue;
    if (String.fromCharCode(...bytes.subarray(place, place + BATMAP_COOKIE.length)) === BATMAP_COOKIE)
      return at + place;
  }
  return null;
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
  const length = (bitmapLength(blockSize) + blockSize) / SECTOR;
  const places = entries.filter((entry) => entry !== UNALLOCATED).sort();
  const start = metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR;
  if (fitOf(places, { start, limit, length }).misfits * 2 >= places.length) return false;
  return places.some((at, index) => {
    const distance = at - (places[index - 1] ?? at);
    return distance >= length && distance < length + APART;
  });
}
