import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { link, mkdir, mkdtemp, readFile, realpath, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { base } from '../../../core/chain/testing/chains.ts';
import { PlatterError } from '../../../core/errors.ts';
import { nodeWriteFiles } from '../../../core/io/node/sink.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { zero } from '../../../core/testing/damage.ts';
import { applyRepair, planRepairOf } from './repair.ts';

const healthy = base(1, { writes: [{ sector: 0, count: 8, seed: 1 }] });
const damaged = zero(healthy, healthy.size - 512, 512);
const bytes = readSparse(damaged, 0, damaged.size);
const PLAIN = { acceptLoss: false, allowHardLinks: false };

let folder: string;
let image: string;
let env: ApplyEnvironment;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'platter-in-use-')));
  image = path.join(folder, 'disk.vhd');
  env = { files: nodeWriteFiles, state: path.join(folder, 'state') };
});
beforeEach(async () => {
  await rm(image, { force: true });
  await writeFile(image, bytes);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Why the plan was not applied; the file has to be as it was. */
async function refusedBecause(
  options = PLAIN,
  before: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string> {
  const plan = await planRepairOf(image, env, { strategies: null });
  await before();
  const left = await readFile(image);
  const error = await applyRepair(plan, { inPlace: true }, env, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PlatterError);
  expect((error as PlatterError).kind).toBe('refusal');
  expect(Buffer.compare(await readFile(image), left)).toBe(0);
  return (error as PlatterError).message;
}

/** Another process that keeps the image open until `work` is done. */
async function whileHeld<T>(flags: 'r' | 'r+', work: (pid: number) => Promise<T>): Promise<T> {
  const script = `require('fs').openSync(process.argv[1], '${flags}'); console.log('open'); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['-e', script, image], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(holder.stdout, 'data');
    return await work(holder.pid ?? 0);
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
}

const onLinux = process.platform === 'linux';
if (!onLinux) it.skip('left out: who holds a file open is seen on Linux only', () => undefined);

describe.runIf(onLinux)('a file that another process has open', () => {
  it('for writing is not written to, and the process is named', async () => {
    await whileHeld('r+', async (pid) => {
      expect(await refusedBecause()).toMatch(new RegExp(`open for writing in process ${pid} \\(`));
    });
  });

  it('for reading is repaired, and it is said who sees it change', async () => {
    await whileHeld('r', async (pid) => {
      const plan = await planRepairOf(image, env, { strategies: null });
      const { applied } = await applyRepair(plan, { inPlace: true }, env, PLAIN);
      expect(applied.notes.join()).toContain(`Process ${pid} (`);
    });
  });
});

describe('a file in doubt', () => {
  it('with a second name is written to only when that was said', async () => {
    const other = path.join(folder, 'other.vhd');
    await link(image, other);
    try {
      expect(await refusedBecause()).toContain('2 names');
      const plan = await planRepairOf(image, env, { strategies: null });
      await applyRepair(plan, { inPlace: true }, env, { ...PLAIN, allowHardLinks: true });
      expect(Buffer.compare(await readFile(other), readSparse(healthy, 0, healthy.size))).toBe(0);
    } finally {
      await rm(other);
    }
  });

  it.each([
    ['its time', () => utimes(image, 1, 1)],
    ['its length', () => truncate(image, bytes.length + 512)],
    [
      'another file in its place',
      async () => {
        await rm(image);
        await writeFile(image, bytes);
      },
    ],
  ])('that changed since the plan (%s) is not written to', async (_, change) => {
    expect(await refusedBecause(PLAIN, change)).toContain('changed since the plan');
  });

  it('of a suspended machine is repaired with a warning beforehand', async () => {
    const suspended = base(1, { savedState: true });
    const cutOff = zero(suspended, suspended.size - 512, 512);
    await writeFile(image, readSparse(cutOff, 0, cutOff.size));
    const plan = await planRepairOf(image, env, { strategies: null });
    expect(plan.steps).not.toEqual([]);
    expect(plan.risks.join()).toContain('suspended machine');
  });
});

/** A loop device over an image file; null with a reason where there can be none. */
function loopDevice(file: string): { device: string; detach: () => void } | string {
  if (!onLinux) return 'loop devices are Linux’s';
  const made = spawnSync('losetup', ['-f', '--show', file], { encoding: 'utf8' });
  if (made.status !== 0) return `losetup: ${made.error?.message ?? made.stderr.trim()}`;
  const device = made.stdout.trim();
  return { device, detach: () => void spawnSync('losetup', ['-d', device]) };
}

it('a block device that is mounted is not written to, and it is said where it is mounted', async ({ skip }) => {
  const disk = path.join(folder, 'volume.img');
  await writeFile(disk, '');
  await truncate(disk, 8 * 1024 * 1024);
  const formatted = spawnSync('mkfs.ext4', ['-q', '-F', disk], { encoding: 'utf8' });
  const loop = formatted.status === 0 ? loopDevice(disk) : `mkfs.ext4: ${formatted.error?.message ?? formatted.stderr}`;
  if (typeof loop === 'string') return skip(`left out: ${loop}`);
  const place = path.join(folder, 'mounted');
  await mkdir(place);
  try {
    expect(await nodeWriteFiles.deviceInUse(loop.device)).toBe(null);
    const mounted = spawnSync('mount', [loop.device, place], { encoding: 'utf8' });
    if (mounted.status !== 0) skip(`left out: mount: ${mounted.stderr.trim()}`);
    try {
      expect(await nodeWriteFiles.deviceInUse(loop.device)).toBe(`it is mounted at ${place}`);
    } finally {
      spawnSync('umount', [place]);
    }
  } finally {
    loop.detach();
  }
});
