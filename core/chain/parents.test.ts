import { describe, expect, it } from 'vitest';
import { NIL_UUID } from '../structure/codecs.ts';
import { overwrite, patchHeader, zeroFooter } from '../testing/damage.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { folderLookup } from './lookup.ts';
import { openChain } from './open.ts';
import { base, child, expected, fill, guestBytes, idOf, MIB, open, SIZE, sameBytes } from './testing/chains.ts';

// How parents are found, judged and read through: a test for each rule.
const writes = [fill(0, 300, 1), fill(8000, 200, 1)];
const over = [fill(100, 50, 2)];
const both = expected(SIZE, writes, over);

const pair = (leaf = child(2, 1, 'base.vhd', { writes: over }), parent = base(1, { writes })) =>
  memoryFiles().put('/sr/base.vhd', parent).put('/sr/leaf.vhd', leaf);
const read = async (files: ReturnType<typeof memoryFiles>, want: Uint8Array, leaf = '/sr/leaf.vhd', options = {}) =>
  expect(sameBytes(await guestBytes(files, leaf, options), want)).toBe(true);

describe('parents', () => {
  it.each([
    ['a relative locator', { name: 'nowhere.vhd', locators: [{ code: 'W2ru', text: '.\\base.vhd' }] }, '/sr/base.vhd'],
    [
      'a file URL',
      { name: 'x', locators: [{ code: 'MacX', text: 'file://./sub%20folder/b.vhd' }] },
      '/sr/sub folder/b.vhd',
    ],
    [
      'a file URL with nothing escaped, as vhd-util writes it',
      { name: 'x', locators: [{ code: 'MacX', text: 'file://./100%25 b.vhd' }] },
      '/sr/100%25 b.vhd',
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

  it('is not what a parent is that is there and cannot be read', async () => {
    const files = pair().failFrom('/sr/base.vhd', 0);
    await expect(open(files, '/sr/leaf.vhd')).rejects.toMatchObject({
      kind: 'refusal',
      code: 'forbidden',
      message: expect.stringContaining('is there, at /sr/base.vhd, but it cannot be read'),
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
