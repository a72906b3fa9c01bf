import { describe, expect, it } from 'vitest';
import { CREATORS } from '../formats/vhd/build/spec.ts';
import { dataEnd } from '../formats/vhd/read.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import {
  append,
  clearBitmap,
  cut,
  flipBit,
  hideOldStyle,
  overwrite,
  patchFooter,
  patchHeader,
  setBatmapBit,
  zeroFooter,
} from '../testing/damage.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { folderLookup, readSummary } from './lookup.ts';
import { openChain } from './open.ts';
import { base, child, expected, fill, guestBytes, idOf, MIB, open, SIZE, sameBytes } from './testing/chains.ts';

// One test a rule of docs: what Platter does where the format, the tools and common sense disagree.
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

describe('parents', () => {
  it.each([
    ['a relative locator', { name: 'nowhere.vhd', locators: [{ code: 'W2ru', text: '.\\base.vhd' }] }, '/sr/base.vhd'],
    [
      'a file URL',
      { name: 'x', locators: [{ code: 'MacX', text: 'file://./sub%20folder/b.vhd' }] },
      '/sr/sub folder/b.vhd',
    ],
    ['an absolute file URL', { name: 'x', locators: [{ code: 'MacX', text: 'file:///other/b.vhd' }] }, '/other/b.vhd'],
    ['the name in the header alone', { name: 'base.vhd', locators: [] }, '/sr/base.vhd'],
    ['an absolute name in the header', { name: '/other/b.vhd', locators: [] }, '/other/b.vhd'],
    [
      'a Windows path, by its last component',
      { name: 'x', locators: [{ code: 'W2ku', text: 'D:\\VMs\\base.vhd' }] },
      '/sr/base.vhd',
    ],
    ['a share, by its last component', { name: '\\\\host\\vms\\base.vhd', locators: [] }, '/sr/base.vhd'],
    ['a path that was, by its last component', { name: '/gone/base.vhd', locators: [] }, '/sr/base.vhd'],
    ['a name in another script', { name: 'Größe-基底.vhd', locators: [] }, '/sr/Größe-基底.vhd'],
    [
      'the eighth locator',
      { name: 'x', locators: [...Array<null>(7).fill(null), { code: 'W2ru', text: '.\\base.vhd' }] },
      '/sr/base.vhd',
    ],
  ])('are found by %s', async (_, reference, where) => {
    const files = memoryFiles()
      .put(where, base(1, { writes }))
      .put('/sr/leaf.vhd', child(2, 1, '', { writes: over, parent: { id: idOf(1), timeStamp: 0, ...reference } }));
    const chain = await open(files, '/sr/leaf.vhd');
    expect(chain.members[0]!.link).toMatchObject({ verdict: 'ok', path: where });
    await read(files, both, '/sr/leaf.vhd');
  });

  it('are found only by their id under another name: moved', async () => {
    const files = memoryFiles()
      .put('/sr/renamed.vhd', base(1, { writes }))
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { writes: over }));
    expect((await open(files, '/sr/leaf.vhd')).members[0]!.link).toMatchObject({
      verdict: 'moved',
      path: '/sr/renamed.vhd',
    });
    await read(files, both, '/sr/leaf.vhd');
  });

  it('with the right id win over a wrong one that comes first', async () => {
    const locators = [
      { code: 'W2ru', text: '.\\other.vhd' },
      { code: 'W2ru', text: '.\\base.vhd' },
    ];
    const leaf = child(2, 1, 'other.vhd', {
      writes: over,
      parent: { id: idOf(1), name: 'other.vhd', timeStamp: 0, locators },
    });
    const files = pair(leaf).put('/sr/other.vhd', base(7));
    const link = (await open(files, '/sr/leaf.vhd')).members[0]!.link!;
    expect(link).toMatchObject({ verdict: 'ok', path: '/sr/base.vhd' });
    expect(link.candidates.map(({ path, verdict }) => `${path} ${verdict}`)).toEqual([
      '/sr/other.vhd id-mismatch',
      '/sr/base.vhd ok',
    ]);
  });

  it('are found from where the child really is, when it was reached by a link', async () => {
    const files = pair().link('/desk/leaf.vhd', '/sr/leaf.vhd');
    expect((await open(files, '/desk/leaf.vhd')).members[0]!.link).toMatchObject({
      verdict: 'ok',
      path: '/sr/base.vhd',
    });
    await read(files, both, '/desk/leaf.vhd');
  });

  it('are not the child itself, where the child took its parent’s name', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', child(2, 1, 'base.vhd', { writes: over }))
      .put('/sr/old-base.vhd', base(1, { writes }));
    expect((await open(files, '/sr/base.vhd')).members[0]!.link).toMatchObject({
      verdict: 'moved',
      path: '/sr/old-base.vhd',
    });
    await read(files, both, '/sr/base.vhd');
  });

  it('with another id are refused even where the content is the same, unless accepted', async () => {
    const files = pair(child(2, 5, 'base.vhd', { writes: over }));
    await expect(open(files, '/sr/leaf.vhd')).rejects.toMatchObject({ kind: 'refusal', code: 'parent-id-mismatch' });
    expect(files.openCount).toBe(0);
    await read(files, both, '/sr/leaf.vhd', { acceptIdMismatch: true });
  });

  it('whose time differs are right all the same', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1, { writes }), { mtime: Date.UTC(2030, 0, 1) })
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { writes: over }));
    await read(files, both, '/sr/leaf.vhd');
  });

  it('that are shorter leave zeros behind their end', async () => {
    const small = base(1, { virtualSize: 2 * MIB, writes: [fill(4000, 96, 1)] });
    const leaf = child(2, 1, 'base.vhd', { writes: [fill(5000, 10, 2)] });
    await read(pair(leaf, small), expected(SIZE, [fill(4000, 96, 1)], [fill(5000, 10, 2)]), '/sr/leaf.vhd');
  });

  it('that are longer are cut at the child’s size', async () => {
    const large = base(1, { virtualSize: 2 * SIZE, writes: [fill(16_000, 1000, 1)] });
    await read(pair(child(2, 1, 'base.vhd'), large), expected(SIZE, [fill(16_000, 384, 1)]), '/sr/leaf.vhd');
  });

  it('that are shorter hide what lies deeper', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', base(1, { writes: [fill(0, 16_000, 1)] }))
      .put('/sr/b.vhd', child(2, 1, 'a.vhd', { virtualSize: MIB }))
      .put('/sr/c.vhd', child(3, 2, 'b.vhd'));
    const want = expected(SIZE, [fill(0, 2048, 1)]);
    await read(files, want, '/sr/c.vhd');
  });
});

describe('a missing parent', () => {
  const orphan = () => memoryFiles().put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { writes: over }));

  it('is refused, with the places that were tried', async () => {
    await expect(open(orphan(), '/sr/leaf.vhd')).rejects.toMatchObject({
      kind: 'refusal',
      code: 'parent-missing',
      message: expect.stringContaining('/sr/base.vhd'),
    });
  });

  it('is a hole where holes are asked for, and still not read as zeros', async () => {
    const chain = await open(orphan(), '/sr/leaf.vhd', { missingParent: 'holes' });
    expect(chain.disk.incomplete).toBe(true);
    expect((await chain.disk.map(0, 512))[0]).toMatchObject({ state: 'hole', owner: null });
    await expect(chain.disk.read(0, 512)).rejects.toMatchObject({ code: 'parent-missing' });
    expect((await chain.disk.read(100 * 512, 512)).length).toBe(512);
  });

  it('in the middle of a chain is missing for all below it', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', base(1))
      .put('/sr/c.vhd', child(3, 2, 'b.vhd'))
      .put('/sr/d.vhd', child(4, 3, 'c.vhd'));
    await expect(open(files, '/sr/d.vhd')).rejects.toMatchObject({
      code: 'parent-missing',
      place: { path: '/sr/c.vhd' },
    });
  });

  it.each(['', 'text, no disk\n'])('is not a file that holds %j', async (content) => {
    const files = memoryFiles()
      .put('/sr/base.vhd', content)
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd'));
    await expect(open(files, '/sr/leaf.vhd')).rejects.toMatchObject({ kind: 'refusal', code: 'parent-id-mismatch' });
  });

  it('whose footers are both damaged is not taken on trust', async () => {
    const files = pair(undefined, zeroFooter(base(1, { writes }), 'both'));
    await expect(open(files, '/sr/leaf.vhd')).rejects.toMatchObject({ code: 'parent-id-mismatch' });
  });

  it('whose header is damaged is said to be damaged, not missing', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', base(1))
      .put('/sr/b.vhd', patchHeader(child(2, 1, 'a.vhd'), { cookie: 'nonsense' }))
      .put('/sr/c.vhd', child(3, 2, 'b.vhd'));
    await expect(open(files, '/sr/c.vhd')).rejects.toMatchObject({
      code: 'data-damaged',
      place: { path: '/sr/b.vhd' },
    });
  });
});

describe('raw parents', () => {
  const raw = expected(SIZE, [fill(0, 16_384, 9)]);
  const leaf = child(2, NIL_UUID, 'base.raw', { writes: over });

  it('are what a nil id means when there is no footer at either end', async () => {
    const files = memoryFiles().put('/sr/base.raw', raw).put('/sr/leaf.vhd', leaf);
    expect((await open(files, '/sr/leaf.vhd')).members[0]!.link).toMatchObject({ verdict: 'ok', raw: true });
    await read(files, expected(SIZE, [fill(0, 16_384, 9)], over), '/sr/leaf.vhd');
  });

  it('may hold anything: text at the start makes no text file of them', async () => {
    const text = overwrite({ size: SIZE, extents: [] }, 0, 'plain text at the start of a disk\n');
    const files = memoryFiles().put('/sr/base.raw', text).put('/sr/leaf.vhd', leaf);
    const bytes = await guestBytes(files, '/sr/leaf.vhd');
    expect(new TextDecoder().decode(bytes.subarray(0, 10))).toBe('plain text');
  });

  it('that turn out to be VHDs are refused', async () => {
    const files = memoryFiles().put('/sr/base.raw', base(1, { writes })).put('/sr/leaf.vhd', leaf);
    await expect(open(files, '/sr/leaf.vhd')).rejects.toMatchObject({ code: 'parent-id-mismatch' });
  });
});

describe('cycles', () => {
  it('are refused at once, whoever is asked', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', child(1, 2, 'b.vhd'))
      .put('/sr/b.vhd', child(2, 1, 'a.vhd'));
    for (const leaf of ['/sr/a.vhd', '/sr/b.vhd'])
      await expect(open(files, leaf)).rejects.toMatchObject({ kind: 'refusal', code: 'chain-cycle' });
    expect(files.openCount).toBe(0);
  });

  it('of one are refused too', async () => {
    const files = memoryFiles().put('/sr/a.vhd', child(1, 1, 'a.vhd'));
    await expect(open(files, '/sr/a.vhd')).rejects.toMatchObject({ code: 'chain-cycle' });
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

it('opening reads metadata only, however large the images are', async () => {
  const files = memoryFiles()
    .put('/sr/base.vhd', base(1, { virtualSize: 1024 ** 4, writes: [fill(0, 16_384, 1), fill(1_000_000, 16_384, 1)] }))
    .put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { virtualSize: 1024 ** 4, writes: [fill(0, 16_384, 1)] }));
  const chain = await openChain('/sr/leaf.vhd', folderLookup(files, ['/sr']));
  // two tables of half a million entries; the parent's is read once to find it and once to open it
  const tables = 3 * (1024 ** 4 / (2 * MIB)) * 4;
  const read = [...files.reads.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  expect(read).toBeLessThan(tables + 512 * 1024);
  await chain.close();
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
