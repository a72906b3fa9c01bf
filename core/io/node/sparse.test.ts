import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder, writeSparse } from './sparse.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'platter-sparse-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeSparse', () => {
  it('writes extents and leaves holes, and sets the time', async () => {
    const file = path.join(folder, 'a.vhd');
    const size = 1024 * 1024 * 1024;
    await writeSparse(
      file,
      { size, extents: [{ at: size - 3, bytes: Uint8Array.of(1, 2, 3) }] },
      { mtime: 1_709_633_340_000 },
    );
    const stats = await stat(file);
    expect(stats.size).toBe(size);
    expect(stats.mtimeMs).toBe(1_709_633_340_000);
    if (process.platform === 'linux') expect(stats.blocks * 512).toBeLessThan(1024 * 1024);
  });

  it('never touches a file that exists', async () => {
    const file = path.join(folder, 'evidence.vhd');
    await writeFile(file, 'evidence');
    await expect(writeSparse(file, { size: 1, extents: [] })).rejects.toMatchObject({ code: 'output-exists' });
    expect(await readFile(file, 'utf8')).toBe('evidence');
  });

  it('removes what it could not finish', async () => {
    const file = path.join(folder, 'b.vhd');
    // larger than any file system takes
    const image = { size: Number.MAX_SAFE_INTEGER, extents: [] };
    await expect(writeSparse(file, image)).rejects.toMatchObject({ kind: 'failure', code: 'write-failed' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('makeFolder', () => {
  it('says whether the folder is new', async () => {
    const deep = path.join(folder, 'a', 'b');
    expect(await makeFolder(deep, { recursive: true })).toBe(true);
    expect(await makeFolder(deep, { recursive: true })).toBe(false);
    expect(await makeFolder(deep)).toBe(false);
  });
});
