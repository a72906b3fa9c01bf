import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSparse } from '../../core/io/node/sparse.ts';
import type { SparseImage } from '../../core/io/sparse.ts';
import { articleLun } from '../../core/testing/article-lun.ts';
import { diskOf, putBootRecord, putGpt } from '../../core/testing/partitions.ts';

const LINUX = '0fc63daf-8483-4772-8e79-3d69d8477de4';
const VMFS = 'aa31e02a-400f-11db-9590-000c2911d1b8';

/** Disks by their tables. */
export const DISKS = { mbr: 'mbr-extended.raw', gpt: 'gpt.raw', lun: 'article-lun.raw' } as const;

/** Words at the start of the second logical partition. */
export const LOGICAL_TEXT = 'the second logical one';

/** Two primaries, an extended partition with two logical ones, and free space at three places. */
function mbrDisk(): SparseImage {
  const disk = diskOf(400_000);
  putBootRecord(disk, [
    { slot: 1, type: 0x83, start: 2048, sectors: 98_000, active: true },
    { slot: 2, type: 0x0f, start: 120_000, sectors: 200_000 },
    { slot: 3, type: 0x07, start: 330_000, sectors: 40_000 },
  ]);
  putBootRecord(
    disk,
    [
      { slot: 1, type: 0x83, start: 2048, sectors: 60_000 },
      { slot: 2, type: 0x05, start: 80_000, sectors: 100_000 },
    ],
    { sector: 120_000 },
  );
  putBootRecord(disk, [{ slot: 1, type: 0x82, start: 2048, sectors: 90_000 }], { sector: 200_000 });
  disk.put(202_048 * 512, new TextEncoder().encode(LOGICAL_TEXT));
  return disk.image();
}

function gptDisk(): SparseImage {
  const disk = diskOf(400_000);
  putGpt(disk, [
    { number: 1, type: LINUX, id: '11111111-1111-4111-8111-111111111111', start: 2048, end: 102_047, name: 'root' },
    { number: 2, type: VMFS, id: '22222222-2222-4222-8222-222222222222', start: 150_000, end: 399_000 },
  ]);
  return disk.image();
}

const MAKERS = { mbr: mbrDisk, gpt: gptDisk, lun: () => articleLun({ table: false }) };

/** Makes disks in a folder that is made; answers their paths. */
export async function disks<N extends keyof typeof DISKS>(folder: string, ...names: N[]): Promise<Record<N, string>> {
  await mkdir(folder, { recursive: true });
  const paths: Partial<Record<N, string>> = {};
  for (const name of names) {
    const path = join(folder, DISKS[name]);
    await writeSparse(path, MAKERS[name]());
    paths[name] = path;
  }
  return paths as Record<N, string>;
}
