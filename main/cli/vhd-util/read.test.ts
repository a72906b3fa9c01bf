import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import { patternSectors } from '../../../core/formats/vhd/build/pattern.ts';
import type { VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import type { SparseImage } from '../../../core/io/sparse.ts';
import { dropFooter } from '../../../core/testing/damage.ts';
import { face, testFolder } from './testing/face.ts';

const MIB = 1024 * 1024;
const BASE_ID = '11111111-2222-3333-4444-555555555555';
const base: VhdSpec = {
  kind: 'dynamic',
  virtualSize: 8 * MIB,
  id: BASE_ID,
  timeStamp: 763_000_000,
  writes: [
    { sector: 1, count: 3, seed: 1 },
    { sector: 4096, count: 4096, seed: 1 },
  ],
};
const child: VhdSpec = {
  ...base,
  kind: 'differencing',
  id: '66666666-2222-3333-4444-555555555555',
  parent: { id: BASE_ID, name: 'base.vhd', timeStamp: 763_000_000 },
  writes: [{ sector: 2, count: 1, seed: 2 }],
};

const work = testFolder();
const put = (name: string, image: SparseImage): Promise<void> => writeSparse(path.join(work.folder, name), image);
const read = (...args: string[]) => face(work.folder, ['read', ...args]);
const text = async (...args: string[]): Promise<string> => (await read(...args)).stdout.toString();

beforeAll(async () => {
  await put('base.vhd', buildVhd(base));
  await put('child.vhd', buildVhd(child));
  await put('cut.vhd', dropFooter(buildVhd(base)));
  await put('short.vhd', buildVhd({ ...base, shortFooter: true }));
});
afterAll(work.done);

describe('text', () => {
  it('translates sectors, and prints entries, bits and extents', async () => {
    expect(await text('-t', '4095', '-c', '2', '-n', 'base.vhd')).toMatch(
      /^logical sector 4095: block number: 0, sector offset: 4095, file offset: \d+\nlogical sector 4096: block number: 1, sector offset: 0, file offset: \d+\n$/,
    );
    expect(await text('-t', '8192', '-x', '-n', 'base.vhd')).toBe(
      'logical sector 0x2000: block number: 0x2, sector offset: 0, file offset: not allocated\n',
    );
    expect(await text('-b', '2', '-n', 'base.vhd')).toBe('block: 2: offset: not allocated\n');
    expect(await text('-i', '0', '-c', '2', '-n', 'base.vhd')).toBe('block 0: sec: 0: 0\nblock 0: sec: 1: 1\n');
    expect(await text('-e', '0', '-c', '16384', '-n', 'base.vhd')).toBe('1 3\n4096 4096\n');
    expect(await read('-j', '0', '-c', '2', '-n', 'base.vhd')).toMatchObject({
      stderr: 'batmap for block 0: 0\nbatmap for block 1: 1\n',
    });
  });

  it('refuses what is past the end with ERANGE', async () => {
    expect(await read('-t', '16383', '-c', '2', '-n', 'base.vhd')).toMatchObject({
      code: 34,
      stderr: 'sector 16385 past end of file\n',
    });
    expect(await read('-b', '4', '-n', 'base.vhd')).toMatchObject({ code: 34, stderr: 'block 5 past end of file\n' });
    const bits = await read('-i', '16384', '-n', 'base.vhd');
    expect([bits.code, bits.stdout.toString()]).toEqual([34, 'sector 16384 past end of file\n']);
    expect((await read('-r', '16384', '-n', 'base.vhd')).code).toBe(34);
    expect((await read('-r', '0', '-c', '4294967295', '-n', 'base.vhd')).code).toBe(34);
  });

  it('joins letters, takes names before options, and answers wrong ones with the options', async () => {
    expect(await text('base.vhd')).toMatch(/^options:\n-h {10}help\n/);
    expect(await text('-xb2', '-nbase.vhd')).toBe('block: 0x2: offset: not allocated\n');
    const wrong = await read('-n', 'base.vhd', '-z');
    expect([wrong.code, wrong.stderr]).toEqual([22, "read: invalid option -- 'z'\n"]);
    expect((await read('-n')).stderr).toBe("read: option requires an argument -- 'n'\n");
    expect((await read('-h')).code).toBe(22);
  });
});

describe('data', () => {
  it('goes out before the text of the same run, as from a buffered stream', async () => {
    const { stdout } = await read('-m', '1', '-c', '2', '-n', 'base.vhd');
    expect(stdout.subarray(0, 512)).toEqual(Buffer.alloc(512, 0xff));
    expect(stdout.subarray(512).toString()).toBe('block 2 not allocated\n');
  });

  it('is the table as bits, the batmap, and a block with its stored bytes', async () => {
    expect((await read('-B', '-n', 'base.vhd')).stdout).toEqual(Buffer.of(0b1100_0000));
    const batmap = (await read('-a', '-n', 'base.vhd')).stdout;
    expect([batmap.length, batmap[0]]).toEqual([512, 0b0100_0000]);
    const { stdout } = await read('-d', '1', '-n', 'base.vhd');
    expect(stdout.equals(patternSectors(1, 4096, 4096))).toBe(true);
  });

  it('comes through the chain by sectors and by bytes', async () => {
    const sectors = (await read('-r', '0', '-c', '5', '-n', 'child.vhd')).stdout;
    const wanted = Buffer.concat([
      new Uint8Array(512),
      patternSectors(1, 1, 1),
      patternSectors(2, 2, 1),
      patternSectors(1, 3, 1),
      new Uint8Array(512),
    ]);
    expect(sectors.equals(wanted)).toBe(true);
    const bytes = (await read('-R', '700', '-c', '900', '-n', 'child.vhd')).stdout;
    expect(bytes.equals(wanted.subarray(700, 1600))).toBe(true);
    expect((await read('-C', '-R', '700', '-c', '900', '-n', 'child.vhd')).stdout.equals(bytes)).toBe(true);
  });

  it('lacks the last sector of a file without footer, but for -R', async () => {
    const last = patternSectors(1, 8191, 1);
    expect((await read('-r', '8191', '-n', 'cut.vhd')).stdout.equals(Buffer.alloc(512))).toBe(true);
    expect((await read('-R', String(8191 * 512), '-c', '512', '-n', 'cut.vhd')).stdout.equals(last)).toBe(true);
    expect((await read('-r', '8191', '-n', 'short.vhd')).stdout.equals(last)).toBe(true);
  });
});
