import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { interrupted, resume, rollback, undo } from '../../../core/apply/undo.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { readSparse, SparseBuilder } from '../../../core/io/sparse.ts';
import { readTable } from '../../../core/partitions/read.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { diskOf, putGpt } from '../../../core/testing/partitions.ts';
import { putVmfs } from '../../../core/testing/vmfs.ts';
import { applyEnvironment } from './environment.ts';
import { planRebuildOf } from './rebuild.ts';
import { applyRepair } from './repair.ts';

const run = promisify(execFile);
const IMAGE = '/lun/disk.raw';
const options = { acceptLoss: false };

/** A GPT whose primary was wiped. */
function wiped(): Uint8Array {
  const disk = diskOf(4096);
  const id = '11111111-2222-4333-8444-555555555555';
  putGpt(disk, [{ number: 1, type: '0fc63daf-8483-4772-8e79-3d69d8477de4', id, start: 64, end: 3999 }]);
  disk.zero(0, 34 * 512);
  return readSparse(disk.image(), 0, disk.size);
}

describe('rebuilding in place', () => {
  it('is undone byte for byte', async () => {
    const env = { files: new CrashFiles().put(IMAGE, wiped()), state: '/state' };
    const { plan } = await planRebuildOf(IMAGE, env, { label: 'auto' });
    const { applied, findingsAfter } = await applyRepair(plan, { inPlace: true }, env, options);
    expect(findingsAfter.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(Buffer.compare(env.files.bytes(IMAGE), wiped())).not.toBe(0);
    await undo(applied.operation, env);
    expect(Buffer.compare(env.files.bytes(IMAGE), wiped())).toBe(0);
  });

  it('killed at any change is resumed or taken back, and nothing in between', async () => {
    const whole = { files: new CrashFiles().put(IMAGE, wiped()), state: '/state' };
    await applyRepair((await planRebuildOf(IMAGE, whole, { label: 'auto' })).plan, { inPlace: true }, whole, options);
    const mended = whole.files.bytes(IMAGE);
    for (const way of [resume, rollback]) {
      for (let at = 1; ; at += 1) {
        const env = { files: new CrashFiles().put(IMAGE, wiped()), state: '/state' };
        const { plan } = await planRebuildOf(IMAGE, env, { label: 'auto' });
        env.files.failAt(at, 'kill');
        const done = await applyRepair(plan, { inPlace: true }, env, options).then(
          () => true,
          () => false,
        );
        env.files.restart();
        if (done) break;
        const touched = !Buffer.from(env.files.bytes(IMAGE)).equals(wiped());
        const open = (await interrupted(IMAGE, env)).length > 0;
        if (open) await way(IMAGE, env);
        const now = Buffer.from(env.files.bytes(IMAGE));
        expect(now.equals(wiped()) || now.equals(mended)).toBe(true);
        // a journal that was not complete yet is thrown away: the image was not touched
        if (open && touched) expect(now.equals(mended)).toBe(way === resume);
      }
    }
  });
});

describe('what other tools say of a rebuilt table', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'platter-rebuild-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.for([
    ['MBR', 137],
    ['GPT', 2048],
  ] as const)('sfdisk, sgdisk and blkid accept the %s', async ([kind, start], { skip }) => {
    const image = path.join(folder, 'lun.raw');
    const output = path.join(folder, 'rebuilt.raw');
    const disk = new SparseBuilder();
    disk.resize(60_000 * 512);
    putVmfs(disk, { start: start * 512, totalBytes: 50_000 * 512, version: 5 });
    await writeSparse(image, disk.image());
    const env = applyEnvironment(path.join(folder, 'state'));
    const { plan } = await planRebuildOf(image, env, { label: 'auto' });
    await applyRepair(plan, { output }, env, options);

    const file = await env.files.open(output);
    expect(await readTable(file)).toMatchObject({ partitions: [{ start, sectors: 50_000 }] });
    await file.close();
    expect((await readFile(image)).subarray(0, 512).every((byte) => byte === 0)).toBe(true);

    const tools = ['/usr/sbin/sfdisk', '/usr/sbin/sgdisk', '/usr/sbin/blkid'];
    const absent = tools.filter((tool) => !existsSync(tool));
    if (absent.length > 0) skip(`${absent.join(', ')} not installed: what they say of a rebuilt table was not tested`);
    const said = async (tool: string, ...args: string[]): Promise<string> => {
      const { stdout, stderr } = await run(tool, [...args, output]);
      return stdout + stderr;
    };
    expect(await said('/usr/sbin/sfdisk', '--verify')).toContain('No errors detected');
    if (kind === 'GPT') expect(await said('/usr/sbin/sgdisk', '-v')).toContain('No problems found');
    expect(await said('/usr/sbin/blkid', '-p')).toContain(`PTTYPE="${kind === 'GPT' ? 'gpt' : 'dos'}"`);
  });

  it.for([
    ['primary', ''],
    ['backup', 'table-length: 4'],
    ['primary', 'table-length: 256'],
  ] as const)('the %s copy of a GPT of sfdisk comes back as sfdisk wrote it (%s)', async ([gone, header], { skip }) => {
    const absent = ['/usr/sbin/sfdisk', '/usr/sbin/sgdisk'].filter((tool) => !existsSync(tool));
    if (absent.length > 0) skip(`${absent.join(', ')} not installed: copies of its tables were not tested`);
    const image = path.join(folder, 'disk.raw');
    const script = path.join(folder, 'script');
    const size = 32 * 1024 * 1024;
    await writeSparse(image, diskOf(size / 512).image());
    await writeFile(script, `label: gpt\n${header}\nsize=8M, name=one\nsize=4M, name=two\n`);
    await run('/bin/sh', ['-c', '/usr/sbin/sfdisk -q "$0" < "$1"', image, script]);
    const before = await readFile(image);
    const file = await open(image, 'r+');
    const at = gone === 'primary' ? 512 : size - 65 * 512;
    await file.write(new Uint8Array(65 * 512), 0, 65 * 512, at);
    await file.close();
    const env = applyEnvironment(path.join(folder, 'state'));
    const { plan } = await planRebuildOf(image, env, { label: 'auto' });
    await applyRepair(plan, { inPlace: true }, env, options);
    expect((await readFile(image)).equals(before)).toBe(true);
    expect((await run('/usr/sbin/sgdisk', ['-v', image])).stdout).toContain('No problems found');
    expect((await run('/usr/sbin/sfdisk', ['--verify', image])).stdout).toContain('No errors detected');
  });

  it('of the moved backup of a disk that grew', async ({ skip }) => {
    const absent = ['/usr/sbin/sfdisk', '/usr/sbin/sgdisk'].filter((tool) => !existsSync(tool));
    if (absent.length > 0) skip(`${absent.join(', ')} not installed: what they say of a moved backup was not tested`);
    const image = path.join(folder, 'disk.raw');
    const disk = diskOf(60_000);
    const id = '11111111-2222-4333-8444-555555555555';
    putGpt(disk, [{ number: 200, type: '0fc63daf-8483-4772-8e79-3d69d8477de4', id, start: 2048, end: 9999 }], {
      count: 256,
      firstUsable: 2048,
      grownBy: 20_000,
    });
    disk.zero(0, 67 * 512);
    await writeSparse(image, disk.image());
    const env = applyEnvironment(path.join(folder, 'state'));
    const { plan } = await planRebuildOf(image, env, { label: 'auto' });
    await applyRepair(plan, { inPlace: true }, env, options);
    expect((await run('/usr/sbin/sgdisk', ['-v', image])).stdout).toContain('No problems found');
    const { stdout } = await run('/usr/sbin/sfdisk', ['--dump', image]);
    expect(stdout).toMatch(/disk.raw200 : start= +2048, size= +7952/);
    expect(stdout).toContain('first-lba: 2048');
  });
});
