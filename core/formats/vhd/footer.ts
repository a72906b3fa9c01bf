import type { ByteSource, Signal } from '../../io/source.ts';
import { clampLength } from '../../io/source.ts';
import { onesComplementSum } from '../../structure/checksum.ts';
import { NIL_UUID, printable } from '../../structure/codecs.ts';
import {
  FOOTER_COOKIE,
  FOOTER_LENGTH,
  POISON_COOKIE,
  SECTOR,
  SHORT_FOOTER_LENGTH,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
} from './constants.ts';
import { mendFixedFooter } from './fixed-footer.ts';
import { type Footer, footer } from './layout.ts';

/** `vote`: stands nowhere as it is; put together of the damaged ones at the end and at 0. */
export type FooterPlace = 'end' | 'copy' | 'elsewhere' | 'vote';

/** Bytes that stand where a footer belongs, or that look like one, with what is right and wrong about them. */
export interface FooterSighting {
  place: FooterPlace;
  /** File offset of its first byte. */
  at: number;
  /** 512, or 511 for Virtual PC's short footer; less where its end is cut off. */
  length: number;
  /** Always 512 bytes; those a short footer lacks count as 0. */
  bytes: Uint8Array;
  value: Footer;
  cookieOk: boolean;
  /** The cookie is blktap's v_poison: disabled, otherwise a footer. */
  poisoned: boolean;
  computedChecksum: number;
  checksumOk: boolean;
  /** Early blktap set `hidden` without a new checksum; the stored one is right for hidden = 0. */
  hiddenChecksum: boolean;
  /** Cookie (or poison) and checksum (or the blktap quirk) are right: it can be read. */
  valid: boolean;
}

/** Decodes 512 or 511 bytes as a footer; what is wrong is said, never thrown. */
export function sightFooter(bytes: Uint8Array, place: FooterPlace, at: number): FooterSighting {
  const padded = bytes.length === FOOTER_LENGTH ? bytes : pad(bytes);
  const value = footer.parse(padded);
  const poisoned = value.cookie === POISON_COOKIE;
  const cookieOk = value.cookie === FOOTER_COOKIE;
  const checksumAt = footer.field('checksum').offset;
  const computedChecksum = onesComplementSum(padded, checksumAt);
  const checksumOk = computedChecksum === value.checksum;
  const hiddenChecksum = !checksumOk && hasHiddenQuirk(value) && hiddenlessSum(padded, checksumAt) === value.checksum;
  return {
    place,
    at,
    length: bytes.length,
    bytes: padded,
    value,
    cookieOk,
    poisoned,
    computedChecksum,
    checksumOk,
    hiddenChecksum,
    valid: (cookieOk || poisoned) && (checksumOk || hiddenChecksum),
  };
}

/** Whether this creator is one of those that set `hidden` without a new checksum (blktap 0.1 and 1.1). */
export function hasHiddenQuirk(value: Footer): boolean {
  return (
    printable(value.creatorApplication) === 'tap' &&
    (value.creatorVersion === 0x0001 || value.creatorVersion === 0x0001_0001) &&
    value.hidden !== 0
  );
}

function hiddenlessSum(bytes: Uint8Array, checksumAt: number): number {
  const plain = bytes.slice();
  plain[footer.field('hidden').offset] = 0;
  return onesComplementSum(plain, checksumAt);
}

function pad(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(FOOTER_LENGTH);
  out.set(bytes.subarray(0, FOOTER_LENGTH));
  return out;
}

/** All that stands where footers belong. */
export interface Footers {
  /** The last 512 bytes, or 511 where only those make a footer; null for a file too small. */
  end: FooterSighting | null;
  /** The first 512 bytes; null for a file too small. On a fixed disk they are the guest's, and `valid` is false. */
  copy: FooterSighting | null;
  /** A valid footer with bytes after it, or with its end cut off; looked for only when the end holds none. */
  elsewhere: FooterSighting | null;
  /** The one that reads, or that two damaged ones add up to; null when none is valid. */
  chosen: FooterSighting | null;
}

/** How far from the end a displaced footer is looked for: with a good copy it is only a curiosity, without it is all there is. */
const SEARCH_WITH_COPY = 64 * 1024;
const SEARCH_WITHOUT_COPY = 1024 * 1024;
/** Farther away, only a fixed disk's footer that stands where its own size says: guests hold footers of other disks. */
const SEARCH_FIXED = 4 * 1024 * 1024;

/**
 * Reads the places where footers belong. The end one reads when valid (512 bytes, else 511), else the copy at 0, else one
 * found near the end. Source of the order: blktap's vhd_read_footer, as observed, and the search is ours.
 */
export async function readFooters(source: ByteSource, signal?: Signal): Promise<Footers> {
  const { size } = source;
  const copy = size >= FOOTER_LENGTH ? sightFooter(await source.read(0, FOOTER_LENGTH, signal), 'copy', 0) : null;
  const end = await readEnd(source, signal);
  let elsewhere: FooterSighting | null = null;
  if (end && !end.valid && !copy?.valid) elsewhere = await readCut(source, signal);
  if (end && !end.valid && !elsewhere) {
    elsewhere = await searchFooter(source, copy?.valid ? SEARCH_WITH_COPY : SEARCH_WITHOUT_COPY, copy, signal);
    if (!elsewhere && !copy?.valid) {
      const far = await searchFooter(source, SEARCH_FIXED, copy, signal);
      if (far?.value.diskType === TYPE_FIXED && far.value.currentSize === BigInt(far.at)) elsewhere = far;
    }
  }
  // a fixed disk's own footer, damaged, before one of its guest's
  if (elsewhere && end && !copy?.valid && elsewhere.at < end.at && mendFixedFooter(end)) elsewhere = null;
  return chooseFooter({ end, copy, elsewhere });
}

/** Which of those that were found is read. */
export function chooseFooter({ end, copy, elsewhere }: Omit<Footers, 'chosen'>): Footers {
  const chosen = end?.valid ? end : copy && readsAsCopy(copy) ? copy : elsewhere;
  return { end, copy, elsewhere, chosen };
}

/** A dynamic image is opened by its copy; one that says "fixed" would be guest data that happens to hold a footer. */
export function readsAsCopy({ valid, value }: FooterSighting): boolean {
  const sparse = value.diskType === TYPE_DYNAMIC || value.diskType === TYPE_DIFFERENCING;
  return valid && (sparse || value.dataOffset === 512n);
}

/** Whether two sightings are of one footer, although one of them, or both, may be damaged. */
export function isTwin(copy: FooterSighting | null, other: FooterSighting): boolean {
  if (!copy || copy === other) return false;
  if (copy.value.uniqueId === other.value.uniqueId && other.value.uniqueId !== NIL_UUID) return true;
  // two whole ones with two ids are two footers
  if (copy.valid && other.valid) return false;
  const alike = (a: FooterSighting, b: FooterSighting): boolean => likeness(a.bytes, b.bytes) >= SIMILAR;
  return alike(other, copy) && alike(copy, other);
}

/** Share of a footer's marks by which another is taken for the same one, damaged. */
export const SIMILAR = 0.6;

/** How much of what is not zero in `model` stands in `bytes` in the same place, from 0 to 1. */
export function likeness(bytes: Uint8Array, model: Uint8Array): number {
  let marks = 0;
  let same = 0;
  for (const [index, byte] of model.entries()) {
    if (byte === 0) continue;
    marks += 1;
    if (bytes[index] === byte) same += 1;
  }
  return marks === 0 ? 0 : same / marks;
}

/** Whether a footer stands at the end of the file, whole or damaged: what it covers is no block's. */
export function endStands({ end, copy }: Footers): boolean {
  return end !== null && (end.valid || isTwin(copy, end) || (end.cookieOk && copy?.valid !== true));
}

async function readEnd(source: ByteSource, signal?: Signal): Promise<FooterSighting | null> {
  const { size } = source;
  if (size < SHORT_FOOTER_LENGTH) return null;
  const at = Math.max(0, size - FOOTER_LENGTH);
  const tail = await source.read(at, size - at, signal);
  if (tail.length === SHORT_FOOTER_LENGTH) return sightFooter(tail, 'end', 0);
  const long = sightFooter(tail, 'end', at);
  if (long.valid) return long;
  const short = sightFooter(tail.subarray(1), 'end', at + 1);
  return short.valid ? short : long;
}

/** Bytes of a footer that hold anything; those behind are zero in every known image. */
const USED = footer.field('reserved').offset;

/**
 * A footer whose end has been cut off: it starts on the last sector boundary, only zeros are missing, and with them its
 * checksum fits.
 */
async function readCut(source: ByteSource, signal?: Signal): Promise<FooterSighting | null> {
  const length = source.size % SECTOR;
  if (length < USED) return null;
  const at = source.size - length;
  const sighting = sightFooter(await source.read(at, length, signal), 'elsewhere', at);
  return sighting.valid ? sighting : null;
}

/** The valid footer nearest the end of the last `reach` bytes, at any byte offset, other than the copy itself. */
async function searchFooter(
  source: ByteSource,
  reach: number,
  copy: FooterSighting | null,
  signal?: Signal,
): Promise<FooterSighting | null> {
  const from = Math.max(copy?.valid ? FOOTER_LENGTH : 0, source.size - reach);
  const tail = await source.read(from, clampLength(from, reach, source.size), signal);
  for (let i = tail.length - SHORT_FOOTER_LENGTH; i >= 0; i -= 1) {
    // 'c' or 'v' first: a byte comparison before anything is decoded
    const first = tail[i];
    if ((first !== 0x63 || tail[i + 1] !== 0x6f) && (first !== 0x76 || tail[i + 1] !== 0x5f)) continue;
    const sighting = sightFooter(tail.slice(i, i + FOOTER_LENGTH), 'elsewhere', from + i);
    if (sighting.valid) return sighting;
  }
  return null;
}
