import { onesComplementSum } from '../../structure/checksum.ts';
import { FOOTER_COOKIE, FOOTER_LENGTH, NO_OFFSET, SECTOR, TYPE_FIXED } from './constants.ts';
import type { FooterSighting } from './footer.ts';
import { geometryFor } from './geometry.ts';
import { type Footer, footer } from './layout.ts';

/** Fixed disk's footer that does not verify, with every field put right that has only one right value there. */
export interface MendedFooter {
  /** 512 bytes; the checksum in them is right. */
  bytes: Uint8Array;
  /** The stored checksum fits what was put right: nothing else is damaged. */
  proved: boolean;
}

/** Fields that follow from the file alone, of which so many have to be right for something to be a damaged footer. */
const MARKS_NEEDED = 5;

/**
 * Puts right what stands at the end of a file as a fixed disk's damaged footer: such a disk has no copy to compare with, but
 * most fields can have only one value. `ids` are those its children expect, `now` seconds since 2000. Null when it is whole,
 * or too little of it is left.
 */
export function mendFixedFooter(
  end: FooterSighting,
  { ids = [], now = null }: { ids?: readonly string[]; now?: number | null } = {},
): MendedFooter | null {
  const { bytes, value, valid, at, length } = end;
  if (valid || length !== FOOTER_LENGTH || at < SECTOR || at % SECTOR !== 0) return null;
  const size = BigInt(at);
  const reserved = footer.field('reserved');
  const isEmpty = bytes.subarray(reserved.offset, reserved.offset + reserved.length).every((byte) => byte === 0);
  const marks = [
    cookieLeft(value.cookie) >= 6,
    value.fileFormatVersion === 0x0001_0000,
    value.dataOffset === NO_OFFSET,
    value.currentSize === size,
    value.originalSize === size,
    value.diskType === TYPE_FIXED,
    isEmpty,
  ];
  const named = value.cookie === FOOTER_COOKIE && value.dataOffset === NO_OFFSET && isEmpty;
  if (!named && marks.filter((mark) => mark).length < MARKS_NEEDED) return null;
  const only: Partial<Footer> = {
    cookie: FOOTER_COOKIE,
    fileFormatVersion: 0x0001_0000,
    dataOffset: NO_OFFSET,
    currentSize: size,
    diskType: TYPE_FIXED,
    reserved: new Uint8Array(reserved.length),
  };
  const sure = footer.serialise(only, bytes);
  const proof = [sure, ...usualValues(at, ids).map((change) => footer.serialise(change, sure))].find(
    (tried) => sum(tried) === value.checksum,
  );
  if (proof) return { bytes: proof, proved: true };
  const likely = footer.serialise(likelyValues(value, at, now), sure);
  return { bytes: footer.serialise({ checksum: sum(likely) }, likely), proved: false };
}

/** Sectors of a track in the specification's own geometries. */
const TRACKS = new Set([17, 31, 63, 255]);

/** Values for fields that hold what no creator writes; others stay as they stand. */
function likelyValues(value: Footer, size: number, now: number | null): Partial<Footer> {
  const out: Partial<Footer> = {};
  const { cylinders, heads, sectors } = value.diskGeometry;
  if (cylinders === 0 || heads === 0 || heads > 16 || !TRACKS.has(sectors)) out.diskGeometry = geometryFor(size);
  if ((value.features & ~1) !== 2) out.features = 2;
  if (value.originalSize === 0n || value.originalSize > BigInt(size)) out.originalSize = BigInt(size);
  if (value.savedState > 1) out.savedState = 0;
  if (value.hidden > 1) out.hidden = 0;
  if (now !== null && value.timeStamp > now) out.timeStamp = now;
  return out;
}

/** What one more field would be in a footer as its creator wrote it. */
function usualValues(size: number, ids: readonly string[]): Partial<Footer>[] {
  const creators = ['tap\0', 'vpc ', 'win ', 'vs  ', 'd2v ', 'qemu', 'qem2', 'vbox'];
  return [
    { originalSize: BigInt(size) },
    { diskGeometry: geometryFor(size) },
    { features: 2 },
    { features: 3 },
    { savedState: 0 },
    { hidden: 0 },
    { hidden: 1 },
    ...creators.map((creatorApplication) => ({ creatorApplication })),
    ...['Wi2k', '\0\0\0\0', 'Mac '].map((creatorHostOs) => ({ creatorHostOs })),
    ...[0x0001_0003, 0x0001_0001, 0x0005_0003, 0x000a_0000, 0x0006_0001].map((creatorVersion) => ({ creatorVersion })),
    ...ids.map((uniqueId) => ({ uniqueId })),
  ];
}

function cookieLeft(cookie: string): number {
  let left = 0;
  for (let i = 0; i < FOOTER_COOKIE.length; i += 1) if (cookie[i] === FOOTER_COOKIE[i]) left += 1;
  return left;
}

function sum(bytes: Uint8Array): number {
  return onesComplementSum(bytes, footer.field('checksum').offset);
}
