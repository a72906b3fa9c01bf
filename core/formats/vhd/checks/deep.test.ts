import { describe, expect, it } from 'vitest';
import { PlatterError } from '../../../errors.ts';
import { readImage } from '../../../image.ts';
import { CountedSource, MemorySource, SliceSource } from '../../../io/source.ts';
import { clearBitmap, overwrite, setBatmapBit } from '../../../testing/damage.ts';
import { SparseSource } from '../../../testing/sparse-source.ts';
import { readVhd } from '../read.ts';
import { type CheckProgress, deepCheck } from './deep.ts';
import { COMMON, child, dynamic, found, line, lines, MIB } from './testing/found.ts';

/** Bytes of a sector whose last byte alone is not zero: a search that stops early does not see it. */
const LAST_BYTE = new Uint8Array(512).fill(1, 511);
/** And one whose first byte alone is not zero. */
const FIRST_BYTE = new Uint8Array(512).fill(1, 0, 1);

describe('data under clear bits', () => {
  const image = dynamic();
  const { dataAt } = image.places.blocks.get(2)!;

  it.each([
    ['first', FIRST_BYTE],
    ['last', LAST_BYTE],
  ])('is seen by the %s byte of its sector', async (_, bytes) => {
    expect(await lines(overwrite(image, dataAt + 300 * 512, bytes))).toEqual([
      'warning bitmap.data-under-clear at 0x' +
        (dataAt + 300 * 512).toString(16) +
        '+512 bitmap of block 2 lost 0x425800+0x200',
    ]);
  });

  it('is told run by run, with the guest ranges', async () => {
    const damaged = [300, 301, 302, 4095].reduce(
      (so, sector) => overwrite(so, dataAt + sector * 512, LAST_BYTE),
      image,
    );
    const [finding] = await found(damaged);
    expect(finding!.lost).toEqual([
      { offset: 4 * MIB + 300 * 512, length: 3 * 512 },
      { offset: 4 * MIB + 4095 * 512, length: 512 },
    ]);
    expect(finding!.message).toContain('4 sectors');
  });

  it("in a child the parent's data shows there instead", async () => {
    const { dataAt: at } = child().places.blocks.get(2)!;
    const [finding] = await found(overwrite(child(), at + 300 * 512, LAST_BYTE));
    expect(finding!.lost).toEqual([{ offset: 4 * MIB + 300 * 512, length: 512 }]);
    expect(finding!.message).toContain('what the parent holds there');
  });

  it('is none past the end of the disk', async () => {
    const { dataAt: at } = image.places.blocks.get(12)!;
    expect(await lines(overwrite(image, at + 3 * 512, LAST_BYTE))).toEqual([]);
    expect(await lines(overwrite(image, at + 2 * 512, LAST_BYTE))).toHaveLength(1);
  });
});

describe('a block that owns nothing', () => {
  it('has lost what it holds', async () => {
    for (const image of [dynamic(), child()]) {
      const [finding, ...more] = await found(clearBitmap(image, 2));
      expect(more).toEqual([]);
      expect(finding).toMatchObject({
        code: 'bitmap.all-clear',
        severity: 'error',
        prognosis: 'decision',
        repairs: [],
      });
      expect(finding!.lost).toEqual([
        { offset: 4 * MIB, length: 5 * 512 },
        { offset: 4 * MIB + 1023 * 512, length: 64 * 512 },
      ]);
    }
  });

  it('only takes room when it holds nothing', async () => {
    const image = dynamic({ blockOrder: [1, 2, 12, 7] });
    const at = image.places.blocks.get(7)!.bitmapAt;
    expect(await lines(image)).toEqual([`info bitmap.all-clear at 0x${at.toString(16)}+512 bitmap of block 7`]);
  });
});

it('a batmap that calls a partial block full is a danger in a child and an oddity in a base', async () => {
  expect(await lines(setBatmapBit(dynamic(), 2, true))).toEqual(['warning batmap.partial-full at 0xa00+1 block 2']);
  expect(await lines(setBatmapBit(child(), 2, true))).toEqual(['error batmap.partial-full at 0xa00+1 block 2']);
});

it('counts full blocks and owned sectors by the bitmaps', async () => {
  const image = await readVhd(new SparseSource(dynamic()));
  // block 12 has three sectors of the disk, two of which are owned
  expect(await deepCheck(image)).toMatchObject({ full: 1, ownedSectors: 4096 + 5 + 64 + 2 });
});

it('reads the bitmaps, and of the data what no bit owns', async () => {
  const bytesOf = async (built: ReturnType<typeof dynamic>): Promise<number> => {
    const source = new CountedSource(new SparseSource(built));
    const image = await readVhd(source);
    source.bytes = 0;
    await deepCheck(image);
    return source.bytes;
  };
  const full = dynamic({ virtualSize: 4 * MIB, writes: [{ sector: 0, count: 8192, seed: 1 }] });
  expect(await bytesOf(full)).toBe(2 * 512);
});

it('says what it could not read, and goes on', async () => {
  const built = dynamic({ blockOrder: [2, 12, 1] });
  const { bitmapAt } = built.places.blocks.get(1)!;
  const source = new SparseSource(built);
  const broken = {
    size: source.size,
    read: (at: number, length: number) =>
      at <= bitmapAt && at + length > bitmapAt && length < 4096
        ? Promise.reject(new PlatterError('failure', 'read-failed', 'The device reports a read error (EIO).'))
        : source.read(at, length),
  };
  const image = await readVhd(new SparseSource(built));
  const { findings, full, ownedSectors } = await deepCheck({ ...image, source: broken });
  expect(findings.map(line)).toEqual([
    `error bitmap.unreadable at 0x${bitmapAt.toString(16)}+512 bitmap of block 1 lost 0x200000+0x200000`,
  ]);
  expect({ full, ownedSectors }).toEqual({ full: null, ownedSectors: null });
});

it('tells how far it is, and stops when asked to', async () => {
  const image = await readVhd(new SparseSource(dynamic()));
  const told: CheckProgress[] = [];
  await deepCheck(image, { progress: (progress) => told.push(progress) });
  expect(told).toEqual([1, 2, 3].map((done) => ({ phase: 'bitmaps', done, total: 3, unit: 'blocks' })));
  const flag = { aborted: true };
  await expect(deepCheck(image, { signal: flag })).rejects.toMatchObject({ kind: 'cancelled' });
});

it('has nothing to read in a fixed disk, a raw one, or one without a header', async () => {
  const { vhd } = await readImage('/disk.vhd', new MemorySource(new Uint8Array(4096)));
  expect(vhd).toBeNull();
  const headless = new SliceSource(new SparseSource(dynamic({ ...COMMON })), 0, 1024);
  expect((await deepCheck(await readVhd(headless))).findings).toEqual([]);
});
