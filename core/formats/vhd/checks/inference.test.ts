import { describe, expect, it } from 'vitest';
import type { SparseImage } from '../../../io/sparse.ts';
import {
  append,
  clearBitmap,
  cut,
  overwrite,
  patchBatmap,
  patchFooter,
  patchHeader,
  setBatEntry,
  zero,
} from '../../../testing/damage.ts';
import { POISON_COOKIE } from '../constants.ts';
import { child, dynamic, fixed, found, line, lines, MIB } from './testing/found.ts';

const codes = async (image: SparseImage): Promise<string[]> => (await found(image)).map(({ code }) => code);

/** Blocks filled in order, as a disk in use has them. */
const used = (blockSize: number) =>
  dynamic({ blockSize, virtualSize: 24 * MIB, writes: [{ sector: 0, count: 20_000, seed: 1 }] });

describe('a header that is wrong under a right checksum is told by the blocks', () => {
  it.each([
    [512 * 1024, MIB],
    [2 * MIB, MIB],
    [2 * MIB, 4 * MIB],
    [2 * MIB, 256 * MIB],
    [32 * MIB, 2 * MIB],
  ])('blocks of %i called blocks of %i', async (is, said) => {
    const loud = (await found(patchHeader(used(is), { blockSize: said }))).filter(
      ({ severity }) => severity !== 'info',
    );
    expect(loud).toHaveLength(1);
    expect(loud[0]).toMatchObject({ code: 'header.block-size', severity: 'error', offset: 512 + 32 });
    expect(loud[0]!.message).toContain(is >= MIB ? `${is / MIB} MiB` : '512 KiB');
  });

  it('but a disk that was made larger keeps its block size', async () => {
    const grown = patchFooter(used(2 * MIB), { currentSize: BigInt(48 * MIB) }, 'both');
    expect(await codes(grown)).toEqual(['header.size-exceeds-table']);
  });

  it.each([13, 100, 128, 5000, 1_000_000])('a table of 12 entries called one of %i', async (maxTableEntries) => {
    const image = patchHeader(used(2 * MIB), { maxTableEntries });
    expect((await codes(image)).filter((code) => code !== 'batmap.cookie')).toEqual(
      maxTableEntries === 13 ? ['bat.in-metadata'] : ['header.max-entries'],
    );
  });

  it('a table elsewhere', async () => {
    const image = patchHeader(used(2 * MIB), { tableOffset: 4096n });
    const [finding, ...more] = await found(image);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: 'header.table-offset', severity: 'error', prognosis: 'decision' });
    expect(finding!.message).toContain('A table that makes sense stands at 0x600');
  });

  it.each([1024n, 1536n + 512n * 5n])('a table said to be at %i, of which one entry is wrong', async (tableOffset) => {
    const image = patchHeader(setBatEntry(used(2 * MIB), 4, 0x00ff_0000), { tableOffset });
    const said = await codes(image);
    expect(said).toContain('header.table-offset');
    expect(said).toContain('bat.past-eof');
  });

  it.each([
    [512 * 1024, MIB],
    [MIB, 512 * 1024],
    [2 * MIB, 4 * MIB],
  ])('blocks of %i called blocks of %i, of which one entry is wrong', async (is, said) => {
    const image = patchHeader(setBatEntry(used(is), 2, 0x00ff_0000), { blockSize: said });
    const loud = (await found(image)).filter(({ severity }) => severity !== 'info');
    expect(loud.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'error header.block-size',
      'error bat.past-eof',
    ]);
  });

  it('a table too long for the file, with a damaged batmap behind the entries it has', async () => {
    const image = patchHeader(patchBatmap(used(2 * MIB), { checksum: 1 }, { seal: false }), {
      maxTableEntries: 1_000_000,
    });
    expect(await codes(image)).toEqual(['header.max-entries', 'batmap.checksum']);
  });

  it('a table that has been wiped is one finding, not one a block', async () => {
    const image = used(2 * MIB);
    const findings = await found(zero(image, image.places.tableAt!, 48));
    expect(findings.map(({ code }) => code)).toContain('bat.in-metadata');
    const [wiped] = findings.filter(({ code }) => code === 'bat.in-metadata');
    expect(wiped).toMatchObject({ offset: 1536, length: 48, lost: [{ offset: 0, length: 24 * MIB }] });
  });
});

describe('a header of zeros hides nothing that its blocks show', () => {
  const zeroed = (image: ReturnType<typeof dynamic>) => zero(image, 512, 1024);

  it('an entry past the end', async () => {
    for (const size of [512 * 1024, 2 * MIB]) {
      const said = await codes(zeroed(setBatEntry(used(size), 4, 0x00ff_0000)));
      expect(said).toContain('header.missing');
      expect(said).toContain('bat.past-eof');
    }
  });

  it('two blocks in one place', async () => {
    const image = used(2 * MIB);
    const [first] = image.places.blocks.values();
    const said = await codes(zeroed(setBatEntry(image, 3, first!.bitmapAt / 512)));
    expect(said).toEqual(expect.arrayContaining(['header.missing', 'bat.overlap']));
  });

  it('a batmap and a sector bitmap', async () => {
    const image = used(2 * MIB);
    expect(await codes(zeroed(patchBatmap(image, { checksum: 1 }, { seal: false })))).toEqual([
      'header.missing',
      'batmap.checksum',
    ]);
    expect(await codes(zeroed(clearBitmap(image, 1)))).toEqual(['header.missing', 'bitmap.all-clear']);
  });

  it('but nothing is guessed where too few blocks tell their size', async () => {
    const image = dynamic({ writes: [{ sector: 0, count: 1, seed: 1 }] });
    expect(await codes(zeroed(setBatEntry(image, 3, 0x00ff_0000)))).toEqual(['header.missing']);
  });
});

describe('a footer with bytes behind it', () => {
  it.each([1, 37, 512, 65_536, 5 * MIB, 3 * 1024 * MIB])('%i bytes', async (length) => {
    for (const image of [dynamic(), child()]) {
      expect(await lines(append(image, length))).toEqual([
        `error image.trailing-bytes at 0x${image.size.toString(16)}+${length}`,
      ]);
    }
  });

  it('of a fixed disk, which has no copy', async () => {
    const image = fixed();
    expect(await lines(append(image, 4096))).toEqual([
      `error image.trailing-bytes at 0x${image.size.toString(16)}+4096`,
    ]);
  });

  it('or with a block behind it, and no copy, is in the wrong place', async () => {
    const image = dynamic({
      blockSize: 512 * 1024,
      virtualSize: 2 * MIB,
      writes: [{ sector: 0, count: 1024, seed: 1 }],
    });
    const { footerAt } = image.places;
    // a bitmap that owns one sector, and the rest of the block
    const block = overwrite(append(image, 512 * 1024 + 512), footerAt + 512, Uint8Array.of(0x80));
    const findings = await found(zero(setBatEntry(block, 1, footerAt / 512 + 1), 0, 512), { deep: false });
    expect(findings.map(line).filter((text) => !text.startsWith('info'))).toEqual([
      `error footer.misplaced at 0x${footerAt.toString(16)}+512`,
      'error footer-copy.missing at 0x0+512',
    ]);
  });
});

describe('a disabled image', () => {
  it.each([
    ['at both ends', 'both', true],
    ['at the end', 'end', true],
    ['at the end, with the sum of before', 'end', false],
  ] as const)('%s', async (_, which, seal) => {
    const [finding] = await found(patchFooter(dynamic(), { cookie: POISON_COOKIE }, which, { seal }));
    expect(finding).toMatchObject({ code: expect.stringMatching(/^footer\.(poisoned|copies-differ)$/) });
    const said = await codes(patchFooter(dynamic(), { cookie: POISON_COOKIE }, which, { seal }));
    expect(said).toContain('footer.poisoned');
  });
});

describe('fields of which one place is wrong', () => {
  it('in the copy alone', async () => {
    expect(await lines(patchFooter(dynamic(), { features: 0 }, 'copy'))).toEqual([
      'warning footer-copy.features at 0x8+4 features',
    ]);
    expect(await lines(patchFooter(dynamic(), { diskType: 9 }, 'copy'))).toEqual([
      'error footer-copy.disk-type at 0x3c+4 diskType',
    ]);
  });

  it('at the end alone: both are shown', async () => {
    expect(await codes(patchFooter(dynamic(), { hidden: 7 }, 'end'))).toEqual([
      'footer.copies-differ',
      'footer.hidden',
    ]);
  });

  it('a header that the footer does not lead to is found', async () => {
    const image = dynamic({ headerAt: 4096, tableAt: 8192 });
    const [finding, ...more] = await found(patchFooter(image, { dataOffset: 99n }, 'both'));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ code: 'footer.data-offset', severity: 'error', repairs: ['footer-synthesise'] });
    expect(finding!.message).toContain('it is at 0x1000');
  });
});

describe('the batmap', () => {
  it.each([
    [{ batmapVersion: 0x0001_0007 }, 'batmap.version'],
    [{ batmapSize: 0 }, 'batmap.size'],
    [{ batmapSize: 0xffff_ffff }, 'batmap.size'],
    [{ batmapOffset: 1n << 50n }, 'batmap.size'],
    [{ batmapOffset: 4096n }, 'batmap.size'],
  ])('case %#', async (values, code) => {
    expect(await codes(patchBatmap(dynamic(), values, { seal: false }))).toEqual([code]);
  });

  it('may have its checksum over the sectors that the size needs, as vhd-util makes it', async () => {
    const image = dynamic({ tableEntries: 4096 * 4 });
    // bits beyond what the size needs, which the sum leaves out
    const changed = overwrite(image, image.places.mapAt! + 600, Uint8Array.of(0));
    expect(await codes(changed)).toEqual([]);
  });
});

it('a cut says what of the guest it took, sector by sector, and what was not in use', async () => {
  const full = dynamic({ writes: [{ sector: 4096, count: 4096, seed: 1 }] });
  const cutOf = async (image: ReturnType<typeof dynamic>, length: number) =>
    (await found(cut(image, [...image.places.blocks.values()][0]!.dataAt + length))).at(-1);
  expect(await cutOf(full, 100 * 512 + 1)).toMatchObject({
    code: 'block.truncated',
    prognosis: 'some-loss',
    lost: [{ offset: 2 * MIB + 100 * 512, length: 2 * MIB - 100 * 512 }],
  });
  const partial = dynamic({ writes: [{ sector: 4096, count: 70, seed: 1 }] });
  expect(await cutOf(partial, 69 * 512)).toMatchObject({ lost: [{ offset: 2 * MIB + 69 * 512, length: 512 }] });
  // what is gone then was not in use, but the next write to it would grow the file over the footer
  expect(await cutOf(partial, 70 * 512)).toMatchObject({ lost: [], prognosis: 'no-loss', severity: 'error' });
});

describe('a table entry that was lost without a batmap to tell of it', () => {
  const image = dynamic({ batmap: 'none' });
  const inFileOrder = [...image.places.blocks.entries()].sort(([, a], [, b]) => a.dataAt - b.dataAt);
  const without = async (place: number) => {
    const [block] = inFileOrder.at(place)!;
    return (await found(setBatEntry(image, block, 0xffff_ffff))).filter(({ code }) => code === 'block.unreferenced');
  };

  it('leaves a whole block before others', async () => {
    for (const place of [0, 1]) {
      const [finding, ...more] = await without(place);
      expect(more).toEqual([]);
      expect(finding).toMatchObject({ severity: 'warning', prognosis: 'some-loss', repairs: ['bat-carve'] });
      expect(finding!.message).toContain('its entry was lost');
    }
  });

  it('but one at the end may be what a crash left', async () => {
    expect(await without(-1)).toMatchObject([{ severity: 'info', prognosis: 'decision' }]);
  });
});
