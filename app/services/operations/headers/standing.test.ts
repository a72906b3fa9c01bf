import { describe, expect, it } from 'vitest';
import { undo } from '../../../../core/apply/undo.ts';
import { readSparse, type SparseBuilder } from '../../../../core/io/sparse.ts';
import { CrashFiles } from '../../../../core/testing/crash-files.ts';
import { FILE_SYSTEMS } from '../../../../core/testing/file-systems.ts';
import { diskOf, GPT_DISK_ID, putBootRecord, putGpt } from '../../../../core/testing/partitions.ts';
import { putVmfs, type VmfsSpec } from '../../../../core/testing/vmfs.ts';
import { applyRepair } from '../repair.ts';
import { backupHeaders } from './backup.ts';
import type { HeaderManifest } from './manifest.ts';
import { planRestoreOf } from './restore.ts';

const MIB = 1024 ** 2;
const IMAGE = '/lun/sdf';
const SIZE = 30 * MIB;
/** An MBR with a partition from the first MiB. */
const OWN: VmfsSpec = { start: MIB, totalBytes: 28 * MIB };
const PLAIN = { acceptLoss: false, allowHardLinks: false };

function diskWith(volumes: readonly VmfsSpec[], table: { diskSignature: number; type?: number } | null = null) {
  const disk = diskOf(SIZE / 512);
  const { start, totalBytes } = OWN;
  if (table)
    putBootRecord(disk, [{ slot: 1, type: table.type ?? 0xfb, start: start / 512, sectors: totalBytes / 512 }], table);
  for (const volume of volumes) putVmfs(disk, volume);
  return disk;
}

const flat = (disk: SparseBuilder): Uint8Array => readSparse(disk.image(), 0, SIZE);
const whole = flat(diskWith([OWN], { diskSignature: 0xcafe0001 }));

/** A backup of the disk, and then another in its place. */
async function saved(then: Uint8Array, before = whole) {
  const env = { files: new CrashFiles().put(IMAGE, before), state: '/state' };
  const { folder, manifest } = await backupHeaders(IMAGE, env, { to: '/headers' });
  env.files.put(IMAGE, then);
  return { env, folder, manifest };
}

describe('headers are not restored over', () => {
  it.each([
    ['in the backup’s places', 64 * 1024],
    ['that begins before them', 0],
  ])('a volume %s', async (_, start) => {
    const other = flat(diskWith([{ start, totalBytes: 28 * MIB, seed: '5a' }]));
    const { env, folder } = await saved(other);
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow('is not in it; its headers or metadata');
  });

  it('a volume with the first sectors of another disk, as dd saved them', async () => {
    const at = (seed: string) => flat(diskWith([{ start: 64 * 1024, totalBytes: 28 * MIB, seed }]));
    const { env } = await saved(at('5a'));
    const first = at('01').slice(0, 2 * MIB);
    first.set(whole.subarray(0, 512));
    env.files.put('/first.hex', first);
    await expect(planRestoreOf('/first.hex', IMAGE, env)).rejects.toThrow('is not in it');
  });

  it.each([
    ['XFS', 'XFS “data” at 0x0'],
    ['ext4', 'ext4 “daten” at 0x0'],
  ])('a whole disk of %s, unless the loss is accepted', async (type, named) => {
    const disk = diskOf(SIZE / 512);
    for (const { at, bytes } of FILE_SYSTEMS[type]!().image.extents) disk.put(at, bytes);
    const { env, folder } = await saved(flat(disk));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    expect(plan.risks.join('\n')).toContain(`Another file system is overwritten, its superblock too: ${named}`);
    expect(plan.risks.join('\n')).toContain('Nothing shows that this is the disk');
    await expect(applyRepair(plan, { inPlace: true }, env, PLAIN)).rejects.toMatchObject({ code: 'needs-accept-loss' });
    expect(Buffer.compare(env.files.bytes(IMAGE), flat(disk))).toBe(0);
    await applyRepair(plan, { inPlace: true }, env, { ...PLAIN, acceptLoss: true });
    expect(env.files.bytes(IMAGE).slice(0, 17_408)).toEqual(whole.slice(0, 17_408));
  });

  it('a file system in the volume’s own partition, unless the loss is accepted', async () => {
    const disk = diskWith([OWN], { diskSignature: 0xcafe0001, type: 7 });
    for (const { at, bytes } of FILE_SYSTEMS.XFS!().image.extents) disk.put(MIB + at, bytes);
    const { env, folder } = await saved(flat(disk));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    expect(plan.lossy).toBe(true);
    expect(plan.risks.join('\n')).toContain('its superblock too: XFS “data” at 0x100000');
    expect(plan.risks.join('\n')).not.toContain('Nothing shows');
  });

  it('bytes that nobody knows on a disk that nothing ties to the backup, unless the loss is accepted', async () => {
    const { env, folder } = await saved(new Uint8Array(SIZE).fill(0x77, 3 * MIB, 4 * MIB));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    expect([plan.lossy, plan.risks.join('\n')]).toEqual([true, expect.stringContaining('Nothing shows')]);
    // zeros are what a wiped disk has: nothing is lost
    env.files.put(IMAGE, new Uint8Array(SIZE).fill(0x77, 27 * MIB, 28 * MIB));
    expect((await planRestoreOf(folder, IMAGE, env)).plan).toMatchObject({ lossy: false, risks: [] });
  });
});

describe('the same disk', () => {
  it('is known by its volume where an installer wrote another table', async () => {
    const disk = diskWith([OWN]);
    const type = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
    putGpt(disk, [{ number: 1, type, id: '11111111-2222-4333-8444-555555555555', start: 2048, end: 40_000 }]);
    const { env, folder } = await saved(flat(disk));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    expect(plan.lossy).toBe(false);
    expect(plan.risks.join('\n')).toContain(`a GPT with the id ${GPT_DISK_ID} and the partitions 1 (`);
    const { applied } = await applyRepair(plan, { inPlace: true }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes(IMAGE), whole)).toBe(0);
    await undo(applied.operation, env);
    expect(Buffer.compare(env.files.bytes(IMAGE), flat(disk))).toBe(0);
  });

  it('is not known by a table with another id alone', async () => {
    const { env, folder } = await saved(flat(diskWith([], { diskSignature: 0xbeef0002 })));
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow(
      'its table has the id cafe0001, the one here beef0002',
    );
  });

  it('is not known by a copy of its volume elsewhere', async () => {
    const copy = { ...OWN, start: 24.5 * MIB };
    const { env, folder } = await saved(flat(diskWith([copy], { diskSignature: 0xbeef0002 })));
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow('its table has the id');
  });

  it('tells which partitions were added since', async () => {
    const disk = diskOf(SIZE / 512);
    const entries = [{ slot: 1, type: 0xfb, start: 2048, sectors: OWN.totalBytes / 512 }];
    const added = { slot: 2, type: 0x83, start: 29 * 2048, sectors: 1024 };
    putBootRecord(disk, [...entries, added], { diskSignature: 0xcafe0001 });
    putVmfs(disk, OWN);
    const { env, folder } = await saved(flat(disk));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    expect([plan.lossy, plan.risks]).toEqual([false, [expect.stringContaining('2 (0x1d00000 to 0x1d80000)')]]);
  });

  it('may have had headers left over from before, as long as the backup has them, too', async () => {
    const old = { start: 64 * 1024, totalBytes: 20 * MIB, seed: '5a', modTime: 1n };
    const both = flat(diskWith([old, OWN], { diskSignature: 0xcafe0001 }));
    const partly = both.slice().fill(0, 0, 512);
    partly.fill(0, 2 * MIB, 3 * MIB);
    partly.fill(0, 20 * MIB, 21 * MIB);
    const { env, folder, manifest } = await saved(partly, both);
    expect(manifest.disk.volumes).toHaveLength(1);
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    await applyRepair(plan, { inPlace: true }, env, { ...PLAIN, acceptLoss: plan.lossy });
    expect(Buffer.compare(env.files.bytes(IMAGE), both)).toBe(0);
  });
});

describe('a manifest', () => {
  const text = (manifest: object): Uint8Array => new TextEncoder().encode(JSON.stringify(manifest));

  it('without a hash of itself, as the first ones were, is taken', async () => {
    const { env, folder, manifest } = await saved(new Uint8Array(SIZE));
    const { sha256: _, ...first } = manifest;
    env.files.put(`${folder}/manifest.json`, text(first));
    const { plan } = await planRestoreOf(folder, IMAGE, env);
    await applyRepair(plan, { inPlace: true }, env, PLAIN);
    expect(Buffer.compare(env.files.bytes(IMAGE), whole)).toBe(0);
  });

  const altered: [string, (manifest: HeaderManifest) => object, string][] = [
    ['no parts', (all) => ({ ...all, regions: [] }), 'the last sectors are not in it'],
    ['an empty part', (all) => changed(all, 1, { length: 0 }), 'is empty'],
    ['a part elsewhere', (all) => changed(all, 1, { offset: 2 * MIB }), 'which is of another place'],
    ['a part that overlaps', (all) => changed(all, 1, { offset: 0, length: 25 * MIB }), 'of another place'],
    ['a part missing', (all) => ({ ...all, regions: all.regions.toSpliced(2, 1) }), 'the last sectors are not in it'],
    ['no first sectors', (all) => ({ ...all, regions: all.regions.slice(1) }), 'the first sectors are not in it'],
    ['another volume', (all) => ({ ...all, disk: { ...all.disk, volumes: ['x'] } }), 'names no volume at 0x100000'],
    ['a volume too many', (all) => named(all, 'x'), 'the volume x, of which it has no headers'],
    [
      'a volume nowhere',
      (all) => changed(all, 1, { holds: ['VMFS headers and metadata from x'] }),
      'does not reach to',
    ],
    ['headers of nothing', (all) => changed(all, 1, { holds: [] }), 'of which it has no headers'],
  ];

  it.each(altered)('with %s is refused', async (_, alter, why) => {
    const { env, folder, manifest } = await saved(new Uint8Array(SIZE));
    const { sha256, ...rest } = alter(manifest) as HeaderManifest;
    env.files.put(`${folder}/manifest.json`, text({ ...rest, sha256 }));
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow('SHA-256 of itself differs');
    env.files.put(`${folder}/manifest.json`, text(rest));
    await expect(planRestoreOf(folder, IMAGE, env)).rejects.toThrow(why);
  });

  function changed(all: HeaderManifest, index: number, part: Partial<HeaderManifest['regions'][number]>): object {
    return { ...all, regions: all.regions.with(index, { ...all.regions[index]!, ...part }) };
  }

  function named(all: HeaderManifest, id: string): object {
    return { ...all, disk: { ...all.disk, volumes: [...all.disk.volumes, id] } };
  }
});
