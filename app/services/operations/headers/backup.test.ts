import { describe, expect, it } from 'vitest';
import { readSparse } from '../../../../core/io/sparse.ts';
import { CrashFiles } from '../../../../core/testing/crash-files.ts';
import { vmfsDisk } from '../../../../core/testing/vmfs.ts';
import { backupHeaders } from './backup.ts';
import { findBackups } from './find.ts';

const MIB = 1024 ** 2;
const IMAGE = '/lun/sdf';
const START = 2 * MIB;
const disk = vmfsDisk({ start: START, totalBytes: 44 * MIB, version: 5 }, { size: 48 * MIB });
const whole = readSparse(disk, 0, 48 * MIB);

class Clocked extends CrashFiles {
  time = Date.UTC(2026, 10, 21, 3, 15);
  override now(): number {
    return this.time;
  }
}
const world = () => ({ files: new Clocked().put(IMAGE, whole), state: '/state' });

describe('backing up headers', () => {
  it('saves what brings a wiped disk back, and leaves the disk alone', async () => {
    const env = world();
    const { folder, manifest } = await backupHeaders(IMAGE, env, { to: '/headers' });
    expect(folder).toBe('/headers/sdf-20261121T031500Z');
    expect(manifest.regions.map(({ offset, length }) => [offset, length])).toEqual([
      [0, 34 * 512],
      [START, 24 * MIB],
      [48 * MIB - 33 * 512, 33 * 512],
    ]);
    const back = whole.slice();
    for (const { offset, length } of manifest.regions) back.fill(0, offset, offset + length);
    expect(Buffer.compare(back, whole)).not.toBe(0);
    for (const { offset, file, sha256 } of manifest.regions) {
      const bytes = env.files.bytes(`${folder}/${file}`);
      expect(env.files.sha256(bytes)).toBe(sha256);
      back.set(bytes, offset);
    }
    expect(Buffer.compare(back, whole)).toBe(0);
    expect(Buffer.compare(env.files.bytes(`${folder}/vmfsheader-bu-sdf.hex`), whole.subarray(0, 4096 * 512))).toBe(0);
    expect(Buffer.compare(env.files.bytes(IMAGE), whole)).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(env.files.bytes(`${folder}/manifest.json`)))).toEqual(manifest);
  });

  it('never overwrites a backup: another of that name and second gets its own folder', async () => {
    const env = world();
    env.files.put('/other/sdf', whole);
    const first = await backupHeaders(IMAGE, env, { to: '/headers' });
    const second = await backupHeaders('/other/sdf', env, { to: '/headers' });
    expect(second.folder).toBe(`${first.folder}-2`);
    expect(second.manifest.disk.path).toBe('/other/sdf');
    expect((await backupHeaders(IMAGE, env, { to: '/headers' })).folder).toBe(`${first.folder}-3`);
    const found = await findBackups('/headers', IMAGE, env.files);
    expect(found.map(({ name, samePath }) => [name.slice(-2), samePath])).toEqual([
      ['0Z', true],
      ['-3', true],
      ['-2', false],
    ]);
  });

  it('keeps a folder that another process has begun', async () => {
    const env = world();
    env.files.put('/headers/sdf-20261121T031500Z/manifest.json.partial', new Uint8Array());
    const { folder } = await backupHeaders(IMAGE, env, { to: '/headers' });
    expect(folder).toBe('/headers/sdf-20261121T031500Z-2');
    expect(env.files.paths()).toContain('/headers/sdf-20261121T031500Z/manifest.json.partial');
  });

  it('never takes away the one it just made, though older ones are dated later', async () => {
    const env = world();
    const real = env.files.time;
    env.files.time = Date.UTC(2031, 0, 1);
    const wrong = await backupHeaders(IMAGE, env, { to: '/headers' });
    env.files.time = real;
    const { folder, removed } = await backupHeaders(IMAGE, env, { to: '/headers', keep: 1 });
    expect(removed).toEqual([wrong.folder]);
    expect(env.files.paths()).toContain(`${folder}/manifest.json`);
  });

  it('takes away old backups of this very disk, and nothing else', async () => {
    const env = world();
    const next = async () => {
      env.files.time += 86_400_000;
      return backupHeaders(IMAGE, env, { to: '/headers', keep: 2 });
    };
    const [first, second] = [await next(), await next()];
    env.files.put(`${second.folder}/notes.txt`, new Uint8Array(1)).put('/headers/sdf-old/x', new Uint8Array(1));
    expect((await next()).removed).toEqual([]);
    expect((await next()).removed).toEqual([first.folder]);
    expect(env.files.paths()).toContain('/headers/sdf-old/x');
    expect(env.files.paths()).toContain(`${second.folder}/manifest.json`);
    // the disk is wiped: its good backups stay
    env.files.put(IMAGE, new Uint8Array(48 * MIB));
    await next();
    await next();
    expect((await next()).removed).toHaveLength(1);
    expect(env.files.paths().filter((path) => path.endsWith('manifest.json'))).toHaveLength(5);
  });
});
