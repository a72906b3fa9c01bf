import { formatOffset } from '../../../structure/text.ts';
import { FOOTER_LENGTH, HEADER_LENGTH, SECTOR, TYPE_FIXED, UNALLOCATED } from '../constants.ts';
import { mendFixedFooter } from '../fixed-footer.ts';
import { endStands } from '../footer.ts';
import type { DynamicHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';

/** Bytes of the file that a structure takes. */
export interface Claim {
  from: number;
  /** Exclusive. */
  to: number;
  /** "the footer copy", "the block allocation table". */
  what: string;
}

/** Who takes which bytes of the file, as far as the metadata can be believed. */
export interface Survey {
  /** Copy, header, table and batmap, in order of offset. Locators are not among them: theirs is the weaker claim. */
  metadata: Claim[];
  /** Entries of the BAT that can be believed to be entries. */
  entries: Uint32Array;
  /** The header promises more entries than there is room for, and the disk does not need them. */
  tablePromiseAbsurd: boolean;
  /** The table is where a table can be, and is as long as one can be: what it says can be judged. */
  tableReads: boolean;
  /** A block's bitmap and data, in bytes; 0 without a usable header. */
  blockLength: number;
  /** Where blocks have to end: at the end footer where one stands, although damaged, else at the end of the file. */
  limit: number;
  /** Where the footer belongs: behind the metadata and every block that starts within the file. */
  dataEnd: number;
}

/** Room for a locator's text that somebody may have meant. */
const BELIEVABLE_SPACE = 64 * 1024;

/** By whose word the image is laid out: a fixed disk has no structures but the footer. */
export function laidOutFixed(image: VhdImage): boolean {
  const { footer, footers, header } = image;
  if (header?.usable) return false;
  const said = footer ?? footers.end;
  if (!said) return false;
  if (!footer && mendFixedFooter(said)) return true;
  if (!footer && !said.cookieOk) return false;
  if (image.kind === 'fixed' || (!footer && said.value.diskType === TYPE_FIXED)) return true;
  // another type, but a fixed disk's shape: no header anywhere, and the data is exactly the disk
  return (
    footer !== null && !header?.cookieOk && footer.place !== 'copy' && footer.value.currentSize === BigInt(footer.at)
  );
}

export function surveyImage(image: VhdImage): Survey {
  const { footers, header, bat, batmap, source, bitmapBytes } = image;
  const limit = footers.end && endStands(footers) ? footers.end.at : source.size;
  const metadata: Claim[] = [];
  const claim = (from: number, length: number, what: string): void => {
    if (length > 0) metadata.push({ from, to: from + length, what });
  };
  const sparse = !laidOutFixed(image);
  if (sparse) claim(0, Math.min(FOOTER_LENGTH, source.size), 'the footer copy');
  if (header?.cookieOk || header?.usable) claim(header.at, HEADER_LENGTH, 'the dynamic header');

  const placed = header !== null && tableFault(header.at, header.value) === null;
  const { entries, absurd } = placed ? believableEntries(image, limit) : { entries: new Uint32Array(), absurd: false };
  if (bat && placed)
    claim(bat.at, padded(absurd ? entries.length * 4 : bat.promised * 4), 'the block allocation table');
  if (batmap?.cookieOk && placed) {
    claim(batmap.at, SECTOR, 'the batmap header');
    // a map elsewhere is a fault of its own, and must not make good blocks look bad
    if (batmap.map?.at === batmap.at + SECTOR) claim(batmap.map.at, batmap.map.bytes.length, 'the batmap');
  }
  metadata.sort((a, b) => a.from - b.from);

  const blockLength = header?.usable ? bitmapBytes + header.value.blockSize : 0;
  let dataEnd = 0;
  for (const { to } of metadata) dataEnd = Math.max(dataEnd, Math.min(to, source.size));
  for (const { at, length, space } of image.locators) {
    if (at === null || at + length > source.size) continue;
    const room = space <= BELIEVABLE_SPACE ? Math.max(length, space) : length;
    dataEnd = Math.max(dataEnd, Math.min(at + room, limit));
  }
  if (blockLength > 0) {
    for (const entry of entries) {
      if (entry !== UNALLOCATED && entry * SECTOR < limit) dataEnd = Math.max(dataEnd, entry * SECTOR + blockLength);
    }
  }
  return {
    metadata,
    entries,
    tablePromiseAbsurd: absurd,
    tableReads: placed && (bat?.promised ?? 0) > 0,
    blockLength,
    limit,
    dataEnd,
  };
}

/** Why a table cannot be where the header says; null when it can, as far as the header alone tells. */
export function tableFault(headerAt: number, { tableOffset, maxTableEntries }: DynamicHeader): string | null {
  const headerEnd = headerAt + HEADER_LENGTH;
  if (tableOffset < BigInt(FOOTER_LENGTH)) return 'within the footer copy';
  if (tableOffset < BigInt(headerEnd)) {
    if (tableOffset >= BigInt(headerAt)) return 'within the header itself';
    const end = Number(tableOffset) + maxTableEntries * 4;
    if (end > headerAt) return `so that it runs into the header at ${formatOffset(headerAt)}`;
  }
  return tableOffset % BigInt(SECTOR) === 0n ? null : 'which is not on a sector boundary';
}

function padded(length: number): number {
  return Math.ceil(length / SECTOR) * SECTOR;
}

/**
 * Entries that are entries. A promise that no file of this size can keep, or that runs into the disk's own blocks, is
 * not: what stands there is data, and as entries it would give a flood of findings about nothing.
 */
function believableEntries(
  { bat, blocks, source }: VhdImage,
  limit: number,
): { entries: Uint32Array; absurd: boolean } {
  if (!bat) return { entries: new Uint32Array(), absurd: false };
  if (bat.promised <= blocks || blocks === 0) return { entries: bat.entries, absurd: false };
  const needed = bat.entries.subarray(0, blocks);
  const neededEnd = bat.at + blocks * 4;
  const promisedEnd = bat.at + bat.promised * 4;
  if (neededEnd > source.size) return { entries: bat.entries, absurd: false };
  if (promisedEnd > limit) return { entries: needed, absurd: true };
  const runsInto = needed.some((entry) => entry * SECTOR >= neededEnd && entry * SECTOR < promisedEnd);
  let used = 0;
  let impossible = 0;
  for (const entry of bat.entries.subarray(blocks)) {
    if (entry === UNALLOCATED) continue;
    used += 1;
    if (entry * SECTOR >= limit || entry === 0) impossible += 1;
  }
  // one such entry is a fault of its own; several, and nothing else, are no entries
  const absurd = (runsInto && impossible > 0) || (impossible > 3 && impossible === used);
  return { entries: absurd ? needed : bat.entries, absurd };
}
