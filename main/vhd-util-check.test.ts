import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildVhd } from '../core/formats/vhd/build/build.ts';
import { writeSparse } from '../core/io/node/sparse.ts';
import { zeroFooter } from '../core/testing/damage.ts';
import { vhdUtilCheck } from './vhd-util-check.ts';

describe('what vhd-util would say of an image', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-check-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is told with its exit code, of the image by its name', async () => {
    const id = '6f0d1f22-1d52-4fd5-93b5-5f2c1c0e9a01';
    const disk = buildVhd({ kind: 'dynamic', virtualSize: 24 * 1024 ** 2, id, timeStamp: 1, writes: [] });
    await writeSparse(path.join(folder, 'good.vhd'), disk);
    await writeSparse(path.join(folder, 'bad.vhd'), zeroFooter(disk, 'end'));
    expect(await vhdUtilCheck(path.join(folder, 'good.vhd'))).toEqual({ exitCode: 0, text: 'good.vhd is valid\n' });
    const bad = await vhdUtilCheck(path.join(folder, 'bad.vhd'));
    expect(bad.exitCode).toBe(22);
    expect(bad.text).toContain('primary footer invalid: invalid cookie');
  });

  it('tests no path that may not be looked at: it answers alike whether a file is there or not', async () => {
    const id = (number: number) => `6f0d1f22-1d52-4fd5-93b5-5f2c1c0e9a0${number}`;
    const size = { virtualSize: 24 * 1024 ** 2, timeStamp: 1, writes: [] };
    const served = path.join(folder, 'served');
    await mkdir(served);
    const parent = path.join(folder, 'base.vhd');
    const locators = [{ code: 'MacX' as const, text: `file://${parent}` }];
    const leaf = buildVhd({
      kind: 'differencing',
      id: id(2),
      ...size,
      parent: { id: id(1), name: 'base.vhd', timeStamp: 1, locators },
    });
    await writeSparse(path.join(served, 'leaf.vhd'), leaf);
    const visible = (file: string) => Promise.resolve(path.resolve(file).startsWith(served));
    const without = await vhdUtilCheck(path.join(served, 'leaf.vhd'), visible);
    await writeSparse(parent, buildVhd({ kind: 'dynamic', id: id(1), ...size }));
    expect(await vhdUtilCheck(path.join(served, 'leaf.vhd'), visible)).toEqual(without);
    expect(await vhdUtilCheck(path.join(served, 'leaf.vhd'))).not.toEqual(without);
  });
});
