import { failure } from '../../errors.ts';
import { NearSource } from '../../io/near.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import { onesComplementSum } from '../../structure/checksum.ts';
import { type Bat, readBat } from './bat.ts';
import { type Batmap, readBatmap } from './batmap.ts';
import { bitmapLength } from './bitmap.ts';
import {
  FOOTER_LENGTH,
  HEADER_COOKIE,
  HEADER_LENGTH,
  MAX_BLOCK_SIZE,
  MIN_BLOCK_SIZE,
  SECTOR,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
  UNALLOCATED,
} from './constants.ts';
import { type FooterSighting, type Footers, isTwin, readFooters, sightFooter } from './footer.ts';
import { withoutGuests } from './guest-footer.ts';
import { type DynamicHeader, dynamicHeader } from './layout.ts';
import { type Locator, readLocators } from './locators.ts';
import { withVote } from './vote.ts';

export type VhdKind = 'fixed' | 'dynamic' | 'differencing';

/** The dynamic header as found, with what is right and wrong about it. */
export interface HeaderSighting {
  at: number;
  bytes: Uint8Array;
  value: DynamicHeader;
  cookieOk: boolean;
  computedChecksum: number;
  checksumOk: boolean;
  /** Cookie, checksum and block size are right: blocks can be found by it. */
  usable: boolean;
}

/** Everything the metadata of one VHD says, read once. Data blocks are not read, nor sector bitmaps. */
export interface VhdImage {
  source: ByteSource;
  footers: Footers;
  /** The footer that reads, or that two damaged ones add up to; null when none is valid. */
  footer: FooterSighting | null;
  /** By the footer; null without one, or when its type is none of the three. */
  kind: VhdKind | null;
  /** Looked for where the footer says, else behind the copy; null when nothing is there to be one. */
  header: HeaderSighting | null;
  bat: Bat | null;
  batmap: Batmap | null;
  locators: Locator[];
  /** Guest's size in bytes, whole sectors; null without a footer or when no number can hold it. */
  virtualSize: number | null;
  /** Bytes of a block's sector bitmap; 0 without a usable header. */
  bitmapBytes: number;
  /** Blocks the guest's disk has by size and block size; 0 without a usable header. */
  blocks: number;
}

export function kindOf(diskType: number): VhdKind | null {
  switch (diskType) {
    case TYPE_FIXED:
      return 'fixed';
    case TYPE_DYNAMIC:
      return 'dynamic';
    case TYPE_DIFFERENCING:
      return 'differencing';
    default:
      return null;
  }
}

/** A power of two from 512 KiB to 256 MiB: what any known writer makes. */
export function legalBlockSize(size: number): boolean {
  return size >= MIN_BLOCK_SIZE && size <= MAX_BLOCK_SIZE && (size & (size - 1)) === 0;
}

/**
 * Reads the metadata of a VHD, whatever state it is in: nothing in the data makes it throw, and hostile counts and sizes
 * cost no memory.
 * @throws PlatterError failure when the file cannot be read; cancelled.
 */
export async function readVhd(from: ByteSource, signal?: Signal): Promise<VhdImage> {
  const source = new NearSource(from);
  const footers = withVote(await ownFooters(source, await readFooters(source, signal), signal), source.size);
  const footer = footers.chosen;
  const kind = footer ? kindOf(footer.value.diskType) : null;
  const header = kind === 'fixed' ? null : await readHeader(source, footer, signal);
  const virtualSize = footer ? wholeSectors(footer.value.currentSize) : null;

  const table = header ? header.value.tableOffset : 0n;
  const bat =
    header?.usable && table < BigInt(source.size)
      ? await readBat(source, Number(table), header.value.maxTableEntries, blocksOf(virtualSize, header.value), signal)
      : null;
  const batmap = bat && footer ? await readBatmap(source, bat.at + bat.paddedLength, footer.value, signal) : null;
  const locators = header?.usable && kind !== 'dynamic' ? await readLocators(source, header.value, signal) : [];
  const image: VhdImage = {
    source: from,
    footers,
    footer,
    kind,
    header,
    bat,
    batmap,
    locators,
    virtualSize,
    bitmapBytes: header?.usable ? bitmapLength(header.value.blockSize) : 0,
    blocks: header?.usable ? blocksOf(virtualSize, header.value) : 0,
  };
  if (bat && !footers.end?.valid && !footers.elsewhere) footers.elsewhere = await footerBehindData(image, signal);
  return image;
}

/** Footers without those that are the guest's data; images whose footers agree are not looked into. */
async function ownFooters(source: ByteSource, footers: Footers, signal?: Signal): Promise<Footers> {
  const { end, copy, elsewhere } = footers;
  const doubtful = [end, elsewhere].some((one) => one?.valid === true && !isTwin(copy, one));
  if (!doubtful) return footers;
  const copied = copy?.valid ? copy : null;
  for (const said of [copied, end?.valid ? end : elsewhere, null]) {
    const header = await readHeader(source, said, signal);
    if (!header?.usable || header.value.tableOffset >= BigInt(source.size)) continue;
    const { tableOffset, maxTableEntries: promised } = header.value;
    const { entries } = await readBat(source, Number(tableOffset), promised, promised, signal);
    return (await withoutGuests(footers, { source, header: header.value, entries }, signal)) ?? footers;
  }
  return footers;
}

/** The footer where it belongs, when so much follows it that it was not found from the end; only the copy's own counts. */
async function footerBehindData(image: VhdImage, signal?: Signal): Promise<FooterSighting | null> {
  const { source, footer } = image;
  const at = dataEnd(image);
  if (footer?.place !== 'copy' || at + FOOTER_LENGTH > source.size) return null;
  const sighting = sightFooter(await source.read(at, FOOTER_LENGTH, signal), 'elsewhere', at);
  return sighting.valid && sighting.value.uniqueId === footer.value.uniqueId ? sighting : null;
}

/** Blocks a disk of this size has; 0 when the size is not known. */
export function blocksOf(virtualSize: number | null, { blockSize }: DynamicHeader): number {
  return virtualSize === null ? 0 : Math.ceil(virtualSize / blockSize);
}

function wholeSectors(size: bigint): number | null {
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return Number(size) - (Number(size) % SECTOR);
}

async function readHeader(
  source: ByteSource,
  footer: FooterSighting | null,
  signal?: Signal,
): Promise<HeaderSighting | null> {
  const behindCopy = SECTOR;
  const said = footer ? footer.value.dataOffset : BigInt(behindCopy);
  const first = said < BigInt(source.size) ? await sightHeader(source, Number(said), signal) : null;
  if (first?.usable || Number(said) === behindCopy) return first;
  const second = await sightHeader(source, behindCopy, signal);
  return second?.usable ? second : first;
}

/** What stands at `at`, judged as a dynamic header; null when the file ends before it would. */
export async function sightHeader(source: ByteSource, at: number, signal?: Signal): Promise<HeaderSighting | null> {
  if (at + HEADER_LENGTH > source.size) return null;
  const bytes = await source.read(at, HEADER_LENGTH, signal);
  if (bytes.length < HEADER_LENGTH) throw failure('short-read', 'The file ended while it was read.', { offset: at });
  const value = dynamicHeader.parse(bytes);
  const computedChecksum = onesComplementSum(bytes, dynamicHeader.field('checksum').offset);
  const cookieOk = value.cookie === HEADER_COOKIE;
  const checksumOk = computedChecksum === value.checksum;
  return {
    at,
    bytes,
    value,
    cookieOk,
    computedChecksum,
    checksumOk,
    usable: cookieOk && checksumOk && legalBlockSize(value.blockSize),
  };
}

/** File offset just behind copy, header, BAT and batmap, whichever reaches furthest: no block can start before it. */
export function tablesEnd(image: VhdImage): number {
  let end = Math.min(image.source.size, image.kind === 'fixed' ? 0 : SECTOR);
  const reach = (to: number): void => {
    if (to <= image.source.size) end = Math.max(end, to);
  };
  if (image.header) reach(image.header.at + HEADER_LENGTH);
  if (image.bat) reach(image.bat.at + image.bat.paddedLength);
  if (image.batmap) reach(image.batmap.at + SECTOR);
  if (image.batmap?.map) reach(image.batmap.map.at + image.batmap.map.bytes.length);
  return end;
}

/** As {@link tablesEnd}, with the parent locators' texts; those may also stand behind the blocks. */
export function metadataEnd(image: VhdImage): number {
  let end = tablesEnd(image);
  for (const { at, length, space } of image.locators) {
    if (at !== null && at + Math.max(length, space) <= image.source.size)
      end = Math.max(end, at + Math.max(length, space));
  }
  return end;
}

/**
 * File offset where the last owned byte ends and the footer belongs: the furthest of metadata and allocated blocks. A
 * block that reaches past the end of the file still counts: it is owned, and its tail is missing.
 */
export function dataEnd(image: VhdImage): number {
  if (image.kind === 'fixed') return image.virtualSize ?? 0;
  let end = metadataEnd(image);
  if (image.bat && image.header?.usable) {
    const length = image.bitmapBytes + image.header.value.blockSize;
    for (const entry of image.bat.entries) {
      if (entry !== UNALLOCATED) end = Math.max(end, entry * SECTOR + length);
    }
  }
  return end;
}
