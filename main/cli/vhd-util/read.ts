import { bitmapHas, bitmapRuns, setBit } from '../../../core/formats/vhd/bitmap.ts';
import { DEFAULT_BLOCK_SIZE, SECTOR, UNALLOCATED } from '../../../core/formats/vhd/constants.ts';
import { type Command, codeOf, EINVAL } from './command.ts';
import { Device } from './device.ts';
import { attempt, Errno } from './errno.ts';
import { getopt, strtoull } from './getopt.ts';
import { Guest } from './guest.ts';
import { remains } from './headers.ts';
import { Vhd } from './libvhd.ts';
import { number, type Output } from './output.ts';
import { printAll, printFooter, printHeader } from './print.ts';
import type { System } from './system.ts';

const USAGE = `options:
-h          help
-n          name
-p          print VHD headers
-t sec      translate logical sector to VHD location
-b blk      print bat entry
-B          print entire bat as a bitmap
-m blk      print bitmap
-i sec      test bitmap for logical sector
-e sec      output extent list of allocated logical sectors
-a          print batmap
-j blk      test batmap for block
-d blk      print data
-c num      num units
-r sec      read num sectors at sec
-R byte     read num bytes at byte
-x          print in hex`;

/** Given for "not asked", as -1 is in the program we speak for. */
const NOT_ASKED = (1n << 64n) - 1n;

/** What a step of `read` works on. */
interface Asked {
  out: Output;
  system: System;
  vhd: Vhd;
  /** Sector, block or byte. */
  from: bigint;
  /** As given with -c; 1 otherwise. */
  count: bigint;
  hex: boolean;
}

type Step = (asked: Asked) => Promise<void>;

/** In the order in which they run, whatever order they are given in. */
const STEPS: [letter: string, step: Step][] = [
  ['t', translate],
  ['b', printBat],
  ['B', printBatBits],
  ['m', printBitmaps],
  ['i', testBitmap],
  ['e', printExtents],
  ['a', printBatmap],
  ['j', testBatmap],
  ['d', printBlocks],
  ['r', (asked) => printGuest(asked, SECTOR, signed(asked.count))],
  ['R', (asked) => printGuest(asked, 1, asked.count)],
];

/** `vhd-util read` */
export const read: Command = async ({ out, system, args }) => {
  const parsed = getopt('read', args, 'n:pt:b:Bm:i:e:aj:d:c:r:R:xCh');
  if ('complaint' in parsed) out.complain(parsed.complaint);
  const given = new Map('complaint' in parsed ? [] : parsed.options.map(({ letter, value }) => [letter, value]));
  const name = given.get('n');
  if ('complaint' in parsed || given.has('h') || name === undefined || parsed.rest.length > 0) {
    await out.line(USAGE);
    return EINVAL;
  }
  const hex = given.has('x');
  const cached = given.has('C');
  const vhd = await attempt(() => Vhd.open(system, name, { ignoreDisabled: true, fast: cached, cached }));
  if (vhd instanceof Errno) {
    await out.line(`Failed to open ${name}: ${vhd.toString()}`);
    await dump(out, system, name, hex);
    return vhd.number;
  }
  const run = async (): Promise<number> => {
    const bat = await attempt(() => vhd.bat());
    if (bat instanceof Errno) {
      await out.line(`Failed to get bat for ${name}: ${bat.toString()}`);
      return bat.number;
    }
    if (given.has('p')) await printAll(out, vhd, hex);
    const count = strtoull(given.get('c') ?? '1');
    for (const [letter, step] of STEPS) {
      const from = strtoull(given.get(letter) ?? '');
      if (!given.has(letter) || from === NOT_ASKED) continue;
      const failure = await attempt(() => step({ out, system, vhd, from, count, hex }));
      if (failure instanceof Errno) return codeOf(failure);
    }
    return 0;
  };
  try {
    return await run();
  } finally {
    await vhd.close();
  }
};

/** What is left of the headers of a file that does not open. */
async function dump(out: Output, system: System, name: string, hex: boolean): Promise<void> {
  await out.line(`\n${name} appears invalid; dumping headers\n`);
  const device = await attempt(() => Device.open(system, name));
  // a folder opens there, and then holds nothing
  if (device instanceof Errno && device.message !== 'EISDIR') return;
  const headers = await remains(device instanceof Errno ? null : device);
  if (device instanceof Device) await device.close();
  await printFooter(out, headers, hex);
  await printHeader(out, headers, hex);
}

/** A count that goes through C's int. */
function signed(count: bigint): bigint {
  return BigInt.asIntN(32, count);
}

/** Whether the sectors asked for are within the disk's size. */
function sectorsInRange({ vhd, from, count }: Asked): boolean {
  return BigInt.asUintN(64, (from + signed(count)) << 9n) <= vhd.footer.currentSize;
}

function checkBlocks({ out, vhd, from, hex }: Asked, count: bigint): void {
  const end = BigInt.asUintN(64, from + count);
  if (end <= BigInt(vhd.header.maxTableEntries)) return;
  out.complain(`block ${number(end, hex)} past end of file`);
  throw new Errno('ERANGE');
}

/** Blocks from the first asked for, by number; the count is an int there. */
function* blocks({ from, count }: Asked): Generator<number> {
  for (let i = 0n; i < signed(count); i += 1n) yield Number(from + i);
}

/** vhd-util divides by the sectors of a block. */
function blockSectors({ vhd }: Asked): number {
  if (vhd.blockSectors === 0) throw new Errno('EINVAL');
  return vhd.blockSectors;
}

async function translate(asked: Asked): Promise<void> {
  const { out, vhd, from, count, hex } = asked;
  if (!sectorsInRange(asked)) {
    out.complain(`sector ${number(BigInt.asUintN(64, from + signed(count)), hex)} past end of file`);
    throw new Errno('ERANGE');
  }
  const bat = await vhd.bat();
  for (let i = 0n; i < signed(count); i += 1n) {
    const sector = Number(from + i);
    const block = Math.floor(sector / blockSectors(asked));
    const inBlock = sector % blockSectors(asked);
    const at = bat.at(block);
    // a bitmap of one sector is assumed
    const place = at === UNALLOCATED ? 'not allocated' : number((at + inBlock + 1) * SECTOR, hex);
    await out.line(
      `logical sector ${number(sector, hex)}: block number: ${number(block, hex)}, ` +
        `sector offset: ${number(inBlock, hex)}, file offset: ${place}`,
    );
  }
}

async function printBat(asked: Asked): Promise<void> {
  const { out, vhd, from, count, hex } = asked;
  checkBlocks(asked, count);
  const bat = await vhd.bat();
  for (let i = 0; i < count && i < bat.entries; i += 1) {
    const block = Number(from) + i;
    const at = bat.at(block);
    const place = at === UNALLOCATED ? 'not allocated' : number(at * SECTOR, hex);
    await out.line(`block: ${number(block, hex)}: offset: ${place}`);
  }
}

async function printBatBits({ out, vhd }: Asked): Promise<void> {
  const bat = await vhd.bat();
  const total = Number(BigInt.asIntN(32, vhd.footer.currentSize / BigInt(vhd.header.blockSize)));
  if (total < 0 || total > 1 << 26) throw new Errno('ENOMEM');
  const bits = new Uint8Array(Math.ceil(total / 8));
  for (let block = 0; block < total; block += 1) {
    if (bat.holds(block) && bat.at(block) !== UNALLOCATED) setBit(bits, block, true);
  }
  await out.block(bits);
}

async function printBitmaps(asked: Asked): Promise<void> {
  const { out, vhd, count, hex } = asked;
  checkBlocks(asked, signed(count));
  const bat = await vhd.bat();
  for (const block of blocks(asked)) {
    if (bat.at(block) === UNALLOCATED) await out.line(`block ${number(block, hex)} not allocated`);
    else await out.block(await vhd.readBitmap(block));
  }
}

/** The bitmaps under the sectors asked for, a block at a time; null where none is allocated. */
async function* bitmaps(
  asked: Asked,
): AsyncGenerator<{ block: number; first: number; from: number; to: number; bitmap: Uint8Array | null }> {
  const { out, vhd, from, hex } = asked;
  if (!sectorsInRange(asked)) {
    await out.line(`sector ${number(from, hex)} past end of file`);
    throw new Errno('ERANGE');
  }
  const bat = await vhd.bat();
  const end = Number(from + signed(asked.count));
  for (let sector = Number(from); sector < end; ) {
    const block = Math.floor(sector / blockSectors(asked));
    const first = block * blockSectors(asked);
    const to = Math.min(end, first + blockSectors(asked));
    const bitmap = bat.at(block) === UNALLOCATED ? null : await vhd.readBitmap(block);
    yield { block, first, from: sector - first, to: to - first, bitmap };
    sector = to;
  }
}

async function testBitmap(asked: Asked): Promise<void> {
  const { out, hex } = asked;
  for await (const { block, from, to, bitmap } of bitmaps(asked)) {
    for (let sector = from; sector < to; sector += 1) {
      const bit = bitmap && bitmapHas(bitmap, sector) ? 1 : 0;
      await out.line(`block ${number(block, hex)}: sec: ${number(sector, hex)}: ${bit}`);
    }
  }
}

async function printExtents(asked: Asked): Promise<void> {
  const { out, hex } = asked;
  let start = 0;
  let length = 0;
  const finish = async (): Promise<void> => {
    if (length > 0) await out.line(`${number(start, hex)} ${number(length, hex)}`);
    length = 0;
  };
  for await (const { first, from, to, bitmap } of bitmaps(asked)) {
    if (!bitmap) {
      await finish();
      continue;
    }
    for (const run of bitmapRuns(bitmap, from, to)) {
      if (!run.set) {
        await finish();
        continue;
      }
      if (length === 0) start = first + run.from;
      length += run.count;
    }
  }
  await finish();
}

/** All the batmap's sectors. vhd-util has read only those for the current size, and prints its memory for the others. */
async function printBatmap({ out, vhd }: Asked): Promise<void> {
  const batmap = await attempt(() => vhd.batmap());
  if (batmap instanceof Errno) {
    await out.line(`failed to read batmap: ${batmap.toString()}`);
    throw batmap;
  }
  await out.block(batmap.map);
  const end = batmap.header.batmapSize * SECTOR;
  const at = Number(batmap.header.batmapOffset);
  for (let done = batmap.map.length; done < end; ) {
    const length = Math.min(DEFAULT_BLOCK_SIZE, end - done);
    await out.block(await vhd.device.readAnywhere(at + done, length));
    done += length;
  }
}

async function testBatmap(asked: Asked): Promise<void> {
  const { out, vhd, count, hex } = asked;
  checkBlocks(asked, signed(count));
  const batmap = await attempt(() => vhd.batmap());
  if (batmap instanceof Errno) {
    out.complain('failed to get batmap');
    throw batmap;
  }
  for (const block of blocks(asked)) {
    out.complain(`batmap for block ${number(block, hex)}: ${bitmapHas(batmap.map, block) ? 1 : 0}`);
  }
}

async function printBlocks(asked: Asked): Promise<void> {
  const { out, vhd, count, hex } = asked;
  checkBlocks(asked, signed(count));
  const bat = await vhd.bat();
  for (const block of blocks(asked)) {
    if (bat.at(block) === UNALLOCATED) await out.line(`block ${number(block, hex)} not allocated`);
    else await out.block(await vhd.readBlock(block));
  }
}

/** Reads through the chain, 2 MiB at a time; `count` units of `unit` bytes from the unit asked for. */
async function printGuest({ out, system, vhd, from }: Asked, unit: number, count: bigint): Promise<void> {
  const size = BigInt(unit);
  const end = BigInt.asUintN(64, (from + count) * size);
  if (count < 0n || end > vhd.footer.currentSize || end < from * size) throw new Errno('ERANGE');
  const guest = new Guest(system, vhd);
  try {
    for (let at = Number(from * size); at < end; ) {
      const length = Math.min(DEFAULT_BLOCK_SIZE, Number(end) - at);
      await out.block(await guest.read(at, length, unit === SECTOR ? 'blocks' : 'spans'));
      at += length;
    }
  } finally {
    await guest.close();
  }
}
