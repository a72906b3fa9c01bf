import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildVhd } from '../../core/formats/vhd/build/build.ts';
import { readSparse, type SparseBuilder } from '../../core/io/sparse.ts';
import { FILE_SYSTEMS } from '../../core/testing/file-systems.ts';
import { diskOf, putBootRecord } from '../../core/testing/partitions.ts';
import { id, MIB, open, Place, run, STILL } from './testing/place.ts';

const START = 2048;

/** A disk of 24 MiB with a primary of 8 MiB of ext4 and a second one that is past the end. */
function partitioned(): SparseBuilder {
  const disk = diskOf((24 * MIB) / 512);
  putBootRecord(disk, [
    { slot: 1, type: 0x83, start: START, sectors: (8 * MIB) / 512 },
    { slot: 2, type: 0x07, start: 40_000, sectors: 20_000 },
  ]);
  for (const { at, bytes } of FILE_SYSTEMS['ext4']?.().image.extents ?? []) disk.put(START * 512 + at, bytes);
  disk.put(
    START * 512 + 7 * MIB,
    Uint8Array.from('needle', (character) => character.charCodeAt(0)),
  );
  disk.put(
    20 * MIB,
    Uint8Array.from('needle', (character) => character.charCodeAt(0)),
  );
  return disk;
}

describe('partitions', () => {
  let place: Place;
  beforeEach(async () => {
    place = await Place.make();
  });
  afterEach(() => place.remove());

  const opened = async () => {
    const disk = partitioned();
    await place.put('disk.raw', disk.image());
    const services = place.services();
    await open(services, [place.evidence]);
    const path = place.at('disk.raw');
    const window = { at: START * 512, length: 8 * MIB };
    return { disk, services, path, target: { space: 'guest' as const, path, window } };
  };

  it('of a raw disk and of a guest’s disk are listed with what stands on them', async () => {
    const { disk, services, path } = await opened();
    const listed = await services.handlers['disk.partitions']({ path, sectorSize: null }, STILL);
    expect(listed).toMatchObject({ type: 'mbr', size: 24 * MIB, sectorSize: 512 });
    expect(listed.partitions[0]).toMatchObject({
      number: 1,
      start: START,
      fileSystem: { type: 'ext4', label: 'daten' },
    });
    expect(listed.suggestedOutputs[1]).toBe(place.at('disk.partition-1.raw'));
    expect(listed.findings.map(({ code }) => code)).toEqual(['table.beyond-end']);

    const writes = disk.extents.map(({ at }) => at).map((at) => Math.floor(at / 512));
    const sectors = [...new Set(writes.flatMap((sector) => [sector, sector + 1]))].sort((a, b) => a - b);
    const guest = { kind: 'dynamic' as const, virtualSize: 24 * MIB, id: id(4), timeStamp: 1 };
    const bytes = sectors.map((sector) => ({ sector, bytes: readSparse(disk, sector * 512, 512) }));
    await place.put('disk.vhd', buildVhd({ ...guest, writes: bytes }));
    await open(services, [place.evidence]);
    const inside = await services.handlers['disk.partitions']({ path: place.at('disk.vhd'), sectorSize: null }, STILL);
    expect(inside.partitions).toEqual(listed.partitions);
  });

  it('are disks of their own: read, searched and hashed from their own start to their own end', async () => {
    const { disk, services, target } = await opened();
    const read = services.handlers['bytes.read'];
    const head = await read({ target, at: 1024, length: 512 }, STILL);
    expect([head.at, head.size]).toEqual([1024, 8 * MIB]);
    expect(Buffer.from(head.bytes)).toEqual(Buffer.from(readSparse(disk, START * 512 + 1024, 512)));
    expect(head.runs).toMatchObject([{ at: 1024, length: 512, fileOffset: START * 512 + 1024 }]);
    expect((await read({ target, at: 8 * MIB - 16, length: 64 }, STILL)).bytes).toHaveLength(16);
    expect((await read({ target, at: 9 * MIB, length: 64 }, STILL)).bytes).toHaveLength(0);

    const pattern = { kind: 'text' as const, text: 'needle', encodings: ['ascii' as const], ignoreCase: false };
    const search = await run(services, 'bytes.search', { target, pattern, from: 0, to: null, limit: 10 });
    expect(search.partials).toMatchObject([{ at: 7 * MIB }]);

    const algorithms = ['sha256' as const];
    const hash = await run(services, 'bytes.hash', { target, at: 0, length: null, algorithms });
    const own = createHash('sha256').update(readSparse(disk, START * 512, 8 * MIB));
    expect(hash.result).toEqual({ size: 8 * MIB, digests: { sha256: own.digest('hex') } });
  });

  it('are saved to files that take no room for zeros; nothing is overwritten, and undo takes them away', async () => {
    const { disk, services, path } = await opened();
    const output = place.at('saved.raw');
    const input = { path, partition: 1, sectorSize: null, output, holes: false };
    const { result } = await run(services, 'partition.save', input);
    const expected = Buffer.from(readSparse(disk, START * 512, 8 * MIB));
    expect((await readFile(output)).equals(expected)).toBe(true);
    expect((await stat(output)).blocks * 512).toBeLessThan(MIB);
    const sha256 = createHash('sha256').update(expected).digest('hex');
    expect(result).toMatchObject({ output, size: 8 * MIB, sha256, missing: 0, holes: [] });
    await expect(run(services, 'partition.save', input)).rejects.toMatchObject({ code: 'output-exists' });

    const past = await run(services, 'partition.save', { ...input, partition: 2, output: place.at('past.raw') });
    expect(past.result).toMatchObject({ size: 24 * MIB - 40_000 * 512, missing: (60_000 - 49_152) * 512 });
    await expect(
      run(services, 'partition.save', { ...input, partition: 7, output: place.at('none.raw') }),
    ).rejects.toMatchObject({ code: 'out-of-range' });
    await expect(
      run(services, 'partition.save', { ...input, output: `${place.outside}/saved.raw` }),
    ).rejects.toMatchObject({ kind: 'refusal' });
    const { operation } = result as { operation: string };
    await run(services, 'operations.undo', { operation });
    expect(existsSync(output)).toBe(false);
  });
});
