import { batmapChecksum } from '../../../core/formats/vhd/batmap.ts';
import {
  BATMAP_COOKIE,
  DEFAULT_BLOCK_SIZE,
  MAX_BAT_ENTRIES,
  SECTOR,
  TYPE_DIFFERENCING,
  UNALLOCATED,
} from '../../../core/formats/vhd/constants.ts';
import {
  type BatmapHeader,
  batmapHeader,
  type DynamicHeader,
  type Footer,
  footer,
} from '../../../core/formats/vhd/layout.ts';
import { locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { NIL_UUID } from '../../../core/structure/codecs.ts';
import { Device } from './device.ts';
import { attempt, Errno } from './errno.ts';
import {
  byTapdisk,
  footerValid,
  type Headers,
  isDynamic,
  type OpenOptions,
  quirky,
  readHeaders,
  TAP_0_1,
} from './headers.ts';
import type { System } from './system.ts';

// vhd-util's own view of a VHD, as observed (docs/vhd-util.md). It is narrower than ours in places and is kept apart from it:
// 2 MiB blocks are assumed for the length of the table, and bad footers are passed over in silence.

/** Bytes of a block wherever vhd-util does not ask the header. */
export const BLOCK = BigInt(DEFAULT_BLOCK_SIZE);
export const BLOCK_SHIFT = 21n;
const TAP_1_2 = 0x0001_0002;
export const BATMAP_NOW = 0x0001_0002;

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

  private constructor(name: string, device: Device, headers: Headers) {
    this.name = name;
    this.device = device;
    this.footerBytes = headers.footerBytes;
    this.footer = headers.footer;
    this.headerBytes = headers.headerBytes;
    this.header = headers.header;
    this.blockSectors = this.header.blockSize >>> 9;
    this.bitmapSectors = isDynamic(this.footer) ? padded(this.blockSectors >>> 3) / SECTOR : 0;
  }

  /** Opens for reading only. @throws Errno */
  static async open(system: System, name: string, options: OpenOptions = {}): Promise<Vhd> {
    if (new TextEncoder().encode(name).length >= 1000) throw new Errno('ENAMETOOLONG');
    const device = await Device.open(system, name, options.cached !== true);
    try {
      return new Vhd(name, device, await readHeaders(device, options));
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

  /** The batmap header's sector as it is, for writing it back changed. @throws Errno when there is no batmap. */
  async batmapBytes(): Promise<{ at: number; bytes: Uint8Array }> {
    await this.batmap();
    return { at: Number(this.#batmapAt), bytes: await this.device.read(this.#batmapAt, SECTOR) };
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
