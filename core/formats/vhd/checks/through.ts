import type { Signal } from '../../../io/source.ts';
import { readBat } from '../bat.ts';
import { readBatmap } from '../batmap.ts';
import { bitmapLength } from '../bitmap.ts';
import { HEADER_LENGTH, SECTOR, UNALLOCATED } from '../constants.ts';
import type { DynamicHeader } from '../layout.ts';
import { readLocators } from '../locators.ts';
import { blocksOf, type HeaderSighting, sightHeader, type VhdImage } from '../read.ts';
import { betterBlockSize } from './block-size.ts';
import { headerFits } from './check.ts';
import { plainHeader, sameLayout } from './header-fit.ts';
import { isHeaderGone, possibleHeaders, showsBlockSize } from './missing-header.ts';
import { laidOutFixed } from './survey.ts';
import { isNoTable, isTable, misfitsOf, usualTablePlace } from './table-place.ts';

/** How far into a file its header is looked for when it is neither where the footer says nor where it usually is. */
const HEADER_REACH = 128 * 1024;

/**
 * The image as it reads once its damaged header is put right, or its block size is the one its table shows; itself when the
 * header is whole, or beyond that.
 */
export function seeThrough(image: VhdImage, signal?: Signal): Promise<VhdImage> {
  let through = SEEN.get(image);
  if (!through) SEEN.set(image, (through = readThrough(image, signal)));
  return through;
}

/** Several callers ask of one image, and sorting a large table takes its time. */
const SEEN = new WeakMap<VhdImage, Promise<VhdImage>>();

async function readThrough(given: VhdImage, signal?: Signal): Promise<VhdImage> {
  const image = await withHeader(given, signal);
  const { header, kind } = image;
  if (isHeaderGone(image)) return withMissingHeader(image, signal);
  if (!header || kind === 'fixed') return image;
  const fits = headerFits(image);
  const read = (value: DynamicHeader, bytes: Uint8Array): Promise<VhdImage> =>
    readBehind(image, { ...header, value, bytes, cookieOk: true, checksumOk: true, usable: true }, signal);
  const readings: VhdImage[] = [];
  for (const { value, bytes } of fits) readings.push(await read(value, bytes));
  // a field that has nothing to do with the blocks may be the damaged one, and its right value not be known here
  const own = header.usable || fits.length === 0 ? null : plainHeader(header, image);
  if (own) readings.push(await read(own.value, own.bytes));
  const best = bestOf(readings);
  if (best) return best;
  const placed = await withUsualTable(image, signal);
  return withBlockSize(placed, betterBlockSize(placed));
}

/** The reading whose table makes most sense, earlier ones first; null where two are as good and lead elsewhere. */
function bestOf(readings: readonly VhdImage[]): VhdImage | null {
  const judged = readings.map((image) => ({ image, misfits: readings.length > 1 ? misfitsOf(image) : 0 }));
  const least = Math.min(...judged.map(({ misfits }) => misfits));
  const [best, ...others] = judged.filter(({ misfits }) => misfits === least).map(({ image }) => image);
  const layout = best?.header?.value;
  const same = others.every(({ header }) => layout && header && sameLayout(header.value, layout));
  return best && same ? best : null;
}

/** The image with the one header that its blocks show it had; itself when they show none, or more than one. */
async function withMissingHeader(image: VhdImage, signal?: Signal): Promise<VhdImage> {
  const shown: VhdImage[] = [];
  for (const header of await possibleHeaders(image)) {
    const tried = await readBehind(image, header, signal);
    if (showsBlockSize(tried)) shown.push(tried);
  }
  return shown.length === 1 ? (shown[0] ?? image) : image;
}

/** The image with its table in the usual place, where the header leads to none and there is one. */
async function withUsualTable(image: VhdImage, signal?: Signal): Promise<VhdImage> {
  const { header } = image;
  if (!header?.usable || !isNoTable(image)) return image;
  const tableOffset = BigInt(usualTablePlace(header));
  if (tableOffset === header.value.tableOffset) return image;
  const other = await readBehind(image, { ...header, value: { ...header.value, tableOffset } }, signal);
  return isTable(other) ? other : image;
}

/** The image with a table as long as the disk needs, and the batmap behind it: for a promise that no file keeps. */
export function withNeededTable(image: VhdImage, signal?: Signal): Promise<VhdImage> {
  const { header, blocks } = image;
  if (!header) return Promise.resolve(image);
  return readBehind(image, { ...header, value: { ...header.value, maxTableEntries: blocks } }, signal);
}

/** The image with another header, and all that is found by it. */
async function readBehind(image: VhdImage, header: HeaderSighting, signal?: Signal): Promise<VhdImage> {
  const { source, footer, kind } = image;
  const { value } = header;
  const bat = await readBat(
    source,
    Number(value.tableOffset),
    value.maxTableEntries,
    blocksOf(image.virtualSize, value),
    signal,
  );
  const batmap = footer ? await readBatmap(source, bat.at + bat.paddedLength, footer.value, signal) : null;
  const locators = kind === 'dynamic' ? [] : await readLocators(source, value, signal);
  return withBlockSize({ ...image, header, bat, batmap, locators }, value.blockSize);
}

function withBlockSize(image: VhdImage, blockSize: number | null): VhdImage {
  const { header, virtualSize } = image;
  if (!header || blockSize === null) return image;
  return {
    ...image,
    header: { ...header, value: { ...header.value, blockSize } },
    bitmapBytes: bitmapLength(blockSize),
    blocks: virtualSize === null ? 0 : Math.ceil(virtualSize / blockSize),
  };
}

/** The image with its header, where that is neither where the footer says nor where it usually is. */
export async function withHeader(image: VhdImage, signal?: Signal): Promise<VhdImage> {
  const { header, source } = image;
  if (header?.cookieOk || laidOutFixed(image)) return image;
  const head = await source.read(0, HEADER_REACH, signal);
  for (let at = 0; at + HEADER_LENGTH <= head.length; at += SECTOR) {
    if (head[at] !== 0x63 || head[at + 1] !== 0x78) continue;
    const found = await sightHeader(source, at, signal);
    if (!found?.usable) continue;
    const read = await readBehind(image, found, signal);
    if (isItsHeader(read, found)) return read;
  }
  return image;
}

/** An image kept in the guest's data has a header, too: it stands in a block, and is for another disk. */
function isItsHeader({ bat, blocks, bitmapBytes }: VhdImage, { at, value }: HeaderSighting): boolean {
  if (!bat || value.maxTableEntries < blocks) return false;
  return bat.entries.every((entry) => {
    const start = entry * SECTOR;
    return entry === UNALLOCATED || at + HEADER_LENGTH <= start || at >= start + bitmapBytes + value.blockSize;
  });
}
