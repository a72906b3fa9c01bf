import { onesComplementSum } from '../../../core/structure/checksum.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { batmapChecksum } from '../../../core/formats/vhd/batmap.ts';
import {
  BATMAP_COOKIE,
  DEFAULT_BLOCK_SIZE,
  FOOTER_COOKIE,
  HEADER_COOKIE,
  MAX_BAT_ENTRIES,
  NO_OFFSET,
  POISON_COOKIE,
  SECTOR,
  TYPE_DIFFERENCING,
  TYPE_DYNAMIC,
  UNALLOCATED,
} from '../../../core/formats/vhd/constants.ts';
import {
  type BatmapHeader,
  batmapHeader,
  type DynamicHeader,
  dynamicHeader,
  type Footer,
  footer,
} from '../../../core/formats/vhd/layout.ts';
import { knownLocatorCode, locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { Device } from './device.ts';
import { attempt, Errno } from './errno.ts';
import type { System } from './system.ts';

// vhd-util's own view of a VHD, as observed (docs/vhd-util.md). It is narrower than ours in places and is kept apart from it:
// 2 MiB blocks are assumed for the length of the table, and bad footers are passed over in silence.

/** Bytes of a block wherever vhd-util does not ask the header. */
export const BLOCK = BigInt(DEFAULT_BLOCK_SIZE);
export const BLOCK_SHIFT = 21n;
export const TAP_0_1 = 0x0000_0001;
export const TAP_1_1 = 0x0001_0001;
const TAP_1_2 = 0x0001_0002;
export const BATMAP_NOW = 0x0001_0002;

export interface OpenOptions {
  /** Take a disk that is disabled (cookie v_poison). */
  ignoreDisabled?: boolean;
  /** Read the first 1,536 bytes only: copy of the footer, and header. */
  fast?: boolean;
  /** Through the page cache instead of direct I/O. */
  cached?: boolean;
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

function footerValid(bytes: Uint8Array): boolean {
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

/** Bytes rounded up to whole sectors, one at least. */
export function padded(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / SECTOR)) * SECTOR;
}

/** The allocation table as vhd-util holds it: padded to sectors, only the used entries brought into byte order. */
export class Bat {
  readonly entries: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, entries: number) {
    this.entries = entries;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether the block's entry was read, if only as padding. */
  holds(block: number): boolean {
    return (block + 1) * 4 <= this.#view.byteLength;
  }

  /** @throws Errno ERANGE past what was read, where vhd-util takes whatever its memory holds. */
  at(block: number): number {
    if (!this.holds(block)) throw new Errno('ERANGE');
    return this.#view.getUint32(block * 4, block >= this.entries);
  }
}

export interface Batmap {
  header: BatmapHeader;
  map: Uint8Array;
}

/** Footer and header, with the bytes they are read from. */
export interface Headers {
  readonly footerBytes: Uint8Array;
  readonly footer: Footer;
  readonly headerBytes: Uint8Array;
  readonly header: DynamicHeader;
}

/** An open VHD, through vhd-util's eyes. */
export class Vhd implements Headers {
  readonly name: string;
  readonly device: Device;
  readonly footerBytes: Uint8Array;
  readonly footer: Footer;
  readonly headerBytes: Uint8Array;
  readonly header: DynamicHeader;
  /** Sectors of a block, and of its bitmap; 0 when the disk has no header. */
  readonly blockSectors: number;
  readonly bitmapSectors: number;
  #bat: Bat | null = null;
  #batmap: Batmap | null = null;

  constructor(name: string, device: Device, footerBytes: Uint8Array, headerBytes: Uint8Array) {
    this.name = name;
    this.device = device;
    this.footerBytes = footerBytes;
    this.footer = footer.parse(footerBytes);
    this.headerBytes = headerBytes;
    this.header = dynamicHeader.parse(headerBytes);
    this.blockSectors = this.header.blockSize >>> 9;
    this.bitmapSectors = isDynamic(this.footer) ? padded(this.blockSectors >>> 3) / SECTOR : 0;
  }

  /** Opens for reading only. @throws Errno */
  static async open(system: System, name: string, options: OpenOptions = {}): Promise<Vhd> {
    if (new TextEncoder().encode(name).length >= 1000) throw new Errno('ENAMETOOLONG');
    const device = await Device.open(system, name, options.cached !== true);
    try {
      return await load(name, device, options);
    } catch (thrown) {
      await device.close();
      throw thrown;
    }
  }

  close(): Promise<void> {
    return this.device.close();
  }

  get dynamic(): boolean {
    return isDynamic(this.footer);
  }

  get differencing(): boolean {
    return this.footer.diskType === TYPE_DIFFERENCING;
  }

  /** A parent without id is taken for a raw image. */
  get parentRaw(): boolean {
    return this.header.parentUniqueId === NIL_UUID;
  }

  async bat(): Promise<Bat> {
    return (this.#bat ??= await this.#readBat());
  }

  async #readBat(): Promise<Bat> {
    if (!this.dynamic) throw new Errno('EINVAL');
    const blocks = BigInt.asUintN(64, this.footer.currentSize + BLOCK - 1n) >> BLOCK_SHIFT;
    const entries = Number(BigInt.asUintN(32, blocks));
    if (this.header.maxTableEntries < entries) throw new Errno('EINVAL');
    if (entries > MAX_BAT_ENTRIES) throw new Errno('ENOMEM');
    return new Bat(await this.device.read(this.header.tableOffset, padded(entries * 4)), entries);
  }

  /** Where a block's bitmap starts, in sectors; ERANGE past the table, EINVAL when it is not allocated. */
  async #blockAt(block: number): Promise<number> {
    const bat = await this.bat();
    if (block >= bat.entries) throw new Errno('ERANGE');
    const at = bat.at(block);
    if (at === UNALLOCATED) throw new Errno('EINVAL');
    return at;
  }

  async readBitmap(block: number): Promise<Uint8Array> {
    const at = await this.#blockAt(block);
    return this.device.read(BigInt(at * SECTOR), this.bitmapSectors * SECTOR);
  }

  /**
   * A whole block. vhd-util takes the file's last 512 bytes for the footer, so of a block that reaches there they read as
   * zeros. Where the file does not end with a whole sector its direct I/O fails; a block that is all there is read then.
   */
  async readBlock(block: number): Promise<Uint8Array> {
    const at = ((await this.#blockAt(block)) + this.bitmapSectors) * SECTOR;
    const { size } = this.device;
    const { blockSize } = this.header;
    const rest = size % SECTOR;
    const end = size - (rest === 0 ? SECTOR : rest);
    if (end >= at + blockSize) return this.device.readAnywhere(at, blockSize);
    if (rest !== 0) throw new Errno('EINVAL');
    // vhd-util writes over memory of its own here
    if (end < at) throw new Errno('EIO');
    const out = new Uint8Array(blockSize);
    out.set(await this.device.readAnywhere(at, end - at));
    return out;
  }

  /** `length` bytes of a block from its byte `from`, exactly. */
  async readSpan(block: number, from: number, length: number): Promise<Uint8Array> {
    const at = ((await this.#blockAt(block)) + this.bitmapSectors) * SECTOR;
    return this.device.readAnywhere(at + from, length);
  }

  /** File offset of the batmap's header: straight behind the padded table. */
  get #batmapAt(): bigint {
    return BigInt.asUintN(64, this.header.tableOffset + BigInt(padded(this.header.maxTableEntries * 4)));
  }

  async batmapHeader(): Promise<BatmapHeader> {
    return batmapHeader.parse(await this.device.read(this.#batmapAt, SECTOR));
  }

  async hasBatmap(): Promise<boolean> {
    const { creatorVersion } = this.footer;
    if (!this.dynamic || !byTapdisk(this.footer) || creatorVersion <= TAP_0_1) return false;
    if (creatorVersion >= TAP_1_2 || this.#batmap) return true;
    const header = await attempt(() => this.batmapHeader());
    return !(header instanceof Errno) && batmapHeaderOk(header);
  }

  /** The batmap with a right checksum. */
  async batmap(): Promise<Batmap> {
    if (!(await this.hasBatmap())) throw new Errno('EINVAL');
    return (this.#batmap ??= await this.#readBatmap());
  }

  async #readBatmap(): Promise<Batmap> {
    const header = await this.batmapHeader();
    if (!batmapHeaderOk(header)) throw new Errno('EINVAL');
    const length = Number(BigInt.asUintN(32, ((this.footer.currentSize >> 24n) + 511n) >> 9n) || 1n) * SECTOR;
    // vhd-util aborts here
    if (header.batmapSize * SECTOR < length) throw new Errno('EINVAL');
    const map = await this.device.read(header.batmapOffset, length);
    if (batmapChecksum(map, header.batmapVersion) !== header.checksum) throw new Errno('EINVAL');
    return { header, map };
  }

  /** The first byte behind all metadata, as a signed 64-bit number. */
  async endOfHeaders(): Promise<bigint> {
    if (!this.dynamic) return 0n;
    const ends = [this.footer.dataOffset + 1024n];
    ends.push(this.header.tableOffset + BigInt.asUintN(32, BigInt(padded(this.header.maxTableEntries * 4))));
    if (await this.hasBatmap()) {
      const { header } = await this.batmap();
      ends.push(this.#batmapAt + BigInt(SECTOR), header.batmapOffset + BigInt(header.batmapSize * SECTOR));
    }
    for (const entry of locatorEntries(this.header)) {
      if (entry.platformCode !== NO_CODE) ends.push(entry.dataOffset + BigInt(locatorLength(entry.dataSpace)));
    }
    return ends.map((end) => BigInt.asIntN(64, end)).reduce((most, end) => (end > most ? end : most));
  }

  /** Where the footer belongs. */
  async endOfData(): Promise<bigint> {
    if (!this.dynamic) return BigInt(this.device.size - SECTOR);
    let end = (await this.endOfHeaders()) >> 9n;
    const bat = await this.bat();
    let last = -1;
    for (let block = 0; block < bat.entries; block += 1) {
      const at = bat.at(block);
      if (at !== UNALLOCATED && at > last) last = at;
    }
    const blockEnd = BigInt(last + this.blockSectors + this.bitmapSectors);
    if (last >= 0 && blockEnd > end) end = blockEnd;
    return end << 9n;
  }

  /** The hidden flag as a signed byte; tapdisk 0.1 and 1.1 keep the true one in the copy. */
  async hidden(): Promise<number> {
    if (!this.dynamic || !quirky(this.footer)) return signedByte(this.footer.hidden);
    const copy = await this.device.read(0n, SECTOR);
    if (!footerValid(copy)) throw new Errno('EINVAL');
    return signedByte(footer.parse(copy).hidden);
  }

  /** Marker and key hash; a disk without batmap has them in extended attributes, which we do not read. */
  async markers(): Promise<{ marker: number; keyHash: Uint8Array | null }> {
    if (!(await this.hasBatmap())) return { marker: 0, keyHash: null };
    const header = await this.batmapHeader();
    return { marker: header.marker, keyHash: header.keyHashCookie === 0 ? null : header.keyHash };
  }
}

export const NO_CODE = '\0\0\0\0';

/** Bytes a locator's text has room for; 0 when the number makes no sense. */
export function locatorLength(space: number): number {
  if (space < SECTOR) return space * SECTOR;
  return space % SECTOR === 0 ? space : 0;
}

export function signedByte(value: number): number {
  return value > 127 ? value - 256 : value;
}

function batmapHeaderOk({ cookie, batmapVersion }: BatmapHeader): boolean {
  return cookie === BATMAP_COOKIE && batmapVersion <= BATMAP_NOW;
}

async function load(name: string, device: Device, { fast, ignoreDisabled }: OpenOptions): Promise<Vhd> {
  if (fast) return loadFast(name, device);
  const { bytes, failure } = await lastFooter(device);
  if (failure) throw failure;
  const value = footer.parse(bytes);
  if (ignoreDisabled !== true && value.cookie === POISON_COOKIE) throw new Errno('EINVAL');
  const header = isDynamic(value) ? await readHeader(device, value.dataOffset) : new Uint8Array(dynamicHeader.length);
  if (byTapdisk(value) && value.creatorVersion === TAP_0_1) throw new Errno('EINVAL');
  return new Vhd(name, device, bytes, header);
}

async function loadFast(name: string, device: Device): Promise<Vhd> {
  const start = await device.read(0n, SECTOR + dynamicHeader.length);
  const bytes = start.subarray(0, SECTOR);
  if (!footerValid(bytes)) throw new Errno('EINVAL');
  const value = footer.parse(bytes);
  if (!isDynamic(value)) return new Vhd(name, device, bytes, new Uint8Array(dynamicHeader.length));
  if (value.dataOffset !== BigInt(SECTOR)) {
    return new Vhd(name, device, bytes, await readHeader(device, value.dataOffset));
  }
  const header = start.subarray(SECTOR);
  if (!headerValid(header)) throw new Errno('EINVAL');
  return new Vhd(name, device, bytes, header);
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
  const headerBytes = found instanceof Uint8Array ? found : new Uint8Array(dynamicHeader.length);
  return { footerBytes, footer: value, headerBytes, header: dynamicHeader.parse(headerBytes) };
}
