import { bitmapHas } from '../../../core/formats/vhd/bitmap.ts';
import { SECTOR, TYPE_FIXED, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { dynamicHeader, footer } from '../../../core/formats/vhd/layout.ts';
import { locatorEntries } from '../../../core/formats/vhd/locators.ts';
import { batmapFault, differencingFault, footerFault, headerFault, locatorFault, notZero } from './check-rules.ts';
import { type ImageStats, imageStats, printStats } from './check-stats.ts';
import { type Command, type Context, codeOf, EINVAL } from './command.ts';
import { Device } from './device.ts';
import { asErrno, attempt, Errno } from './errno.ts';
import { getopt } from './getopt.ts';
import { isDynamic, quirky } from './headers.ts';
import { BLOCK_SHIFT, NO_CODE, Vhd } from './libvhd.ts';
import { hexNumber, type Output } from './output.ts';
import { Overlaps } from './overlap.ts';
import { findParent, headerParentName, locatorText, readable, resolveParent } from './parents.ts';
import { read } from './read.ts';
import { baseName, type System } from './system.ts';

const USAGE =
  'options: -n <file> [-i ignore missing primary footers] [-I ignore parent uuids] [-t ignore timestamps] ' +
  '[-B do not check BAT for overlapping (precludes -s, -b)] [-p check parents] [-b check bitmaps] [-s stats] [-h help]';

interface Options {
  ignoreFooter: boolean;
  ignoreParentId: boolean;
  ignoreTimes: boolean;
  data: boolean;
  noOverlap: boolean;
  stats: boolean;
}

/** `vhd-util check` */
export const check: Command = async (context) => {
  const { out, args } = context;
  const parsed = getopt('check', args, 'n:iItpbBsh');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const given = new Map('complaint' in parsed ? [] : parsed.options.map(({ letter, value }) => [letter, value]));
  const name = given.get('n');
  const contradict = given.has('B') && (given.has('s') || given.has('b'));
  if ('complaint' in parsed || given.has('h') || name === undefined || parsed.rest.length > 0 || contradict) {
    await out.line(USAGE);
    return given.has('h') ? 0 : EINVAL;
  }
  const run = new Check(context, {
    ignoreFooter: given.has('i'),
    ignoreParentId: given.has('I'),
    ignoreTimes: given.has('t'),
    data: given.has('b'),
    noOverlap: given.has('B'),
    stats: given.has('s'),
  });
  const failure = await run.image(name);
  if (failure) return failure.number;
  const parents = given.has('p') ? await run.parents(name) : null;
  if (given.has('s')) await printStats(out, run.stats);
  return codeOf(parents);
};

/** A fault that is printed as a line, and ends the check of its image. */
class Fault extends Error {
  readonly errno: Errno;

  constructor(message: string, errno = new Errno('EINVAL')) {
    super(message);
    this.errno = errno;
  }
}

/** One run of `check`: its options, and what it counts along the chain. */
class Check {
  /** Leaf first. */
  readonly stats: ImageStats[] = [];
  readonly #context: Context;
  readonly #out: Output;
  readonly #system: System;
  readonly #options: Options;
  /** -i has passed over a bad footer, of this image or of one before it. */
  #footerMissing = false;

  constructor(context: Context, options: Options) {
    this.#context = context;
    this.#out = context.out;
    this.#system = context.system;
    this.#options = options;
  }

  /** Checks one image up to its first fault; then prints what `read -p` says. */
  async image(name: string): Promise<Errno | null> {
    const seen = await attempt(() => this.#system.stat(name));
    if (seen instanceof Errno) {
      await this.#out.line(`cannot stat ${name}: ${seen.number}`);
      return seen;
    }
    if (seen.kind !== 'file' && seen.kind !== 'block-device') {
      await this.#out.line(`${name} is not a regular file or block device`);
      return new Errno('EINVAL');
    }
    const device = await attempt(() => Device.open(this.#system, name));
    if (device instanceof Errno) {
      await this.#out.line(`error opening ${name}`);
      return device;
    }
    try {
      await this.#opened(name, device);
      return null;
    } catch (thrown) {
      if (thrown instanceof Fault) await this.#out.line(thrown.message);
      const failure = thrown instanceof Fault ? thrown.errno : asErrno(thrown);
      await this.#out.line(`${name} appears invalid; dumping metadata`);
      await read({ ...this.#context, args: ['-p', '-n', name] });
      return failure;
    } finally {
      await device.close();
    }
  }

  /** Checks all ancestors, from the parent up. */
  async parents(name: string): Promise<Errno | null> {
    const seen = new Set<string>();
    let current = name;
    for (;;) {
      const parent = await attempt(() => this.#parentOf(current, seen));
      if (parent === null) return null;
      const failure = parent instanceof Errno ? parent : await this.image(parent);
      if (failure) {
        await this.#out.line(`error checking parents: ${failure.toString()}`);
        return failure;
      }
      current = parent as string;
    }
  }

  /** @throws Errno; ELOOP at an image seen before, where vhd-util goes round for ever. */
  async #parentOf(name: string, seen: Set<string>): Promise<string | null> {
    const vhd = await Vhd.open(this.#system, name, { ignoreDisabled: true });
    try {
      seen.add(vhd.device.identity);
      if (!vhd.differencing || vhd.parentRaw) return null;
      const parent = await attempt(() => findParent(this.#system, vhd));
      if (parent instanceof Errno) {
        await this.#out.line(`error getting parent: ${parent.toString()}`);
        throw parent;
      }
      if (seen.has((await this.#system.stat(parent)).identity)) throw new Errno('ELOOP');
      return parent;
    } finally {
      await vhd.close();
    }
  }

  async #opened(name: string, device: Device): Promise<void> {
    const footerBytes = await this.#footer(device);
    const value = footerBytes && footer.parse(footerBytes);
    // of a fixed disk nothing more is checked, and nothing said
    if (!value || !isDynamic(value)) return;
    await checkHeader(device, value.dataOffset);
    const vhd = await Vhd.open(this.#system, name, { ignoreDisabled: true });
    try {
      const fault = differencingFault(vhd, this.#options.ignoreTimes);
      if (fault) throw new Fault(`differencing header is invalid: ${fault}`);
      await this.#bat(vhd);
      if (await vhd.hasBatmap()) await checkBatmap(vhd);
      if (vhd.differencing) await this.#locators(vhd);
    } finally {
      await vhd.close();
    }
    if (!this.#options.stats) await this.#out.line(`${name} is valid`);
  }

  /** The footer that counts; null for a fixed disk. */
  async #footer(device: Device): Promise<Uint8Array | null> {
    const { ignoreFooter, ignoreTimes } = this.#options;
    const { size } = device;
    const length = size % SECTOR === 0 ? SECTOR : SECTOR - 1;
    if (size < length) throw new Fault('error calculating end of file: -22');
    const primary = new Uint8Array(SECTOR);
    primary.set(await device.readAnywhere(size - length, length));
    const fault = footerFault(primary, ignoreTimes);
    if (fault) {
      this.#footerMissing = true;
      if (!ignoreFooter) throw new Fault(`primary footer invalid: ${fault}`);
    } else if (footer.parse(primary).diskType === TYPE_FIXED) {
      return null;
    }
    if (size < SECTOR) throw new Fault('error reading backup footer: -5', new Errno('EIO'));
    const copy = await device.read(0n, SECTOR);
    const copyFault = footerFault(copy, ignoreTimes);
    if (copyFault) throw new Fault(`backup footer invalid: ${copyFault}`);
    if (same(primary, copy)) return primary;
    if (ignoreFooter) return copy;
    const value = footer.parse(copy);
    if (value.hidden !== 0 && quirky(value)) {
      // the copy alone was marked hidden
      if (same(primary, footer.serialise({ hidden: 0 }, copy))) return primary;
    }
    throw new Fault('primary and backup footers do not match');
  }

  async #bat(vhd: Vhd): Promise<void> {
    const { noOverlap, data, stats, ignoreFooter } = this.#options;
    const counted = imageStats(vhd.name, vhd.blockSectors * vhd.header.maxTableEntries);
    if (stats) this.stats.push(counted);
    const { size } = vhd.device;
    if (size % SECTOR !== 0 && size % SECTOR !== SECTOR - 1) {
      throw new Fault(`invalid file size: ${hexNumber(size)}`);
    }
    const bat = await named('error reading bat', () => vhd.bat());
    const endOfHeaders = (await named('error calculating end of metadata', () => vhd.endOfHeaders())) >> 9n;
    const end = Math.ceil(size / SECTOR) - 1;
    const length = vhd.blockSectors + vhd.bitmapSectors;
    const blocks = vhd.footer.currentSize >> BLOCK_SHIFT;
    const { maxTableEntries } = vhd.header;
    if (blocks > maxTableEntries) {
      throw new Fault(`VHD size (${blocks} blocks) exceeds BAT size (${maxTableEntries})`);
    }
    if (blocks > bat.entries) throw new Errno('ENOMEM');
    const places = Uint32Array.from({ length: Number(blocks) }, (_, block) => bat.at(block));
    const overlaps = noOverlap ? null : new Overlaps(places, length);
    for (const [block, at] of places.entries()) {
      if (at === UNALLOCATED) continue;
      const clobbers = (what: string): Fault => new Fault(`block ${block} (offset ${hexNumber(at)}) clobbers ${what}`);
      if (at < endOfHeaders) throw clobbers('headers');
      const blockEnd = (at + length) >>> 0;
      const tolerated = this.#footerMissing && ignoreFooter && blockEnd === end + 1;
      if (blockEnd > end && !tolerated) throw clobbers('footer');
      const other = overlaps?.first(block) ?? null;
      if (other !== null) {
        throw clobbers(`block ${other} (offset ${hexNumber(places[other] ?? 0)})`);
      }
      if (data || stats) await this.#bitmap(vhd, block, counted);
    }
  }

  async #bitmap(vhd: Vhd, block: number, counted: ImageStats): Promise<void> {
    counted.allocated += vhd.blockSectors;
    const bitmap = await reading(`error reading bitmap ${hexNumber(block)}`, () => vhd.readBitmap(block));
    const data = this.#options.data
      ? await reading(`error reading data block ${hexNumber(block)}`, () => vhd.readBlock(block))
      : null;
    const lines: string[] = [];
    for (let sector = 0; sector < vhd.blockSectors; sector += 1) {
      const set = bitmapHas(bitmap, sector);
      if (set) {
        counted.writtenCount += 1;
        if (this.#options.stats) counted.written.add(block * vhd.blockSectors + sector);
      } else if (data && notZero(data.subarray(sector * SECTOR, (sector + 1) * SECTOR))) {
        lines.push(`sector ${hexNumber(sector)} of block ${hexNumber(block)} has data where bitmap is clear`);
      }
    }
    if (lines.length > 0) throw new Fault(lines.join('\n'));
  }

  async #locators(vhd: Vhd): Promise<void> {
    // a name that cannot be read has ended the check before
    const name = headerParentName(vhd) ?? '';
    const codes = new Set<string>();
    let found = false;
    for (const [index, entry] of locatorEntries(vhd.header).entries()) {
      const fault = locatorFault(entry, vhd.device.size);
      if (fault) throw new Fault(`invalid parent locator ${index}: ${fault}`);
      const code = entry.platformCode;
      if (code === NO_CODE) continue;
      if (codes.has(code)) throw new Fault(`duplicate platform code in locator ${index}: ${codeNumber(code)}`);
      codes.add(code);
      if (!readable(code)) continue;
      const text = await named(`error reading parent locator ${index}`, () => locatorText(vhd, entry));
      const last = baseName(text);
      if (last !== name) {
        throw new Fault(`parent locator ${index} name (${last}) does not match header name (${name})`);
      }
      const location = await named(`error resolving ${text}`, () => resolveParent(this.#system, vhd, text));
      const trouble = await this.#parent(vhd, location);
      if (trouble) throw new Fault(`invalid parent ${location}: ${trouble}`);
      found = true;
    }
    if (!found) throw new Fault(`could not find parent ${name}`);
  }

  async #parent(vhd: Vhd, location: string): Promise<string | null> {
    if (vhd.parentRaw || this.#options.ignoreParentId) return null;
    const parent = await attempt(() => Vhd.open(this.#system, location, { ignoreDisabled: true }));
    if (parent instanceof Errno) return 'error opening parent';
    await parent.close();
    return parent.footer.uniqueId === vhd.header.parentUniqueId ? null : 'invalid parent uuid';
  }
}

/** Does `work`; its failure is printed with its number behind `what`. */
async function named<T>(what: string, work: () => Promise<T>): Promise<T> {
  const answer = await attempt(work);
  if (answer instanceof Errno) throw new Fault(`${what}: ${answer.toString()}`, answer);
  return answer;
}

/** Does `work`; its failure is printed as `what`. */
async function reading<T>(what: string, work: () => Promise<T>): Promise<T> {
  const answer = await attempt(work);
  if (answer instanceof Errno) throw new Fault(what, answer);
  return answer;
}

async function checkHeader(device: Device, at: bigint): Promise<void> {
  if (BigInt.asIntN(64, at) < 0n) throw new Fault('error seeking to header: -22');
  const bytes = await attempt(() => device.read(at, dynamicHeader.length));
  if (bytes instanceof Errno) {
    // a plain read past the end answers nothing, which counts as EIO
    const failure = bytes.message === 'EPIPE' ? new Errno('EIO') : bytes;
    throw new Fault(`error reading header: ${failure.toString()}`, failure);
  }
  const fault = headerFault(bytes, device.size);
  if (fault) throw new Fault(`header is invalid: ${fault}`);
}

async function checkBatmap(vhd: Vhd): Promise<void> {
  const bat = await named('error reading bat', () => vhd.bat());
  const batmap = await named('error reading batmap', () => vhd.batmap());
  const fault = batmapFault(vhd, batmap);
  if (fault) throw new Fault(`batmap is invalid: ${fault}`);
  const blocks = Number(vhd.footer.currentSize >> BLOCK_SHIFT);
  for (let block = 0; block < blocks; block += 1) {
    if (bitmapHas(batmap.map, block) && bat.at(block) === UNALLOCATED) {
      throw new Fault(`batmap shows unallocated block ${block} full`);
    }
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, index) => byte === b[index]);
}

/** A platform code as its number. */
function codeNumber(code: string): string {
  let value = 0;
  for (const char of code) value = value * 256 + char.charCodeAt(0);
  return hexNumber(value);
}
