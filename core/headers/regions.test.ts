import { describe, expect, it } from 'vitest';
import { readTable } from '../partitions/read.ts';
import { diskOf, putBootRecord, putGpt } from '../testing/partitions.ts';
import { SparseSource } from '../testing/sparse-source.ts';
import { putVmfs } from '../testing/vmfs.ts';
import { readVolumes } from '../vmfs/volumes.ts';
import { headerRegions } from './regions.ts';

const MIB = 1024 ** 2;
const SECTOR = 512;

describe('headerRegions', () => {
  it('holds both copies of a GPT, and 25 MiB of a VMFS-6 volume', async () => {
    const disk = diskOf((64 * MIB) / SECTOR);
    const id = '11111111-2222-4333-8444-555555555555';
    const type = 'aa31e02a-400f-11db-9590-000c2911d1b8';
    putGpt(disk, [{ number: 1, type, id, start: 2048, end: 2048 + (60 * MIB) / SECTOR - 1 }]);
    putVmfs(disk, { start: MIB, totalBytes: 60 * MIB, version: 6 });
    const source = new SparseSource(disk.image());
    const table = await readTable(source);
    const { volumes } = await readVolumes(source);
    expect(headerRegions(source.size, table, volumes).map(({ offset, length }) => [offset, length])).toEqual([
      [0, 34 * SECTOR],
      [MIB, 25 * MIB],
      [64 * MIB - 33 * SECTOR, 33 * SECTOR],
    ]);
  });

  it('holds extended boot records', async () => {
    const disk = diskOf(8192);
    putBootRecord(disk, [{ slot: 1, type: 5, start: 2048, sectors: 4096 }]);
    putBootRecord(disk, [{ slot: 1, type: 0x83, start: 63, sectors: 1000 }], { sector: 2048 });
    const source = new SparseSource(disk.image());
    const regions = headerRegions(source.size, await readTable(source), []);
    expect(regions).toContainEqual(expect.objectContaining({ offset: 2048 * SECTOR, length: SECTOR }));
  });
});
