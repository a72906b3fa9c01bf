import { describe, expect, it } from 'vitest';
import { CREATORS } from '../formats/vhd/build/spec.ts';
import { dataEnd } from '../formats/vhd/read.ts';
import {
  append,
  clearBitmap,
  cut,
  flipBit,
  hideOldStyle,
  patchFooter,
  setBatmapBit,
  zeroFooter,
} from '../testing/damage.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { readSummary } from './lookup.ts';
import { base, child, expected, fill, guestBytes, idOf, MIB, open, SIZE, sameBytes } from './testing/chains.ts';

// How one image reads: a test for each rule on which the format, the tools and common sense disagree.
const writes = [fill(0, 300, 1), fill(8000, 200, 1)];
const over = [fill(100, 50, 2)];
const whole = expected(SIZE, writes);
const both = expected(SIZE, writes, over);

const alone = (image: Parameters<ReturnType<typeof memoryFiles>['put']>[1]) => memoryFiles().put('/sr/disk.vhd', image);
const pair = (leaf = child(2, 1, 'base.vhd', { writes: over }), parent = base(1, { writes })) =>
  memoryFiles().put('/sr/base.vhd', parent).put('/sr/leaf.vhd', leaf);
const read = async (files: ReturnType<typeof memoryFiles>, want: Uint8Array, leaf = '/sr/disk.vhd', options = {}) =>
  expect(sameBytes(await guestBytes(files, leaf, options), want)).toBe(true);
const summary = async (files: ReturnType<typeof memoryFiles>, path = '/sr/disk.vhd') =>
  (await readSummary(files, path))!;

describe('which footer reads', () => {
  it('the end one when it is valid', async () => {
    await read(alone(zeroFooter(base(1, { writes }), 'copy')), whole);
  });

  it('a valid one of 511 bytes at the end', async () => {
    const files = alone(base(1, { writes, shortFooter: true }));
    await read(files, whole);
    expect((await open(files, '/sr/disk.vhd')).members[0]!.image.vhd!.footer).toMatchObject({
      place: 'end',
      length: 511,
    });
  });

  it('a footer whose last byte was cut off', async () => {
    await read(alone(cut(base(1, { writes }), -1)), whole);
  });

  it.each(['zeroed', 'flipped', 'missing', 'followed by junk'])(
    'the copy at 0 where the end one is %s',
    async (state) => {
      const image = base(1, { writes });
      const { footerAt } = image.places;
      const damaged = {
        zeroed: () => zeroFooter(image, 'end'),
        flipped: () => flipBit(image, footerAt + 20),
        missing: () => cut(image, footerAt),
        'followed by junk': () => append(image, 'junk'),
      }[state]!();
      await read(alone(damaged), whole);
    },
  );

  it('the end one where both are valid and differ', async () => {
    const files = alone(patchFooter(base(1, { writes }), { currentSize: BigInt(SIZE / 2), uniqueId: idOf(9) }, 'end'));
    expect((await summary(files)).vhd).toMatchObject({ virtualSize: SIZE / 2, id: idOf(9) });
  });

  it('for the hidden mark of early tapdisk, the copy, even with its old checksum', async () => {
    const old = base(1, { creator: CREATORS.tapdisk11, writes });
    const files = alone(patchFooter(old, { hidden: 1 }, 'copy', { seal: false }));
    expect((await summary(files)).vhd).toMatchObject({ hidden: true });
    await read(alone(hideOldStyle(old)), whole);
    expect((await summary(alone(hideOldStyle(old)))).vhd).toMatchObject({ hidden: true });
    // any other creator is believed at the end
    const modern = patchFooter(base(1), { hidden: 1 }, 'copy');
    expect((await summary(alone(modern))).vhd).toMatchObject({ hidden: false });
  });

  it('a poisoned one: disabled, but the data is there', async () => {
    await read(alone(patchFooter(base(1, { writes }), { cookie: 'v_poison' }, 'both')), whole);
  });
});

describe('size', () => {
  it("is the footer's current size, never CHS", async () => {
    const geometry = { cylinders: 2, heads: 4, sectors: 17 };
    await read(alone(base(1, { writes, geometry })), whole);
  });

  it('ends at the floor where it is no whole number of sectors', async () => {
    const files = alone(patchFooter(base(1, { writes }), { currentSize: BigInt(SIZE - 100) }, 'both'));
    await read(files, whole.subarray(0, SIZE - 512));
  });

  it('of a raw disk is its bytes, all of them', async () => {
    const bytes = expected(MIB, [fill(0, 2048, 5)]).subarray(0, MIB - 100);
    await read(memoryFiles().put('/sr/disk.raw', bytes), bytes, '/sr/disk.raw');
  });

  it('of a fixed disk never reaches over its footer', async () => {
    const image = base(1, { kind: 'fixed', virtualSize: MIB, writes: [fill(0, 2048, 1)] });
    const chain = await open(alone(patchFooter(image, { currentSize: BigInt(MIB + 4096) }, 'end')), '/sr/disk.vhd');
    expect(await chain.disk.map(MIB - 512, 8192)).toEqual([
      { at: MIB - 512, length: 512, state: 'data', owner: 0, fileOffset: MIB - 512 },
      { at: MIB, length: 4096, state: 'lost', owner: 0, fileOffset: MIB },
    ]);
  });

  it('cuts blocks past it from the guest, and still owns them in the file', async () => {
    const image = base(1, { writes: [...writes, fill(12_000, 10, 1)] });
    const files = alone(patchFooter(image, { currentSize: BigInt(SIZE / 4) }, 'both'));
    await read(files, whole.subarray(0, SIZE / 4));
    const chain = await open(files, '/sr/disk.vhd');
    expect(dataEnd(chain.members[0]!.image.vhd!)).toBe(image.places.footerAt);
  });
});

describe('which sectors an image holds', () => {
  it('under a clear bit a base reads as zeros, or as stored where that is asked for', async () => {
    const image = clearBitmap(base(1, { writes }), 0, 10, 5);
    const zeroed = whole.slice().fill(0, 10 * 512, 15 * 512);
    await read(alone(image), zeroed);
    await read(alone(image), whole, '/sr/disk.vhd', { stored: true });
  });

  it('"as stored" leaves a child’s clear bits to its parent', async () => {
    await read(pair(), both, '/sr/leaf.vhd', { stored: true });
  });

  it('the batmap is never believed', async () => {
    const lying = setBatmapBit(child(2, 1, 'base.vhd', { writes: over }), 0, true);
    await read(pair(lying), both, '/sr/leaf.vhd');
  });

  it('zeros that a child owns hide its parent', async () => {
    const zeros = [{ sector: 100, count: 10, zeros: true as const }];
    await read(pair(child(2, 1, 'base.vhd', { writes: zeros })), expected(SIZE, writes, zeros), '/sr/leaf.vhd');
  });

  it('an encrypted disk reads as it is stored', async () => {
    const keyHash = { nonce: new Uint8Array(32).fill(1), hash: new Uint8Array(32).fill(2) };
    await read(alone(base(1, { writes, batmap: { version: '1.2', keyHash } })), whole);
  });
});

describe('what holds no disk', () => {
  it.each([
    ['a .vhd without any footer', '/sr/x.vhd', new Uint8Array(4 * MIB).fill(7)],
    ['an empty file', '/sr/x.vhd', new Uint8Array()],
    ['another format', '/sr/x.vhd', 'QFI\u00fb\0\0\0\u0003'.padEnd(70_000, '\0')],
    ['another format by its own name', '/sr/x.qcow2', 'QFI\u00fb\0\0\0\u0003'.padEnd(70_000, '\0')],
  ])('%s is refused', async (_, path, content) => {
    const bytes = typeof content === 'string' ? Uint8Array.from(content, (c) => c.charCodeAt(0)) : content;
    await expect(open(memoryFiles().put(path, bytes), path)).rejects.toMatchObject({
      kind: 'refusal',
      code: 'not-a-disk',
    });
  });
});

describe('raw disks', () => {
  it('with a VHD among the guest’s files near their end stay raw', async () => {
    const inner = base(3, { kind: 'fixed', virtualSize: 64 * 1024 });
    const disk = expected(SIZE, [fill(0, 16_384, 9)]);
    const footer = (await guestFile(inner)).subarray(64 * 1024);
    disk.set(footer, SIZE - 300 * 512);
    await read(memoryFiles().put('/sr/disk.raw', disk), disk, '/sr/disk.raw');
  });

  it('a fixed VHD with bytes after its footer is one under any name', async () => {
    const image = append(base(3, { kind: 'fixed', virtualSize: MIB, writes: [fill(0, 10, 1)] }), 4096);
    await read(memoryFiles().put('/dev/volume', image), expected(MIB, [fill(0, 10, 1)]), '/dev/volume');
  });
});

async function guestFile(image: ReturnType<typeof base>): Promise<Uint8Array> {
  const file = await memoryFiles().put('/x', image).open('/x');
  return file.read(0, file.size);
}
