import { describe, expect, it } from 'vitest';
import { CountedSource } from '../io/source.ts';
import type { SparseBuilder } from '../io/sparse.ts';
import { FILE_SYSTEMS } from '../testing/file-systems.ts';
import { diskOf, flipByte, type GptEntrySpec, type GptSpec, putBootRecord, putGpt } from '../testing/partitions.ts';
import { random } from '../testing/random.ts';
import { SparseSource } from '../testing/sparse-source.ts';
import { readTable } from './read.ts';
import type { PartitionTable } from './table.ts';

const MIB = 1024 * 1024;
const DATA = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7';
const entry = (number: number, start: number, end: number): GptEntrySpec => {
  return { number, type: DATA, id: '11111111-2222-4333-8444-555555555501', start, end };
};
const read = (disk: SparseBuilder): Promise<PartitionTable> => readTable(new SparseSource(disk.image()));
const codes = ({ findings }: PartitionTable): string[] => findings.map(({ code }) => code);

function putFileSystem(disk: SparseBuilder, kind: string, at: number): void {
  for (const extent of FILE_SYSTEMS[kind]?.().image.extents ?? []) disk.put(at + extent.at, extent.bytes);
}

/** A GPT of two partitions with its primary and the first sector gone, on a disk that grew by so many MiB. */
function grown(mib: number, spec: GptSpec = {}): SparseBuilder {
  const { sectorSize = 512 } = spec;
  const unit = MIB / sectorSize;
  const disk = diskOf((64 + mib) * unit, sectorSize);
  putGpt(disk, [entry(1, unit, 9 * unit - 1), entry(2, 9 * unit, 63 * unit - 1)], {
    ...spec,
    lastUsable: 63 * unit - 1,
    grownBy: mib * unit + unit / 2,
  });
  disk.zero(0, sectorSize * 2 + 128 * 128);
  return disk;
}

describe.each([512, 4096])('the backup of a grown disk with its start wiped, in sectors of %i bytes', (sectorSize) => {
  const both = { type: 'gpt', source: 'backup', valid: true, sectorSize, partitions: [{ number: 1 }, { number: 2 }] };

  it('is found in the last MiB', async () => {
    const disk = diskOf((64 * MIB) / sectorSize, sectorSize);
    putGpt(disk, [entry(1, 256, 999), entry(2, 1000, 3999)], { sectorSize, grownBy: 100 });
    disk.zero(0, 6 * 4096);
    expect(await read(disk)).toMatchObject(both);
  });

  it('is found behind the file systems that stand where partitions usually begin', async () => {
    const disk = grown(500, { sectorSize });
    putFileSystem(disk, 'ext4', MIB);
    disk.put(9 * MIB + 1024, new Uint8Array(2048));
    putLargeExt(disk, 9 * MIB, 54 * MIB);
    expect(await read(disk)).toMatchObject(both);
  });

  it('is found where the disk is no hole, and a copy that is moved or damaged is not taken', async () => {
    const at = (disk: SparseBuilder): PartitionTable | Promise<PartitionTable> => {
      const source = new SparseSource(disk.image());
      const held = disk.extents.map(({ at: offset, bytes }) => ({ offset, length: bytes.length }));
      return readTable({
        size: source.size,
        read: (...args) => source.read(...args),
        held: () => Promise.resolve(held),
      });
    };
    expect(await at(grown(500, { sectorSize }))).toMatchObject(both);
    const damaged = grown(500, { sectorSize });
    const backup = damaged.extents.at(-1)?.at ?? 0;
    flipByte(damaged, backup + 40);
    expect(await at(damaged)).toMatchObject({ type: 'none' });
    const moved = grown(500, { sectorSize });
    const header = moved.extents.at(-1)?.bytes ?? new Uint8Array();
    moved.zero(backup, sectorSize);
    moved.put(backup + 8192, header);
    expect(await at(moved)).toMatchObject({ type: 'none' });
  });
});

/** The superblock of an ext4 of so many bytes. */
function putLargeExt(disk: SparseBuilder, at: number, size: number): void {
  putFileSystem(disk, 'ext4', at);
  const blocks = new Uint8Array(4);
  new DataView(blocks.buffer).setUint32(0, size / 4096, true);
  disk.put(at + 1024 + 4, blocks);
}

describe('sectors of 4096 bytes', () => {
  const SECTORS = (64 * MIB) / 4096;
  const made = (): SparseBuilder => {
    const disk = diskOf(SECTORS, 4096);
    putGpt(disk, [entry(1, 256, 9999)], { sectorSize: 4096, grownBy: 2000 });
    return disk;
  };

  it('are told by a backup that is not at the end, where the protective entry ends', async () => {
    const disk = made();
    disk.zero(4096, 5 * 4096);
    expect(await read(disk)).toMatchObject({ sectorSize: 4096, type: 'gpt', source: 'backup', valid: true });
  });

  it('are told by how far the protective entry reaches, and by where the entries stand', async () => {
    const reaches = diskOf(SECTORS, 4096);
    putBootRecord(reaches, [{ slot: 1, type: 0xee, start: 1, sectors: SECTORS - 1 }]);
    expect(await read(reaches)).toMatchObject({ sectorSize: 4096, type: 'none' });
    const listed = made();
    listed.zero(4096, 4096);
    listed.zero(20 * MIB, 44 * MIB);
    expect(await read(listed)).toMatchObject({ sectorSize: 4096 });
  });

  it.each(['ext4', 'XFS', 'NTFS'])('are told by %s that stands where an MBR says only in these', async (kind) => {
    const disk = diskOf(SECTORS, 4096);
    putBootRecord(disk, [
      { slot: 1, type: 0x83, start: 256, sectors: 2048 },
      { slot: 2, type: 0x83, start: 4096, sectors: 8192 },
    ]);
    putFileSystem(disk, kind, MIB);
    const table = await read(disk);
    expect(table).toMatchObject({ sectorSize: 4096, type: 'mbr', valid: true });
    expect(codes(table)).toEqual(['table.sector-size']);
    // what stands where small sectors have it outweighs that
    putFileSystem(disk, kind, 4096 * 512);
    expect(await read(disk)).toMatchObject({ sectorSize: 512, findings: [] });
  });

  it('are not told by a file system that happens to stand there and is as large as the small entry', async () => {
    const disk = diskOf((512 * MIB) / 512);
    putBootRecord(disk, [{ slot: 1, type: 0x83, start: 2048, sectors: 32_768 }]);
    putFileSystem(disk, 'ext4', 2048 * 4096);
    expect(await read(disk)).toMatchObject({ sectorSize: 512, findings: [] });
  });
});

it('looking for what is lost costs little, whatever the disk says', async () => {
  const disk = diskOf((4096 * MIB) / 512);
  putGpt(disk, [entry(1, 2048, 9999)], { lastUsable: 5000, grownBy: 4_000_000, count: 8192 });
  const header = disk.extents.at(-1)?.bytes ?? new Uint8Array();
  disk.zero(0, 2 * MIB);
  // headers that each name their own place, and the longest list there can be
  for (let at = 4095 * MIB; at < 4096 * MIB - 512; at += 512) {
    const copy = header.slice();
    new DataView(copy.buffer).setBigUint64(24, BigInt(at / 512), true);
    disk.put(at, copy);
  }
  const source = new CountedSource(new SparseSource(disk.image()));
  expect((await readTable(source)).type).toBe('none');
  expect(source.bytes).toBeLessThan(40 * MIB);
  const noise = diskOf(4 * 2048);
  noise.put(0, random(11).bytes(4 * MIB));
  expect((await read(noise)).type).toBe('none');
});
