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
 * most fields can have only one value. Null when it is whole, or too little of it is left.
 */
export function mendFixedFooter(end: FooterSighting, ids: readonly string[] = []): MendedFooter | null {
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
  if (marks.filter((mark) => mark).length < MARKS_NEEDED) return null;
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
  return { bytes: footer.serialise({ checksum: sum(sure) }, sure), proved: false };
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
