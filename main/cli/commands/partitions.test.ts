import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { readSparse, type SparseBuilder } from '../../../core/io/sparse.ts';
import { FILE_SYSTEMS } from '../../../core/testing/file-systems.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { diskOf, putBootRecord, putGpt } from '../../../core/testing/partitions.ts';
import { idOf, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

const SIZE = (32 * MIB) / 512;

/** FAT16 and an extended partition with XFS in it. */
function disk(): SparseBuilder {
  const out = diskOf(SIZE);
  putBootRecord(out, [
    { slot: 1, type: 0x06, start: 2048, sectors: 32_768, active: true },
    { slot: 2, type: 0x0f, start: 36_864, sectors: 20_480 },
  ]);
  putBootRecord(out, [{ slot: 1, type: 0x83, start: 2048, sectors: 16_384 }], { sector: 36_864 });
  for (const { at, bytes } of FILE_SYSTEMS['FAT16']?.().image.extents ?? []) out.put(2048 * 512 + at, bytes);
  for (const { at, bytes } of FILE_SYSTEMS['XFS']?.().image.extents ?? []) out.put(38_912 * 512 + at, bytes);
  return out;
}

describe('platter partitions', () => {
  it('lists a disk for people', async () => {
    const { rc, out, err } = await run(memoryFiles().put('/disk.raw', disk().image()), ['partitions', 'disk.raw']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "disk.raw: 32 MiB, 65,536 sectors of 512 bytes, MBR 00000000
        no.  start    end  sectors    size  type                    content
          1   2048  34815    32768  16 MiB  FAT16 (0x06), bootable  FAT16 “STICK”, 1234-ABCD, 32 MiB, clean
          2  36864  57343    20480  10 MiB  extended, LBA (0x0f)
          5  38912  55295    16384   8 MiB  Linux (0x83)            XFS “data”, 5a5a5a5a-5a5a-5a5a-5a5a-5a5a5a5a5a5a, 8 MiB
      Findings: healthy
      "
    `);
  });

  it('prints the document that scripts expect, and it is the same for a VHD that holds the disk', async () => {
    const image = disk();
    const writes = Array.from({ length: SIZE / 8 }, (_, index) => index * 8)
      .map((sector) => ({ sector, bytes: readSparse(image, sector * 512, 4096) }))
      .filter(({ bytes }) => bytes.some((byte) => byte !== 0));
    const vhd = buildVhd({ kind: 'dynamic', virtualSize: 32 * MIB, id: idOf(1), timeStamp: 1, writes });
    const files = memoryFiles().put('/disk.raw', image.image()).put('/disk.vhd', vhd);
    const raw = await run(files, ['partitions', 'disk.raw', '--json']);
    expect(JSON.parse(raw.out)).toMatchObject({
      schema: 'platter.partitions/1',
      sectorSize: 512,
      table: {
        type: 'mbr',
        source: 'primary',
        valid: true,
        partitions: [
          { number: 1, start: 2048, end: 34_815, sectors: 32_768, type: 6, guid: null, id: null, bootable: true },
          { number: 2, type: 15, kind: 'extended', fileSystem: null },
          { number: 5, start: 38_912, end: 55_295, kind: 'logical', ebr: 36_864, fileSystem: { type: 'xfs' } },
        ],
      },
      findings: [],
    });
    expect((await run(files, ['partitions', 'disk.vhd', '--json'])).out).toBe(raw.out);
    const inspected = JSON.parse((await run(files, ['inspect', 'disk.vhd', '--json'])).out) as {
      images: { structures: { name: string; offset: number; fields: { name: string; offset: number }[] }[] }[];
    };
    const found = inspected.images[0]?.structures ?? [];
    const bytes = readSparse(vhd, found.find(({ name }) => name === 'guest-ebr-1')?.offset ?? 0, 512);
    expect(bytes).toEqual(readSparse(image, 36_864 * 512, 512));
  });

  it('reads what it is told to in the sector size it is told', async () => {
    const large = diskOf(8192, 4096);
    putBootRecord(large, [{ slot: 1, type: 0x83, start: 256, sectors: 2048 }]);
    for (const { at, bytes } of FILE_SYSTEMS['ext4']?.().image.extents ?? []) large.put(256 * 4096 + at, bytes);
    const files = memoryFiles().put('/disk.raw', large.image());
    const { out } = await run(files, ['partitions', 'disk.raw', '--sector-size', '4096', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      sectorSize: 4096,
      table: { partitions: [{ start: 256, fileSystem: { type: 'ext4' } }] },
    });
    expect(await run(files, ['partitions', 'disk.raw', '--sector-size', '1000'])).toMatchObject({ rc: 2 });
  });

  it('says which copy of a GPT was read, and why; a disk without a table shows its file system', async () => {
    const gpt = diskOf(SIZE);
    putGpt(gpt, [
      {
        number: 3,
        type: 'aa31e02a-400f-11db-9590-000c2911d1b8',
        id: idOf(9),
        start: 2048,
        end: 10_000,
        name: 'escape \u001b[31m',
      },
    ]);
    gpt.zero(512, 512);
    const iso = FILE_SYSTEMS['ISO 9660']?.().image.image() ?? { size: 0, extents: [] };
    const files = memoryFiles().put('/gpt.raw', gpt.image()).put('/setup.iso', iso);
    const { out, rc } = await run(files, ['partitions', 'gpt.raw']);
    expect(rc).toBe(0);
    expect(out).toContain('read from its backup');
    expect(out).toContain('VMware VMFS  “escape \\x1b[31m”');
    expect(out).toContain('gpt.primary-missing');
    const bare = await run(files, ['partitions', 'setup.iso']);
    expect(bare.out).toContain('no partition table\n  whole disk: ISO 9660 “SETUP”');
  });
});

describe('platter partitions --save', () => {
  let folder: string;
  let state: string | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-partitions-'));
    state = process.env.PLATTER_STATE;
    process.env.PLATTER_STATE = path.join(folder, 'state');
  });
  afterEach(async () => {
    if (state === undefined) delete process.env.PLATTER_STATE;
    else process.env.PLATTER_STATE = state;
    await rm(folder, { recursive: true, force: true });
  });

  it('writes a partition, once', async () => {
    const image = disk();
    const source = path.join(folder, 'disk.raw');
    await writeSparse(source, image, {});
    const output = path.join(folder, 'xfs.raw');
    const saved = await run(nodeFiles, ['partitions', source, '--save', '5', '--output', output, '--json']);
    expect(JSON.parse(saved.out)).toMatchObject({ partition: 5, size: 8 * MIB, missing: 0, output });
    expect((await readFile(output)).equals(readSparse(image, 38_912 * 512, 8 * MIB))).toBe(true);
    const again = await run(nodeFiles, ['partitions', source, '--save', '5', '--output', output]);
    expect(again).toMatchObject({ rc: 3, out: '' });
    const none = await run(nodeFiles, ['partitions', source, '--save', '3', '--output', `${output}.3`]);
    expect(none).toMatchObject({ rc: 3, out: '' });
    expect(await run(nodeFiles, ['partitions', source, '--save', '5'])).toMatchObject({ rc: 2, out: '' });
  });
});
