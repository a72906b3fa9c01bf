import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { msToVhdTime } from '../formats/vhd/constants.ts';
import { readVhd } from '../formats/vhd/read.ts';
import { readSparse } from '../io/sparse.ts';
import { makeRepository, writeRepository } from './repository.ts';
import { SparseSource } from './sparse-source.ts';

const repository = makeRepository(600);

describe('makeRepository', () => {
  it('gives as many files as asked, the same ones each time', () => {
    expect(repository.files).toHaveLength(600);
    expect(new Set(repository.files.map(({ name }) => name)).size).toBe(600);
    const again = makeRepository(600);
    const heads = ({ files }: typeof again) => Buffer.concat(files.map(({ build }) => readSparse(build(), 0, 4096)));
    expect(heads(again).equals(heads(repository))).toBe(true);
  });

  it('has chains, templates, orphans, damaged and foreign files', () => {
    const children = new Map<string, number>();
    for (const { parent } of repository.files) if (parent) children.set(parent, (children.get(parent) ?? 0) + 1);
    expect(Math.max(...children.values())).toBeGreaterThan(10);
    const defects = repository.files.map(({ defect }) => defect);
    expect(defects.includes('parent-missing')).toBe(true);
    expect(defects.includes('foreign')).toBe(true);
    expect(defects.filter((defect) => defect !== null).length).toBeLessThan(40);
  });

  it('has sound files, whose children name them by id, name and time', async () => {
    const byName = new Map(repository.files.map((file) => [file.name, file]));
    for (const { build, defect, hidden, parent } of repository.files.slice(0, 200)) {
      if (defect !== null) continue;
      const vhd = await readVhd(new SparseSource(build()));
      expect(vhd).toMatchObject({ kind: parent ? 'differencing' : 'dynamic', batmap: { checksumOk: true } });
      expect(vhd.footer?.value.hidden).toBe(hidden ? 1 : 0);
      if (!parent) continue;
      expect(vhd.header?.value).toMatchObject({
        parentUnicodeName: parent,
        parentUniqueId: parent.replace('.vhd', ''),
        parentTimeStamp: msToVhdTime(byName.get(parent)?.mtime ?? 0),
      });
    }
  });
});

describe('writeRepository', () => {
  it('writes every file with its time', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'platter-repository-'));
    try {
      const small = makeRepository(40, 7);
      await writeRepository(path.join(folder, 'sr'), small);
      expect((await readdir(path.join(folder, 'sr'))).sort()).toEqual(small.files.map(({ name }) => name).sort());
      for (const { name, mtime, build } of small.files) {
        const stats = await stat(path.join(folder, 'sr', name));
        expect([stats.mtimeMs, stats.size]).toEqual([mtime, build().size]);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
