import { batmapChecksum } from '../../../core/formats/vhd/batmap.ts';
import {
  BATMAP_COOKIE,
  FOOTER_COOKIE,
  HEADER_COOKIE,
  NO_OFFSET,
  SECTOR,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  TYPE_FIXED,
  VHD_EPOCH,
} from '../../../core/formats/vhd/constants.ts';
import { type Geometry, geometryFor } from '../../../core/formats/vhd/geometry.ts';
import {
  type DynamicHeader,
  dynamicHeader,
  type Footer,
  footer,
  type LocatorEntry,
  locatorEntry,
} from '../../../core/formats/vhd/layout.ts';
import { knownLocatorCode } from '../../../core/formats/vhd/locators.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { byTapdisk, footerSumOk, headerSum, isDynamic } from './headers.ts';
import { BATMAP_NOW, type Batmap, locatorLength, NO_CODE, type Vhd } from './libvhd.ts';
import { headerParentName } from './parents.ts';

// The tests of `vhd-util check` in its own order. Each answers what it finds wrong first, or null.

/** Clocks of storage servers may be this many seconds ahead. */
const SLACK = 1800;
const TAP_NOW = 0x0001_0003;
const LOCATORS = dynamicHeader.field('parentLocator1').offset;
const PARENT_NAME = dynamicHeader.field('parentUnicodeName');

/** Seconds since 2000. */
function now(): number {
  return Math.floor(Date.now() / 1000) - VHD_EPOCH;
}

/** Whether there is a byte other than zero. Where the first byte is one, vhd-util takes all for zero, and so do we. */
export function notZero(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0) return false;
  for (let i = 1; i < bytes.length; i += 1) if (bytes[i] !== 0) return true;
  return false;
}

/** What the specification computes, over sectors counted in 32 bits. */
function geometryOf(size: bigint): number {
  const sectors = Number(BigInt.asUintN(32, BigInt.asUintN(64, size + 511n) >> 9n)) || 1;
  return packed(geometryFor(sectors * SECTOR));
}

/** As one number, as the footer holds it. */
function packed({ cylinders, heads, sectors }: Geometry): number {
  return ((cylinders << 16) | (heads << 8) | sectors) >>> 0;
}

export function footerFault(bytes: Uint8Array, ignoreTimes: boolean): string | null {
  const value: Footer = footer.parse(bytes);
  if (value.cookie !== FOOTER_COOKIE) return 'invalid cookie';
  if (!footerSumOk(bytes, value)) return 'invalid checksum';
  if (!(value.features & 2)) return "invalid 'reserved' feature";
  if (value.features & ~3) return 'invalid extra features';
  if (value.fileFormatVersion !== 0x0001_0000) return 'invalid file format version';
  if (!isDynamic(value) && value.dataOffset !== NO_OFFSET) return 'invalid data offset';
  if (!ignoreTimes && value.timeStamp > now() + SLACK) return 'creation time in future';
  if (byTapdisk(value) && value.creatorVersion > TAP_NOW) return 'unsupported tap creator version';
  if (geometryOf(value.currentSize) < packed(value.diskGeometry)) return 'geometry too large';
  if (![TYPE_FIXED, TYPE_DYNAMIC, TYPE_DIFFERENCING].includes(value.diskType)) return 'invalid type';
  if (value.savedState > 1) return "invalid 'saved' state";
  if (value.hidden > 1) return "invalid 'hidden' state";
  if (notZero(value.reserved)) return "invalid 'reserved' bits";
  return value.uniqueId === NIL_UUID ? 'invalid (NULL) uuid' : null;
}

/** @param size of the file */
export function headerFault(bytes: Uint8Array, size: number): string | null {
  const value: DynamicHeader = dynamicHeader.parse(bytes);
  if (value.cookie !== HEADER_COOKIE) return 'invalid cookie';
  if (headerSum(bytes) !== value.checksum) return 'invalid checksum';
  if (value.headerVersion !== 0x0001_0000) return 'invalid header version';
  if (value.dataOffset !== NO_OFFSET) return 'invalid data offset';
  const { tableOffset, blockSize } = value;
  const tableEnd = BigInt.asUintN(64, tableOffset + BigInt(value.maxTableEntries * 4));
  if (tableOffset === 0n || tableOffset % 512n !== 0n || tableEnd > footerPlace(size)) return 'invalid table offset';
  if (blockSize === 0 || (blockSize & (blockSize - 1)) !== 0) return 'invalid block size';
  return value.reserved1 !== 0 || notZero(value.reserved2) ? 'invalid reserved bits' : null;
}

/** Where the footer starts; a file smaller than one wraps around to a huge number. */
function footerPlace(size: number): bigint {
  return BigInt.asUintN(64, BigInt(size - SECTOR));
}

export function differencingFault(vhd: Vhd, ignoreTimes: boolean): string | null {
  const { header, headerBytes } = vhd;
  if (vhd.differencing) {
    if (!ignoreTimes && header.parentTimeStamp > now() + SLACK) return 'parent creation time in future';
    return headerParentName(vhd) === null ? 'invalid parent name' : null;
  }
  const name = headerBytes.subarray(PARENT_NAME.offset, PARENT_NAME.offset + PARENT_NAME.length);
  if (notZero(name)) return 'invalid non-null parent name';
  if (notZero(headerBytes.subarray(LOCATORS, LOCATORS + 8 * locatorEntry.length))) {
    return 'invalid non-null parent locators';
  }
  if (header.parentUniqueId !== NIL_UUID) return 'invalid non-null parent uuid';
  return header.parentTimeStamp === 0 ? null : 'invalid non-zero parent timestamp';
}

export function batmapFault(vhd: Vhd, { header, map }: Batmap): string | null {
  if (header.cookie !== BATMAP_COOKIE) return 'invalid cookie';
  if (header.batmapVersion > BATMAP_NOW) return 'unsupported batmap version';
  if (batmapChecksum(map, header.batmapVersion) !== header.checksum) return 'invalid checksum';
  if (header.batmapSize === 0) return 'invalid size zero';
  if ((header.batmapSize << 12) >>> 0 < vhd.header.maxTableEntries) return 'batmap-BAT size mismatch';
  const { batmapOffset } = header;
  if (batmapOffset === 0n || batmapOffset % 512n !== 0n) return 'invalid batmap offset';
  const end = BigInt.asUintN(64, batmapOffset + BigInt(header.batmapSize * SECTOR));
  return end > footerPlace(vhd.device.size) ? 'invalid batmap size' : null;
}

export function locatorFault(entry: LocatorEntry, size: number): string | null {
  if (!knownLocatorCode(entry.platformCode)) return 'invalid platform code';
  if (entry.platformCode === NO_CODE) return notZero(locatorEntry.serialise(entry)) ? 'non-zero locator' : null;
  if (entry.dataOffset === 0n) return 'invalid data offset';
  if (entry.dataSpace === 0) return 'invalid data space';
  if (entry.dataLength === 0) return 'invalid data length';
  const end = BigInt.asUintN(64, entry.dataOffset + BigInt(locatorLength(entry.dataSpace)));
  if (end > footerPlace(size)) return 'invalid size';
  return entry.reserved === 0 ? null : 'invalid reserved bits';
}
