import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accessTimeMoved, nodeFiles } from '../../core/io/node/files.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { base, child } from './testing/images.ts';
import { run } from './testing/run.ts';

// Evidence is opened so that nothing of it changes: each rule on the real file system, and why not where it cannot be tried.
const folder = mkdtempSync(path.join(tmpdir(), 'platter-evidence-'));
const sr = path.join(folder, 'sr');
const leaf = path.join(sr, 'leaf.vhd');
const asRoot = process.getuid?.() === 0;
const onLinux = process.platform === 'linux';

beforeAll(async () => {
  mkdirSync(sr);
  const mtime = Date.UTC(2024, 2, 5, 12);
  await writeSparse(path.join(sr, 'base.vhd'), base(1), { mtime });
  await writeSparse(leaf, child(2, 1, 'base.vhd'), { mtime });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVERY: string[][] = [
  ['inspect', '--deep'],
  ['scan'],
  ['check', '--deep', '--chain'],
  ['hash'],
  ['hash', '--guest'],
  ['hex', '--length', '4K', '--fields'],
  ['hex', '--guest', '--length', '4K'],
  ['map'],
];

/** Everything of a folder that looking at it must not change. */
function stateOf(place: string): unknown {
  return readdirSync(place)
    .sort()
    .map((name) => {
      const file = path.join(place, name);
      const { size, mtimeMs, ctimeMs, mode, ino } = statSync(file);
      return { name, size, mtimeMs, ctimeMs, mode, ino, bytes: readFileSync(file).toString('latin1').length };
    });
}

describe('looking at evidence', () => {
  it.each(EVERY.map((argv) => argv.join(' ')))('%s changes and creates nothing', async (command) => {
    const argv = command.split(' ');
    const before = stateOf(sr);
    const { mtimeMs } = statSync(sr);
    const { rc } = await run(nodeFiles, [...argv, leaf]);
    expect(rc).toBe(0);
    expect(stateOf(sr)).toEqual(before);
    expect(statSync(sr).mtimeMs).toBe(mtimeMs);
  });

  it('works where nothing could be written', async () => {
    chmodSync(leaf, 0o444);
    chmodSync(sr, 0o555);
    try {
      for (const argv of EVERY) expect(await run(nodeFiles, [...argv, leaf])).toMatchObject({ rc: 0, err: '' });
    } finally {
      chmodSync(sr, 0o755);
    }
  });

  it('leaves the access time alone where the system permits', async ({ skip }) => {
    if (!onLinux) skip('O_NOATIME is there on Linux only');
    const old = new Date('2020-01-01T00:00:00Z');
    const moves = (): boolean => statSync(leaf).atimeMs !== old.getTime();
    utimesSync(leaf, old, new Date());
    readFileSync(leaf);
    if (!moves()) skip('the file system of the temporary folder keeps no access times');
    utimesSync(leaf, old, new Date());
    for (const argv of EVERY) await run(nodeFiles, [...argv, leaf]);
    expect(moves()).toBe(false);
    expect(accessTimeMoved.has(leaf)).toBe(false);
  });

  it('says so where the system does not permit it', async ({ skip }) => {
    if (!onLinux || !process.seteuid) skip('O_NOATIME is there on Linux only');
    // only a file's owner may leave its access time alone: read somebody else's
    const theirs = asRoot ? path.join(folder, 'theirs.vhd') : '/etc/passwd';
    if (asRoot) {
      writeFileSync(theirs, 'x');
      chmodSync(folder, 0o755);
    }
    accessTimeMoved.clear();
    try {
      if (asRoot) process.seteuid?.(65_534);
      const { rc, err } = await run(nodeFiles, ['hash', theirs], { accessTimeMoved });
      expect(rc).toBe(0);
      expect(err).toBe(`platter: note: the system does not permit reading ${theirs} without moving the access time.\n`);
    } finally {
      if (asRoot) process.seteuid?.(0);
      accessTimeMoved.clear();
    }
  });
});

describe('what is no regular file', () => {
  const refuses = async (file: string): Promise<void> => {
    for (const argv of EVERY.filter(([name]) => name !== 'scan')) {
      const { rc, out, err } = await run(nodeFiles, [...argv, file]);
      expect({ rc, out }, argv.join(' ')).toEqual({ rc: 3, out: '' });
      expect(err).toContain('is a pipe, a socket or a character device, and is not opened');
    }
  };

  it('a pipe is never opened: nobody who waits for a reader gets one', async ({ skip }) => {
    if (process.platform === 'win32') skip('there are no named pipes in folders');
    const pipe = path.join(folder, 'pipe.vhd');
    execFileSync('mkfifo', [pipe]);
    await refuses(pipe);
    // in a folder, under a name that says VHD, it is not even an image
    expect((await run(nodeFiles, ['scan', folder])).out).not.toContain('pipe.vhd');
    const link = path.join(folder, 'link-to-pipe.vhd');
    symlinkSync(pipe, link);
    await refuses(link);
  });

  it('a socket is never opened', async ({ skip }) => {
    if (process.platform === 'win32') skip('there are no sockets in folders');
    const socket = path.join(folder, 'socket.vhd');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    await refuses(socket);
    server.close();
  });

  it('a character device is never opened', async ({ skip }) => {
    if (!existsSync('/dev/zero')) skip('there is no /dev/zero');
    await refuses('/dev/zero');
  });

  it('a folder is refused by what wants a file', async () => {
    const { rc, err } = await run(nodeFiles, ['hash', sr]);
    expect({ rc, err }).toEqual({ rc: 3, err: `platter: ${sr} is a folder.\n  Open it as a folder.\n` });
  });
});

describe('links', () => {
  it('inside a folder lead nowhere, not out of it and not in circles', async () => {
    const place = path.join(folder, 'linked');
    mkdirSync(path.join(place, 'sub'), { recursive: true });
    symlinkSync(sr, path.join(place, 'out'));
    symlinkSync(leaf, path.join(place, 'leaf.vhd'));
    symlinkSync(place, path.join(place, 'sub', 'circle'));
    symlinkSync('/nowhere', path.join(place, 'dangling.vhd'));
    expect((await run(nodeFiles, ['scan', '-r', place])).out).toBe('No images.\n');
    expect((await run(nodeFiles, ['check', '-r', place])).out).not.toContain('leaf.vhd');
  });

  it('that are given themselves are followed, and the parent is found where the link is', async () => {
    const place = path.join(folder, 'given');
    mkdirSync(place);
    symlinkSync(leaf, path.join(place, 'leaf.vhd'));
    symlinkSync(path.join(sr, 'base.vhd'), path.join(place, 'base.vhd'));
    const linked = await run(nodeFiles, ['hash', '--guest', path.join(place, 'leaf.vhd')]);
    const direct = await run(nodeFiles, ['hash', '--guest', leaf]);
    expect(linked.out.slice(0, 64)).toBe(direct.out.slice(0, 64));
  });
});

describe('a block device', () => {
  it('has the size the system says, and a VHD on it ends where it ends', async ({ skip }) => {
    const loop = onLinux ? loopDevice(leaf) : 'there are no loop devices';
    if (!loop.startsWith('/dev/')) skip(`no loop device can be made here: ${loop}`);
    try {
      expect((await nodeFiles.info(loop))?.size).toBe(statSync(leaf).size);
      expect((await nodeFiles.info(loop))?.kind).toBe('block-device');
      const { out } = await run(nodeFiles, ['inspect', '--json', loop]);
      expect(JSON.parse(out).images[0]).toMatchObject({ size: statSync(leaf).size, vhd: { kind: 'differencing' } });
      expect((await run(nodeFiles, ['hash', loop])).out.slice(0, 64)).toBe(
        (await run(nodeFiles, ['hash', leaf])).out.slice(0, 64),
      );
    } finally {
      execFileSync('losetup', ['-d', loop]);
    }
  });

  it('of this machine has the size that the kernel gives it', async ({ skip }) => {
    const devices = existsSync('/sys/class/block') ? readdirSync('/sys/class/block') : [];
    const device = devices.find((name) => existsSync(`/dev/${name}`) && statSync(`/dev/${name}`).isBlockDevice());
    if (device === undefined) skip('no block device is visible here');
    const sectors = Number(readFileSync(`/sys/class/block/${device ?? ''}/size`, 'latin1'));
    expect(await nodeFiles.info(`/dev/${device ?? ''}`)).toMatchObject({ kind: 'block-device', size: sectors * 512 });
  });
});

/** A read-only loop device over a file, or why there is none. */
function loopDevice(file: string): string {
  if (!asRoot) return 'only root may make one';
  try {
    return execFileSync('losetup', ['--find', '--show', '--read-only', file], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch (thrown) {
    return thrown instanceof Error ? (thrown.message.trim().split('\n').at(-1) ?? '') : String(thrown);
  }
}
