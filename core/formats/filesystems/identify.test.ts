import { describe, expect, it } from 'vitest';
import { CountedSource } from '../../io/source.ts';
import { SparseBuilder } from '../../io/sparse.ts';
import { FILE_SYSTEMS } from '../../testing/file-systems.ts';
import { random } from '../../testing/random.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { identifyFileSystem } from './identify.ts';

const AT = 3 * 1024 * 1024;

describe('a file system', () => {
  it.each(Object.entries(FILE_SYSTEMS))('is recognised anywhere on a disk: %s', async (_, make) => {
    const { image, expected } = make();
    const disk = new SparseBuilder();
    for (const { at, bytes } of image.extents) disk.put(AT + at, bytes);
    disk.resize(AT + image.size + 12_345);
    const source = new CountedSource(new SparseSource(disk.image()));
    expect(await identifyFileSystem(source, { at: AT, length: image.size })).toMatchObject(expected);
    expect(source.bytes).toBeLessThan(1024 * 1024);
  });

  it('is not seen in zeros, in noise, or where a partition has no bytes', async () => {
    const noise = new SparseBuilder();
    noise.put(0, random(1).bytes(512 * 1024));
    for (const disk of [noise, { size: 1024 * 1024, extents: [] }, { size: 0, extents: [] }]) {
      const source = new SparseSource(disk);
      expect(await identifyFileSystem(source, { at: 0, length: disk.size })).toBeNull();
      expect(await identifyFileSystem(source, { at: 2 ** 50, length: 2 ** 40 })).toBeNull();
    }
  });

  it.each(Object.entries(FILE_SYSTEMS))(
    'with damaged numbers is no reason to fail or to read much: %s',
    async (_, make) => {
      const noise = random(5);
      for (let round = 0; round < 20; round += 1) {
        const { image } = make();
        for (let hit = 0; hit < 6; hit += 1) image.put(noise.between(11, 4095), noise.bytes(4));
        const source = new CountedSource(new SparseSource(image.image()));
        await identifyFileSystem(source, { at: 0, length: image.size });
        expect(source.bytes).toBeLessThan(1024 * 1024);
      }
    },
  );
});
