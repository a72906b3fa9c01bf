import {
  DEFAULT_BLOCK_SIZE,
  FOOTER_COOKIE,
  HEADER_COOKIE,
  NO_OFFSET,
  POISON_COOKIE,
  SECTOR,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
} from '../../../core/formats/vhd/constants.ts';
import { type DynamicHeader, dynamicHeader, type Footer, footer } from '../../../core/formats/vhd/layout.ts';
import { knownLocatorCode, locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { onesComplementSum } from '../../../core/structure/checksum.ts';
import type { Device } from './device.ts';
import { attempt, Errno } from './errno.ts';

// Which footer and which header vhd-util takes, and which it refuses.

export const TAP_0_1 = 0x0000_0001;
export const TAP_1_1 = 0x0001_0001;

export interface OpenOptions {
  /** Take a disk that is disabled (cookie v_poison). */
  ignoreDisabled?: boolean;
  /** Read the first 1,536 bytes only: copy of the footer, and header. */
  fast?: boolean;
  /** Take the copy of the footer at 0, even if the end one is good. */
  backup?: boolean;
  /** Through the page cache instead of direct I/O. */
  cached?: boolean;
}

/** Footer and header, with the bytes they are read from. */
export interface Headers {
  readonly footerBytes: Uint8Array;
  readonly footer: Footer;
  readonly headerBytes: Uint8Array;
  readonly header: DynamicHeader;
}

/** Whether the creator application begins with "tap". */
export function byTapdisk(value: Footer): boolean {
  return value.creatorApplication.startsWith('tap');
}

export function footerSum(bytes: Uint8Array): number {
  return onesComplementSum(bytes, footer.field('checksum').offset);
}

export function headerSum(bytes: Uint8Array): number {
  return onesComplementSum(bytes, dynamicHeader.field('checksum').offset);
}

/** Whether the checksum is right, or is that of an early tapdisk, which set `hidden` without a new one. */
export function footerSumOk(bytes: Uint8Array, value: Footer): boolean {
  if (footerSum(bytes) === value.checksum) return true;
  if (value.hidden === 0 || !quirky(value)) return false;
  const plain = bytes.slice();
  plain[footer.field('hidden').offset] = 0;
  return footerSum(plain) === value.checksum;
}

/** tapdisk 0.1 and 1.1, which kept the copy of the footer apart from the end one. */
export function quirky(value: Footer): boolean {
  return byTapdisk(value) && (value.creatorVersion === TAP_0_1 || value.creatorVersion === TAP_1_1);
}

export function isDynamic(value: Footer): boolean {
  return value.diskType === TYPE_DYNAMIC || value.diskType === TYPE_DIFFERENCING;
}

export function footerValid(bytes: Uint8Array): boolean {
  const value = footer.parse(bytes);
  return (value.cookie === FOOTER_COOKIE || value.cookie === POISON_COOKIE) && footerSumOk(bytes, value);
}

function headerValid(bytes: Uint8Array): boolean {
  const value = dynamicHeader.parse(bytes);
  const { blockSize } = value;
  return (
    value.cookie === HEADER_COOKIE &&
    value.headerVersion === 0x0001_0000 &&
    value.dataOffset === NO_OFFSET &&
    blockSize !== 0 &&
    blockSize <= DEFAULT_BLOCK_SIZE &&
    (blockSize & (blockSize - 1)) === 0 &&
    locatorEntries(value).every(({ platformCode }) => knownLocatorCode(platformCode)) &&
    headerSum(bytes) === value.checksum
  );
}

/** Reads footer and header of a file that is to be opened. @throws Errno */
export async function readHeaders(device: Device, { fast, ignoreDisabled, backup }: OpenOptions): Promise<Headers> {
  if (fast === true) return readStart(device);
  const { bytes, failure } = backup === true ? await copyOnly(device) : await lastFooter(device);
  if (failure) throw failure;
  const value = footer.parse(bytes);
  if (ignoreDisabled !== true && value.cookie === POISON_COOKIE) throw new Errno('EINVAL');
  const header = isDynamic(value) ? await readHeader(device, value.dataOffset) : new Uint8Array(dynamicHeader.length);
  if (byTapdisk(value) && value.creatorVersion === TAP_0_1) throw new Errno('EINVAL');
  return parsed(bytes, header);
}

async function readStart(device: Device): Promise<Headers> {
  const start = await device.read(0n, SECTOR + dynamicHeader.length);
  const bytes = start.subarray(0, SECTOR);
  if (!footerValid(bytes)) throw new Errno('EINVAL');
  const value = footer.parse(bytes);
  if (!isDynamic(value)) return parsed(bytes, new Uint8Array(dynamicHeader.length));
  if (value.dataOffset !== BigInt(SECTOR)) {
    return parsed(bytes, await readHeader(device, value.dataOffset));
  }
  const header = start.subarray(SECTOR);
  if (!headerValid(header)) throw new Errno('EINVAL');
  return parsed(bytes, header);
}

async function readHeader(device: Device, at: bigint): Promise<Uint8Array> {
  const bytes = await device.read(at, dynamicHeader.length);
  if (!headerValid(bytes)) throw new Errno('EINVAL');
  return bytes;
}

/**
 * The footer that reads: at the end, else a short one, else the copy. When none is good: the failure, with the bytes that
 * were looked at last.
 */
async function lastFooter(device: Device): Promise<{ bytes: Uint8Array; failure: Errno | null }> {
  let bytes: Uint8Array = new Uint8Array(SECTOR);
  const look = async (read: () => Promise<Uint8Array>): Promise<Errno | null> => {
    const found = await attempt(read);
    if (found instanceof Errno) return found;
    bytes = found;
    return footerValid(found) ? null : new Errno('EINVAL');
  };
  const { size } = device;
  const tries = [() => device.read(BigInt(size - SECTOR), SECTOR)];
  if (size % SECTOR === SECTOR - 1) tries.push(() => shortFooter(device));
  tries.push(() => device.read(0n, SECTOR));
  let failure: Errno | null = null;
  for (const read of tries) {
    failure = await look(read);
    if (failure?.number !== EINVAL) break;
  }
  return { bytes, failure };
}

async function copyOnly(device: Device): Promise<{ bytes: Uint8Array; failure: Errno | null }> {
  const bytes = await device.read(0n, SECTOR);
  return { bytes, failure: footerValid(bytes) ? null : new Errno('EINVAL') };
}

const EINVAL = new Errno('EINVAL').number;

async function shortFooter(device: Device): Promise<Uint8Array> {
  const out = new Uint8Array(SECTOR);
  out.set(await device.readAnywhere(device.size - (SECTOR - 1), SECTOR - 1));
  return out;
}

/** What vhd-util has in memory of a file that it could not open: zeros where it came to nothing. */
export async function remains(device: Device | null): Promise<Headers> {
  const footerBytes = device ? (await lastFooter(device)).bytes : new Uint8Array(SECTOR);
  const value = footer.parse(footerBytes);
  const found =
    device && isDynamic(value) ? await attempt(() => device.read(value.dataOffset, dynamicHeader.length)) : null;
  return parsed(footerBytes, found instanceof Uint8Array ? found : new Uint8Array(dynamicHeader.length));
}

function parsed(footerBytes: Uint8Array, headerBytes: Uint8Array): Headers {
  return { footerBytes, footer: footer.parse(footerBytes), headerBytes, header: dynamicHeader.parse(headerBytes) };
}
