import { describe, expect, it } from 'vitest';
import { SparseBuilder } from '../../io/sparse.ts';
import { readTable } from '../../partitions/read.ts';
import type { PartitionTable } from '../../partitions/table.ts';
import { fromHex } from '../../structure/codecs.ts';
import { FILE_SYSTEMS } from '../../testing/file-systems.ts';
import { diskOf, flipByte, putBootRecord, putGpt } from '../../testing/partitions.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { putVmfs, type VmfsSpec } from '../../testing/vmfs.ts';
import { Draft } from '../draft.ts';
import { planRebuild, type RebuildPlan } from './rebuild.ts';

const SECTOR = 512;
const VMFS = 'aa31e02a-400f-11db-9590-000c2911d1b8';
const DATA = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
/** Of a small disk: a volume needs 20 MiB. */
const SECTORS = 70_000;

interface Rebuilt extends RebuildPlan {
  table: PartitionTable;
  entries: unknown[];
}

/** Plans, and reads the table the plan leaves. */
async function rebuild(disk: SparseBuilder, label: 'auto' | 'mbr' | 'gpt' = 'auto'): Promise<Rebuilt> {
  const source = new SparseSource(disk.image());
  let drawn = 0;
  const { plan, rebuild: proposal } = await planRebuild({
    path: '/lun.raw',
    source,
    stamp: { kind: 'file', identity: '1:1', size: source.size, modifiedNs: '0', links: 1 },
    findings: [],
    label,
    newId: () => `00000000-0000-4000-8000-${String((drawn += 1)).padStart(12, '0')}`,
    allocated: 0,
  });
  const draft = new Draft(source);
  for (const { offset, after } of plan.steps) await draft.write(offset, fromHex(after ?? ''), { why: '' });
  const table = await readTable(draft);
  return {
    plan,
    rebuild: proposal,
    table,
    entries: table.partitions.map(({ number, start, end, type, guid }) => [number, start, end, type ?? guid]),
  };
}

function put(disk: SparseBuilder, start: number, sectors: number, more: Partial<VmfsSpec> = {}): void {
  putVmfs(disk, { start: start * SECTOR, totalBytes: sectors * SECTOR, ...more });
}

/** Three extended boot records, the first at a sector, as tools leave them. */
function putChain(disk: SparseBuilder, first: number): void {
  const links = [
    [0, 0x82, 49_937],
    [50_000, 0x83, 49_937],
    [100_000, 0xfc, 29_937],
  ] as const;
  for (const [index, [at, type, sectors]] of links.entries()) {
    const next = links[index + 1];
    const link = next && { slot: 2, type: 0x05, start: next[0], sectors: next[2] + 63 };
    putBootRecord(disk, [{ slot: 1, type, start: 63, sectors }, ...(link ? [link] : [])], { sector: first + at });
  }
}

describe('a table that is gone', () => {
  it.each([
    [63, 5, 'mbr'],
    [128, 3, 'mbr'],
    [137, 3, 'mbr'],
    [2048, 5, 'gpt'],
    [4096, 6, 'gpt'],
    [10_240, 5, 'gpt'],
  ] as const)(
    'comes back for a volume at sector %i of VMFS-%i as %s, with the end its header names',
    async (start, version, type) => {
      const disk = diskOf(600_000);
      put(disk, start, 570_123, { version });
      const { table, entries, plan, rebuild: proposal } = await rebuild(disk);
      expect(table).toMatchObject({ type, valid: true, findings: [] });
      expect(entries).toEqual([[1, start, start + 570_122, type === 'gpt' ? VMFS : 0xfb]]);
      expect(proposal).toMatchObject({ label: type === 'gpt' ? 'gpt' : 'msdos', confidence: 'certain' });
      expect(plan.steps.every(({ why }) => why.includes('VMFS header'))).toBe(true);
    },
  );

  it('names every volume, and leaves out what is left over from before', async () => {
    const disk = diskOf(150_000);
    // an earlier volume over the whole disk, whose header survives
    put(disk, 63, 140_000, { version: 5, modTime: 1n, seed: '09' });
    put(disk, 4096, 50_000, { version: 5, modTime: 2_000_000n, seed: '02' });
    put(disk, 61_440, 50_000, { version: 5, modTime: 3_000_000n, seed: '03' });
    const { entries, plan } = await rebuild(disk);
    expect(entries).toEqual([
      [1, 4096, 54_095, VMFS],
      [2, 61_440, 111_439, VMFS],
    ]);
    expect(plan.risks.join()).toContain('left over from before');
  });

  it('is an MBR where the volume reaches into the last sectors, and another kind when asked for', async () => {
    const disk = diskOf(SECTORS);
    put(disk, 2048, SECTORS - 2048, { version: 5 });
    expect((await rebuild(disk)).entries).toEqual([[1, 2048, SECTORS - 1, 0xfb]]);
    const forced = await rebuild(disk, 'gpt');
    expect(forced.plan.steps).toEqual([]);
    expect(forced.plan.refusals.join()).toContain('reaches from 34 to');
  });

  it('is refused with the reason where nothing was found, and for an image of one partition', async () => {
    expect((await rebuild(diskOf(10_000))).plan.refusals.join()).toContain('No lost partition was found');
    const one = diskOf(50_000);
    put(one, 0, 50_000);
    expect((await rebuild(one)).plan.refusals.join()).toContain('not a whole disk');
  });

  // what stands at its end alone, and ZFS, is only looked for where partitions usually begin
  const anywhere = Object.keys(FILE_SYSTEMS).filter(
    (kind) => !/^(VMFS|ISO 9660|ZFS|Linux RAID (0.90|1.0))$/.test(kind),
  );

  it.each(anywhere)('names %s at any sector', async (kind) => {
    const disk = diskOf(200_000);
    const sample = FILE_SYSTEMS[kind]?.();
    for (const { at, bytes } of sample?.image.image().extents ?? []) disk.put(40_001 * SECTOR + at, bytes);
    const { rebuild: proposal } = await rebuild(disk);
    expect(proposal?.partitions).toMatchObject([{ number: 1, start: 40_001, confidence: 'guess' }]);
    const { size, type } = sample?.expected ?? {};
    // NTFS keeps a copy of its first sector behind its last
    if (size) expect(proposal?.partitions[0]?.sectors).toBe(size / SECTOR + (type === 'ntfs' ? 1 : 0));
  });

  it('comes back with the logical partitions that extended boot records still name', async () => {
    const disk = diskOf(300_000);
    put(disk, 16_065, 50_000);
    putChain(disk, 100_000);
    const { entries, table, rebuild: proposal } = await rebuild(disk);
    expect(entries).toEqual([
      [1, 16_065, 66_064, 0xfb],
      [4, 100_000, 229_999, 0x05],
      [5, 100_063, 149_999, 0x82],
      [6, 150_063, 199_999, 0x83],
      [7, 200_063, 229_999, 0xfc],
    ]);
    expect(table).toMatchObject({ valid: true, findings: [] });
    expect(table.diskId).not.toBe('00000000');
    expect(proposal?.partitions.slice(1).map(({ confidence }) => confidence)).toEqual(Array(4).fill('likely'));
  });

  it('leaves a chain of extended boot records out that a live volume lies across, or is in', async () => {
    for (const [start, sectors] of [
      [120_000, 60_000],
      [63, 250_000],
    ] as const) {
      const disk = diskOf(300_000);
      put(disk, start, sectors);
      putChain(disk, 100_000);
      expect((await rebuild(disk)).entries).toEqual([[1, start, start + sectors - 1, 0xfb]]);
    }
  });

  it('takes no volume that ends behind the disk', async () => {
    const disk = diskOf(SECTORS);
    put(disk, 128, 2_000_000);
    expect((await rebuild(disk)).plan.refusals.join()).toContain('ends behind the end of this disk');
  });
});

describe('a table that is wrong', () => {
  it('keeps the entries nothing speaks against, and gives a volume its own size', async () => {
    const disk = diskOf(SECTORS);
    putBootRecord(
      disk,
      [
        { slot: 1, type: 0x83, start: 63, sectors: 15_000, active: true },
        { slot: 3, type: 0xfb, start: 16_000, sectors: 53_000 },
      ],
      { diskSignature: 0x1234_5678 },
    );
    put(disk, 16_000, 50_000);
    const { entries, table, plan } = await rebuild(disk);
    expect(entries).toEqual([
      [1, 63, 15_062, 0x83],
      [3, 16_000, 65_999, 0xfb],
    ]);
    expect(table).toMatchObject({ diskId: '12345678', partitions: [{ bootable: true }, {}] });
    expect(plan.steps).toHaveLength(1);
  });

  it('gets a volume back that has no entry', async () => {
    const disk = diskOf(SECTORS);
    putBootRecord(disk, [{ slot: 1, type: 0x83, start: 63, sectors: 15_000 }]);
    put(disk, 16_000, 50_000);
    expect((await rebuild(disk)).entries).toEqual([
      [1, 63, 15_062, 0x83],
      [2, 16_000, 65_999, 0xfb],
    ]);
  });

  it('that is right is left alone', async () => {
    const disk = diskOf(SECTORS);
    putBootRecord(disk, [{ slot: 1, type: 0xfb, start: 128, sectors: 50_000 }]);
    put(disk, 128, 50_000);
    expect((await rebuild(disk)).plan).toMatchObject({ steps: [], refusals: [] });
  });
});

describe('a GPT', () => {
  const entries = [
    { number: 1, type: DATA, id: '11111111-2222-4333-8444-555555555555', start: 64, end: 8191, name: 'boot' },
    { number: 3, type: DATA, id: '11111111-2222-4333-8444-666666666666', start: 8192, end: 16_383 },
  ];

  it.each(['primary', 'backup'] as const)(
    'whose %s is gone is written from the other, ids and names kept',
    async (gone) => {
      for (const sectorSize of [512, 4096]) {
        const whole = diskOf(20_000, sectorSize);
        putGpt(whole, entries, { sectorSize });
        const before = new SparseSource(whole.image());
        const disk = new SparseBuilder(whole.image());
        if (gone === 'primary') disk.zero(0, 6 * 4096);
        else disk.zero(disk.size - 5 * sectorSize, 5 * sectorSize);
        const { table, plan } = await rebuild(disk);
        expect(table).toMatchObject({ type: 'gpt', sectorSize, source: 'primary', valid: true, findings: [] });
        expect(table.partitions).toEqual((await readTable(before)).partitions);
        expect(plan.steps.length).toBeGreaterThan(0);
      }
    },
  );

  it('on a disk that grew gets its backup at the new end', async () => {
    const disk = diskOf(30_000);
    putGpt(disk, entries, { grownBy: 9000 });
    const { table } = await rebuild(disk);
    expect(table).toMatchObject({ valid: true, lastUsable: 30_000 - 34, findings: [] });
  });

  it('whose only copy fails its checksum is a guess, and one with entries outside the disk is refused', async () => {
    const disk = diskOf(20_000);
    putGpt(disk, entries);
    disk.zero(0, 34 * SECTOR);
    flipByte(disk, (20_000 - 33) * SECTOR + 60);
    expect((await rebuild(disk)).rebuild).toMatchObject({ confidence: 'guess' });
    const cut = diskOf(20_000);
    putGpt(cut, entries);
    cut.resize(12_000 * SECTOR);
    const { plan } = await rebuild(cut);
    expect(plan.steps).toEqual([]);
    expect(plan.refusals.join()).toContain('is not within 34 to 11966');
  });

  it('is written good copy last, so that one is whole at every moment', async () => {
    const disk = diskOf(20_000);
    putGpt(disk, entries);
    flipByte(disk, SECTOR + 60);
    const source = new SparseSource(disk.image());
    const { plan } = await rebuild(disk);
    const draft = new Draft(source);
    for (const { offset, after } of plan.steps) {
      await draft.write(offset, fromHex(after ?? ''), { why: '' });
      expect((await readTable(draft)).partitions).toHaveLength(2);
    }
  });
});

describe('what has to be decided is not written', () => {
  it('both lists of a GPT damaged, each in another entry', async () => {
    const disk = diskOf(SECTORS);
    const entry = (number: number, start: number, end: number) => ({ number, type: DATA, id: DATA, start, end });
    putGpt(disk, [entry(1, 2048, 9000), entry(2, 10_240, 19_000)]);
    flipByte(disk, 2 * SECTOR + 32);
    flipByte(disk, (SECTORS - 33) * SECTOR + 128 + 56);
    const { plan } = await rebuild(disk);
    expect(plan.steps).toEqual([]);
    expect(plan.refusals.join()).toContain('No copy of the GPT is proved');
  });

  it('partitions that lie over one another, and a chain of extended records that goes round', async () => {
    const over = diskOf(SECTORS);
    putBootRecord(over, [
      { slot: 1, type: 0x83, start: 2048, sectors: 20_000 },
      { slot: 2, type: 0x83, start: 10_000, sectors: 20_000 },
    ]);
    const round = diskOf(SECTORS);
    putBootRecord(round, [{ slot: 1, type: 0x05, start: 2048, sectors: 50_000 }]);
    putBootRecord(
      round,
      [
        { slot: 1, type: 0x83, start: 63, sectors: 1000 },
        { slot: 2, type: 0x05, start: 0, sectors: 2000 },
      ],
      { sector: 2048 },
    );
    for (const disk of [over, round]) {
      const { plan } = await rebuild(disk);
      expect(plan.steps).toEqual([]);
      expect(plan.refusals.join()).toContain('it has to be decided first');
    }
  });
});
