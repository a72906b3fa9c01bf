import { describe, expect, it } from 'vitest';
import type { GuestWrite } from '../formats/vhd/build/spec.ts';
import { UNALLOCATED } from '../formats/vhd/constants.ts';
import { readSparse } from '../io/sparse.ts';
import { cut, patchFooter, setBatEntry, zeroFooter } from '../testing/damage.ts';
import { memoryFiles } from '../testing/memory-files.ts';
import { type Random, random } from '../testing/random.ts';
import { guestChunks, guestRuns } from './stream.ts';
import { base, child, expected, fill, guestBytes, MIB, open, SIZE, sameBytes } from './testing/chains.ts';

const SECTORS = SIZE / 512;

function someWrites(chosen: Random, seed: number): GuestWrite[] {
  return Array.from({ length: chosen.between(0, 12) }, (): GuestWrite => {
    const count = chosen.pick([1, 1, 2, 7, 64, 1000, 4096]);
    const sector = chosen.between(0, SECTORS - count);
    return chosen.chance(0.15) ? { sector, count, zeros: true } : fill(sector, count, seed);
  });
}

describe('a chain as the guest sees it', () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'is every sector of its nearest owner (seed %i)',
    async (seed) => {
      const chosen = random(seed);
      const depth = chosen.between(1, 4);
      const layers = Array.from({ length: depth }, (_, index) => someWrites(chosen, index + 1));
      const files = memoryFiles();
      const images = layers.map((writes, index) => {
        const blockSize = chosen.pick([512 * 1024, MIB, 2 * MIB]);
        const image =
          index === 0
            ? base(1, { writes, blockSize })
            : child(index + 1, index, `${index - 1}.vhd`, { writes, blockSize });
        files.put(`/sr/${index}.vhd`, image);
        return image;
      });
      const leaf = `/sr/${depth - 1}.vhd`;
      const want = expected(SIZE, ...layers);
      expect(sameBytes(await guestBytes(files, leaf), want)).toBe(true);

      // provenance: the named file holds those very bytes at the named offset
      const chain = await open(files, leaf);
      let end = 0;
      for await (const { at, length, state, owner, fileOffset } of guestRuns(chain.disk, 0, SIZE)) {
        expect(at).toBe(end);
        end = at + length;
        const bytes = want.subarray(at, at + length);
        if (state === 'zero') expect(bytes.every((byte) => byte === 0)).toBe(true);
        else {
          expect(state).toBe('data');
          const image = images[depth - 1 - (owner ?? 0)]!;
          expect(sameBytes(readSparse(image, fileOffset ?? -1, length), bytes)).toBe(true);
        }
      }
      expect(end).toBe(SIZE);

      // any stretch, however it lies to blocks and sectors
      for (let i = 0; i < 40; i += 1) {
        const at = chosen.between(0, SIZE);
        const length = chosen.pick([0, 1, 511, 4096, 3 * MIB]);
        expect(sameBytes(await chain.disk.read(at, length), want.subarray(at, at + length))).toBe(true);
      }
      await chain.close();
      expect(files.openCount).toBe(0);
    },
  );

  it('answers the same through chunks as at once', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1, { writes: [fill(100, 9000, 1)] }))
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { writes: [fill(5, 3, 2), fill(12_000, 64, 2)] }));
    const chain = await open(files, '/sr/leaf.vhd');
    const out = new Uint8Array(SIZE);
    for await (const { at, length, bytes, runs } of guestChunks(chain.disk, { at: 0, length: SIZE })) {
      expect(runs.reduce((sum, run) => sum + run.length, 0)).toBe(length);
      if (bytes) out.set(bytes, at);
    }
    expect(sameBytes(out, await guestBytes(files, '/sr/leaf.vhd'))).toBe(true);
  });

  it('reads a sector-by-sector interleaved chain in few, large reads', async () => {
    const even = Array.from({ length: 2000 }, (_, index) => fill(index * 2, 1, 2));
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1, { writes: [fill(0, 4000, 1)] }))
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd', { writes: even }));
    const chain = await open(files, '/sr/leaf.vhd');
    const before = files.reads.get('/sr/leaf.vhd')!.reads;
    const bytes = await chain.disk.read(0, 2 * MIB);
    expect(sameBytes(bytes, expected(SIZE, [fill(0, 4000, 1)], even).subarray(0, 2 * MIB))).toBe(true);
    expect(files.reads.get('/sr/leaf.vhd')!.reads - before).toBeLessThan(5);
  });

  it('does not fail for a bad sector that lies between the ones it needs', async () => {
    const leaf = child(2, 1, 'base.vhd', { writes: [fill(0, 1, 2), fill(40, 1, 2)] });
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1, { writes: [fill(0, 100, 1)] }))
      .put('/sr/leaf.vhd', leaf);
    const chain = await open(files, '/sr/leaf.vhd');
    const source = chain.members[0]!.image.source;
    const data = leaf.places.blocks.get(0)!.dataAt;
    const read = source.read.bind(source);
    source.read = (at, length, signal) => {
      const bad = data + 20 * 512;
      return at <= bad && at + length > bad ? Promise.reject(new Error('EIO')) : read(at, length, signal);
    };
    const bytes = await chain.disk.read(0, 64 * 512);
    expect(sameBytes(bytes, expected(64 * 512, [fill(0, 64, 1)], [fill(0, 1, 2), fill(40, 1, 2)]))).toBe(true);
  });

  it('costs nothing to read where nothing is, however large the disk', async () => {
    const size = 2 * 1024 ** 4;
    const files = memoryFiles().put(
      '/sr/huge.vhd',
      base(1, { virtualSize: size, writes: [fill(4_000_000_000, 8, 1)] }),
    );
    const chain = await open(files, '/sr/huge.vhd');
    let total = 0;
    let chunks = 0;
    for await (const { length } of guestChunks(chain.disk, { at: 0, length: size })) {
      total += length;
      chunks += 1;
    }
    expect(total).toBe(size);
    expect(chunks).toBeLessThan(10);
    // the table of a million blocks, the headers, one block
    expect(files.reads.get('/sr/huge.vhd')!.bytes).toBeLessThan(6 * MIB);
    expect(chain.disk.size).toBe(size);
    expect((await chain.disk.read(4_000_000_000 * 512, 4096)).some((byte) => byte !== 0)).toBe(true);
  });
});

describe('what the chain cannot answer', () => {
  const writes = [fill(0, 5000, 1), fill(9000, 10, 1)];

  it('a block past the end of the file is lost, and never zeros', async () => {
    const image = base(1, { writes });
    const files = memoryFiles().put('/a.vhd', setBatEntry(image, 0, image.size / 512 + 4096));
    await expect(guestBytes(files, '/a.vhd')).rejects.toMatchObject({ kind: 'refusal', code: 'data-damaged' });
    const chain = await open(files, '/a.vhd');
    expect(await chain.disk.map(0, 2 * MIB)).toEqual([
      { at: 0, length: 2 * MIB, state: 'lost', owner: 0, fileOffset: null },
    ]);
    // what is not in that block still reads
    expect((await chain.disk.read(9000 * 512, 512)).some((byte) => byte !== 0)).toBe(true);
  });

  it.each([
    ['the footer copy', 0],
    ['the headers', 1],
    ['the table itself', 3],
  ])('a block that lies over %s is lost', async (_, sector) => {
    const files = memoryFiles().put('/a.vhd', setBatEntry(base(1, { writes }), 0, sector));
    const chain = await open(files, '/a.vhd');
    expect((await chain.disk.map(0, 512))[0]).toMatchObject({ state: 'lost', owner: 0 });
  });

  it('a table behind the blocks is legal, and no block in front of it is lost', async () => {
    const image = base(1, { writes: [fill(0, 4096, 1)], tableAt: 4 * MIB });
    const files = memoryFiles().put('/a.vhd', image);
    expect(sameBytes(await guestBytes(files, '/a.vhd'), expected(SIZE, [fill(0, 4096, 1)]))).toBe(true);
  });

  it('of a block that the file cuts, what is there reads and the rest is lost', async () => {
    const image = zeroFooter(base(1, { writes: [fill(0, 4096, 1)] }), 'end');
    const { dataAt } = image.places.blocks.get(0)!;
    const chain = await open(memoryFiles().put('/a.vhd', cut(image, dataAt + MIB)), '/a.vhd');
    expect(await chain.disk.map(0, 2 * MIB)).toEqual([
      { at: 0, length: MIB, state: 'data', owner: 0, fileOffset: dataAt },
      { at: MIB, length: MIB, state: 'lost', owner: 0, fileOffset: dataAt + MIB },
    ]);
  });

  it('entries that the table lacks are lost, not empty', async () => {
    const image = base(1, { writes });
    const truncated = zeroFooter(image, 'end');
    const chain = await open(memoryFiles().put('/a.vhd', cut(truncated, image.places.tableAt! + 8)), '/a.vhd');
    expect((await chain.disk.map(6 * MIB, 512))[0]).toMatchObject({ state: 'lost' });
  });

  it('an unallocated block of a base is zeros', async () => {
    const files = memoryFiles().put('/a.vhd', setBatEntry(base(1, { writes }), 0, UNALLOCATED));
    const chain = await open(files, '/a.vhd');
    expect((await chain.disk.map(0, 512))[0]).toMatchObject({ state: 'zero', owner: null });
  });
});

describe('sizes that nobody can have', () => {
  it('cost no time: petabytes of nothing, and petabytes past the table', async () => {
    const petabyte = 2n ** 50n;
    const image = patchFooter(base(1, { writes: [fill(0, 8, 1)] }), { currentSize: 7n * petabyte }, 'both');
    const chain = await open(memoryFiles().put('/a.vhd', image), '/a.vhd');
    const runs = [];
    for await (const run of guestRuns(chain.disk, 0, chain.disk.size)) runs.push(run);
    expect(runs.map(({ state, at }) => `${state} ${at}`)).toEqual(['data 0', 'zero 4096', `lost ${SIZE}`]);
  });
});
