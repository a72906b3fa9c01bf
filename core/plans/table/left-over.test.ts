import { describe, expect, it } from 'vitest';
import type { SparseBuilder } from '../../io/sparse.ts';
import { readTable } from '../../partitions/read.ts';
import { fromHex } from '../../structure/codecs.ts';
import { FILE_SYSTEMS } from '../../testing/file-systems.ts';
import { diskOf, putBootRecord } from '../../testing/partitions.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { putVmfs, type VmfsSpec } from '../../testing/vmfs.ts';
import { readVolumes } from '../../vmfs/volumes.ts';
import { Draft } from '../draft.ts';
import { planRebuild, type RebuildPlan } from './rebuild.ts';

const SECTOR = 512;
const XFS_SECTORS = (8 * 1024 * 1024) / SECTOR;

async function rebuild(
  disk: SparseBuilder,
  label: 'auto' | 'mbr' = 'auto',
): Promise<RebuildPlan & { entries: unknown[] }> {
  const source = new SparseSource(disk.image());
  const planned = await planRebuild({
    path: '/lun.raw',
    source,
    stamp: { kind: 'file', identity: '1:1', size: source.size, modifiedNs: '0', links: 1 },
    findings: [],
    label,
    newId: () => '00000000-0000-4000-8000-000000000001',
    allocated: 0,
  });
  const draft = new Draft(source);
  for (const { offset, after } of planned.plan.steps) await draft.write(offset, fromHex(after ?? ''), { why: '' });
  const { partitions } = await readTable(draft);
  return { ...planned, entries: partitions.map(({ start, end, type }) => [start, end, type]) };
}

function put(disk: SparseBuilder, start: number, sectors: number, more: Partial<VmfsSpec> = {}): void {
  putVmfs(disk, { start: start * SECTOR, totalBytes: sectors * SECTOR, ...more });
}

function putFileSystem(disk: SparseBuilder, kind: string, sector: number): void {
  for (const { at, bytes } of FILE_SYSTEMS[kind]?.().image.image().extents ?? []) disk.put(sector * SECTOR + at, bytes);
}

describe('a LUN that was formatted with something else', () => {
  it.each(['XFS', 'ext4', 'NTFS'])('as %s: the VMFS headers that formatting left are not a volume', async (kind) => {
    const disk = diskOf(100_000);
    put(disk, 2048, 80_000, { version: 5 });
    putFileSystem(disk, kind, 2048);
    putBootRecord(disk, [{ slot: 1, type: 0x07, start: 2048, sectors: 80_000 }]);
    const { volumes } = await readVolumes(new SparseSource(disk.image()));
    expect(volumes[0]?.stale?.why).toContain('it was made over the volume');
    const { plan } = await rebuild(disk);
    expect(plan.steps).toEqual([]);
    expect(plan.refusals).toEqual([]);
  });

  it('with a table that names VMFS there, the volume stays', async () => {
    const disk = diskOf(100_000);
    put(disk, 2048, 80_000, { version: 5 });
    putFileSystem(disk, 'XFS', 2048);
    putBootRecord(disk, [{ slot: 1, type: 0xfb, start: 2048, sectors: 80_000 }]);
    const { volumes } = await readVolumes(new SparseSource(disk.image()));
    expect(volumes[0]?.stale).toBeNull();
  });
});

describe('a volume in the data of another', () => {
  const nested = 60_000;
  function both(): SparseBuilder {
    const disk = diskOf(200_000);
    put(disk, 2048, 190_000, { version: 5, modTime: 1_000_000n, seed: '01' });
    put(disk, nested + 128, 60_000, { version: 5, modTime: 2_000_000n, seed: '02' });
    return disk;
  }

  it('behind a partition table of its own is on a virtual disk, though it was changed later', async () => {
    const disk = both();
    putBootRecord(disk, [{ slot: 1, type: 0xfb, start: 128, sectors: 60_000 }], { sector: nested });
    const { entries, plan } = await rebuild(disk);
    expect(entries.map((entry) => (entry as number[])[0])).toEqual([2048]);
    expect(plan.risks.join()).toContain('stands on a virtual disk');
  });

  it('without one may be either: the last changed is taken, as a guess that names the other', async () => {
    const { rebuild: proposal } = await rebuild(both());
    expect(proposal).toMatchObject({ confidence: 'guess', partitions: [{ start: nested + 128 }] });
    expect(proposal?.partitions[0]?.reason).toContain('if that one is live');
  });
});

describe('a disk without a table on purpose', () => {
  it.each(['XFS', 'ext4', 'FAT32'])('that is all %s gets none, unless the kind is named', async (kind) => {
    const disk = diskOf(100_000);
    putFileSystem(disk, kind, 0);
    putFileSystem(disk, 'ext4', 40_000);
    const { plan } = await rebuild(disk);
    expect(plan.steps).toEqual([]);
    expect(plan.refusals.join()).toContain('takes the whole disk');
    expect((await rebuild(disk, 'mbr')).plan.refusals.join()).not.toContain('takes the whole disk');
  });
});

describe('a table with some entries left', () => {
  it('gets the file system back that no entry names', async () => {
    const disk = diskOf(120_000);
    putFileSystem(disk, 'ext4', 2048);
    putFileSystem(disk, 'XFS', 61_440);
    putBootRecord(disk, [{ slot: 1, type: 0x83, start: 2048, sectors: 50_000 }]);
    const { entries, rebuild: proposal } = await rebuild(disk);
    expect(entries).toEqual([
      [2048, 52_047, 0x83],
      [61_440, 61_440 + XFS_SECTORS - 1, 0x83],
    ]);
    expect(proposal?.confidence).toBe('likely');
  });

  it('and an entry that is shorter than its file system its length, where nothing is in the way', async () => {
    const disk = diskOf(120_000);
    putFileSystem(disk, 'XFS', 2048);
    putBootRecord(disk, [{ slot: 1, type: 0x8e, start: 2048, sectors: 999 }]);
    expect((await rebuild(disk)).entries).toEqual([[2048, 2048 + XFS_SECTORS - 1, 0x8e]]);
    putBootRecord(disk, [
      { slot: 1, type: 0x83, start: 2048, sectors: 999 },
      { slot: 2, type: 0x83, start: 4000, sectors: 20_000 },
    ]);
    const kept = await rebuild(disk);
    expect(kept.plan.steps).toEqual([]);
    expect(kept.plan.risks.join()).toContain('another partition stands where XFS begins');
  });

  it('and both volumes that one entry covers', async () => {
    const disk = diskOf(200_000);
    put(disk, 2048, 80_000, { version: 5, seed: '01' });
    put(disk, 82_048, 80_000, { version: 5, seed: '02' });
    putBootRecord(disk, [{ slot: 1, type: 0xfb, start: 2048, sectors: 160_000 }]);
    expect((await rebuild(disk)).entries).toEqual([
      [2048, 82_047, 0xfb],
      [82_048, 162_047, 0xfb],
    ]);
  });

  it('but says of two file systems that share their place that it cannot tell', async () => {
    const disk = diskOf(120_000);
    putFileSystem(disk, 'ext4', 63);
    putFileSystem(disk, 'XFS', 2048);
    const { rebuild: proposal, plan } = await rebuild(disk);
    expect(proposal?.confidence).toBe('guess');
    expect(plan.risks.join()).toContain('which of them is left over is not told');
  });
});

describe('a header that contradicts itself', () => {
  it('with no size is still one volume, and its end a guess', async () => {
    const disk = diskOf(100_000);
    put(disk, 2048, 80_000, { version: 5 });
    disk.put(2048 * SECTOR + 0x10_0000 + 0x5e, new Uint8Array(8));
    const { volumes } = await readVolumes(new SparseSource(disk.image()));
    expect(volumes).toHaveLength(1);
    expect(volumes[0]?.fs).not.toBeNull();
    expect((await rebuild(disk)).rebuild).toMatchObject({ confidence: 'guess', partitions: [{ start: 2048 }] });
  });
});
