import { describe, expect, it } from 'vitest';
import { readSparse, SparseBuilder } from '../../io/sparse.ts';
import { readTable } from '../../partitions/read.ts';
import { fromHex } from '../../structure/codecs.ts';
import { FILE_SYSTEMS } from '../../testing/file-systems.ts';
import { diskOf, flipByte, type GptEntrySpec, type GptSpec, putBootRecord, putGpt } from '../../testing/partitions.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { putVmfs } from '../../testing/vmfs.ts';
import type { Plan } from '../plan.ts';
import { planRebuild } from './rebuild.ts';

const MIB = 1024 * 1024;
const SECTORS = 60_000;
const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const entry = (number: number, start: number, end: number): GptEntrySpec => {
  const id = `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
  return { number, type: LINUX, id, start, end, name: `p${number}`, attributes: 4n };
};

/** The disk as a plan leaves it. */
async function rebuilt(disk: SparseBuilder, sectorSize?: number): Promise<{ plan: Plan; after: SparseBuilder }> {
  const source = new SparseSource(disk.image());
  let drawn = 0;
  const { plan } = await planRebuild({
    path: '/lun.raw',
    source,
    stamp: { kind: 'file', identity: '1:1', size: source.size, modifiedNs: '0', links: 1 },
    findings: [],
    label: 'auto',
    sectorSize,
    newId: () => `00000000-0000-4000-8000-${String((drawn += 1)).padStart(12, '0')}`,
    allocated: 0,
  });
  const after = new SparseBuilder(disk.image());
  for (const { offset, after: bytes } of plan.steps) after.put(offset, fromHex(bytes ?? ''));
  return { plan, after };
}

const bytesOf = (disk: SparseBuilder): Uint8Array => readSparse(disk.image(), 0, disk.size);

describe('a GPT of which one copy is whole', () => {
  const specs: [string, GptSpec, GptEntrySpec[]][] = [
    ['that begins where sfdisk lets it', { firstUsable: 2048 }, [entry(1, 2048, 20_000)]],
    ['that ends before the last sector it could', { lastUsable: 55_000 }, [entry(2, 4096, 54_999)]],
    ['of 4 entries', { count: 4 }, [entry(1, 4, 100), entry(4, 101, 59_996)]],
    ['of 256 entries', { count: 256 }, [entry(1, 2048, 9999), entry(200, 10_000, 20_000)]],
    ['of entries of 256 bytes', { count: 64, entryLength: 256 }, [entry(64, 2048, 9999)]],
    ['in sectors of 4096 bytes', { sectorSize: 4096, firstUsable: 256 }, [entry(1, 256, 9999)]],
  ];
  for (const gone of ['primary', 'backup'] as const)
    it.each(specs)(`gets its ${gone} back as it was: one %s`, async (_, spec, entries) => {
      const { sectorSize = 512 } = spec;
      const whole = diskOf(SECTORS, sectorSize);
      putGpt(whole, entries, spec);
      const disk = new SparseBuilder(whole.image());
      const array = Math.ceil(((spec.count ?? 128) * (spec.entryLength ?? 128)) / sectorSize) * sectorSize;
      if (gone === 'primary') disk.zero(sectorSize, sectorSize + array);
      else disk.zero(disk.size - sectorSize - array, sectorSize + array);
      const { plan, after } = await rebuilt(disk);
      expect(plan.refusals).toEqual([]);
      expect(Buffer.compare(bytesOf(after), bytesOf(whole))).toBe(0);
      const half = disk.size / 2;
      expect(plan.steps.every(({ offset }) => offset < half === (gone === 'primary'))).toBe(true);
    });

  it('gets one damaged list of entries back where its header says it is, and nothing else is written', async () => {
    const whole = diskOf(SECTORS);
    putGpt(whole, [entry(1, 2048, 20_000)], { firstUsable: 2048 });
    const disk = new SparseBuilder(whole.image());
    flipByte(disk, 1024 + 60);
    const { plan, after } = await rebuilt(disk);
    expect(plan.steps.map(({ offset }) => offset)).toEqual([1024]);
    expect(Buffer.compare(bytesOf(after), bytesOf(whole))).toBe(0);
  });

  it('gets the sector in front of it back alone, and a hybrid one stays', async () => {
    const wiped = diskOf(SECTORS);
    putGpt(wiped, [entry(1, 2048, 20_000)], { firstUsable: 2048 });
    wiped.zero(0, 512);
    expect((await rebuilt(wiped)).plan.steps.map(({ offset, length }) => [offset, length])).toEqual([[0, 512]]);
    const hybrid = diskOf(SECTORS);
    putGpt(hybrid, [entry(1, 2048, 20_000)]);
    putBootRecord(hybrid, [
      { slot: 1, type: 0xee, start: 1, sectors: 2047 },
      { slot: 2, type: 0x83, start: 2048, sectors: 17_953 },
    ]);
    const before = bytesOf(hybrid);
    hybrid.zero(512, 33 * 512);
    expect(Buffer.compare(bytesOf((await rebuilt(hybrid)).after), before)).toBe(0);
  });

  it('keeps its own limits where a volume is added, and room for entries', async () => {
    const disk = diskOf(SECTORS);
    putGpt(disk, [entry(1, 50_000, 54_999)], { count: 4, firstUsable: 2048, lastUsable: 55_000 });
    putVmfs(disk, { start: 2048 * 512, totalBytes: 45_000 * 512, version: 5 });
    const { after, plan } = await rebuilt(disk);
    expect(plan.refusals).toEqual([]);
    const table = await readTable(new SparseSource(after.image()));
    expect(table).toMatchObject({ valid: true, firstUsable: 2048, lastUsable: 55_000, findings: [] });
    expect(table.partitions).toMatchObject([
      { number: 1, start: 50_000, name: 'p1', attributes: '0x4' },
      { number: 2, start: 2048, end: 47_047 },
    ]);
    expect(table.structures.find(({ id }) => id === 'gpt')?.array?.entries).toBe(4);
  });

  it('on a disk that grew keeps all but its end, and the backup moves', async () => {
    const disk = diskOf(SECTORS);
    putGpt(disk, [entry(1, 2048, 20_000)], { count: 256, firstUsable: 2048, grownBy: 9000 });
    const { after } = await rebuilt(disk);
    const table = await readTable(new SparseSource(after.image()));
    expect(table).toMatchObject({ valid: true, firstUsable: 2048, lastUsable: SECTORS - 66, findings: [] });
  });
});

describe('a disk that grew, with its start wiped', () => {
  it.each([512, 4096])(
    'gets all its partitions back from the old backup, wherever it stands (%i)',
    async (sectorSize) => {
      const grownBy = (200 * MIB) / sectorSize + 77;
      const disk = diskOf((300 * MIB) / sectorSize, sectorSize);
      const partitions = [entry(1, 2048, 9999), entry(2, 10_000, 10_999)];
      putGpt(disk, partitions, { sectorSize, grownBy });
      // of the second one nothing but the backup knows
      putVmfs(disk, { start: 2 * MIB, totalBytes: 58 * MIB, version: 5 });
      disk.zero(0, 6 * 4096);
      const { plan, after } = await rebuilt(disk);
      expect(plan.refusals).toEqual([]);
      const table = await readTable(new SparseSource(after.image()));
      expect(table).toMatchObject({ type: 'gpt', sectorSize, valid: true, findings: [] });
      expect(table.partitions).toMatchObject([
        { number: 1, start: 2048, end: 9999 },
        { number: 2, start: 10_000, end: 10_999, name: 'p2' },
      ]);
    },
  );
});

describe('a backup that a live volume lies over', () => {
  it.each([0, 20_000])('is left over from before: the volume counts (grown by %i)', async (grownBy) => {
    const disk = diskOf(100_000);
    putGpt(disk, [entry(1, 2048, 70_000)], { grownBy });
    disk.zero(0, 34 * 512);
    putVmfs(disk, { start: 137 * 512, totalBytes: (100_000 - 137) * 512, version: 3 });
    const { plan, after } = await rebuilt(disk);
    // one that no place leads to is not even asked
    expect(plan.risks.join().includes('left over from before')).toBe(grownBy === 0);
    const table = await readTable(new SparseSource(after.image()));
    expect(table.partitions).toMatchObject([{ start: 137, end: 99_999, type: 0xfb }]);
  });
});

describe('a table of a disk with sectors of 4096 bytes', () => {
  it('is written in these where a boot sector says so, or where they are asked for', async () => {
    const disk = diskOf((64 * MIB) / 4096, 4096);
    for (const { at, bytes } of FILE_SYSTEMS['NTFS']?.().image.extents ?? []) disk.put(MIB + at, bytes);
    disk.put(MIB + 11, Uint8Array.of(0, 16, 1));
    disk.put(MIB + 40, Uint8Array.of(0xff, 7));
    const { plan, after } = await rebuilt(disk);
    expect(plan.risks.join()).toContain('sectors of 4096 bytes');
    const entries = [{ start: 256, end: 256 + 2047 }];
    const source = new SparseSource(after.image());
    expect(await readTable(source, { sectorSize: 4096 })).toMatchObject({ partitions: entries });
    expect(await readTable(source)).toMatchObject({ sectorSize: 4096, partitions: entries });
    const asked = diskOf((64 * MIB) / 4096, 4096);
    for (const { at, bytes } of FILE_SYSTEMS['ext4']?.().image.extents ?? []) asked.put(MIB + at, bytes);
    const written = new SparseSource((await rebuilt(asked, 4096)).after.image());
    expect(await readTable(written)).toMatchObject({ sectorSize: 4096, partitions: entries });
  });
});
