import { describe, expect, it } from 'vitest';
import { readImage } from '../image.ts';
import { memoryFiles } from './memory-files.ts';

const TIB = 1024 ** 4;

describe('memoryFiles', () => {
  it('has folders, times and identities like a file system', async () => {
    const files = memoryFiles()
      .put('/sr/a.vhd', 'abc', { mtime: 5 })
      .folder('/sr/empty')
      .put('/sr/b.vhd', '', { sameAs: '/sr/a.vhd' });
    expect(await files.info('/sr/a.vhd')).toMatchObject({ kind: 'file', size: 3, modified: 5, links: 2 });
    expect((await files.info('/sr/b.vhd'))?.identity).toBe((await files.info('/sr/a.vhd'))?.identity);
    expect(await files.info('/sr/none')).toBeNull();
    expect((await files.list('/sr')).map(({ name, kind }) => `${name} ${kind}`).sort()).toEqual([
      'a.vhd file',
      'b.vhd file',
      'empty folder',
    ]);
    expect(files.resolve('/sr/x', '../a.vhd')).toBe('/sr/a.vhd');
    await expect(files.list('/none')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.open('/none')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.open('/sr')).rejects.toMatchObject({ code: 'special-file' });
  });

  it('follows links, also of folders, and stops at circles', async () => {
    const files = memoryFiles()
      .put('/sr/base/a.vhd', 'abc')
      .link('/sr/short', 'base')
      .link('/sr/gone', 'nowhere')
      .link('/sr/x', 'y')
      .link('/sr/y', 'x');
    expect(await files.real('/sr/short/a.vhd')).toBe('/sr/base/a.vhd');
    expect(await files.info('/sr/short/a.vhd')).toMatchObject({ kind: 'file', size: 3 });
    expect(await files.info('/sr/gone')).toBeNull();
    expect(await files.list('/sr')).toContainEqual({ name: 'gone', kind: 'link' });
    await expect(files.info('/sr/x')).rejects.toMatchObject({ code: 'read-failed' });
  });

  it('counts what is read and fails where it is told to', async () => {
    const files = memoryFiles()
      .put('/disk.raw', { size: 2 * TIB, extents: [] })
      .failFrom('/disk.raw', TIB);
    const file = await files.open('/disk.raw');
    expect(await file.read(2 * TIB - 1, 10).catch(() => 'failed')).toBe('failed');
    expect((await file.read(TIB - 4, 4)).length).toBe(4);
    expect(files.reads.get('/disk.raw')).toEqual({ bytes: 4, reads: 1 });
    await file.close();
    expect(files.openCount).toBe(0);
  });

  it('serves what the core reads', async () => {
    const files = memoryFiles().put('/a.img', 'QFI\u00fb'.padEnd(600, '\0'));
    const image = await readImage('/a.img', await files.open('/a.img'));
    expect(image.vhd).toBeNull();
  });
});
