import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { folderLookup } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { base, child, expected, fill, MIB } from '../../../core/chain/testing/chains.ts';
import { EXPORT_FORMATS } from '../../../core/export/formats.ts';
import { nodeWriteFiles } from '../../../core/io/node/sink.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { readSparse } from '../../../core/io/sparse.ts';
import { CrashFiles } from '../../../core/testing/crash-files.ts';
import { coalesceInPlace, prepareCoalesce } from './coalesce.ts';
import { exportChain } from './export.ts';
import { coalesceToFile } from './fold-file.ts';

/** No whole number of cylinders: a reader that goes by geometry alone would cut it. */
const SIZE = 11 * MIB;
const LOW = [fill(0, 5000, 1)];
const HIGH = [fill(100, 7, 2), fill(8192, 4096, 2)];
const BASE = base(1, { virtualSize: SIZE, writes: LOW });
const CHILD = child(2, 1, 'base.vhd', { virtualSize: SIZE, writes: HIGH });
const rest = { flavour: 'xenserver' as const, azure: false, holes: false, hash: true };

describe('room for an export', () => {
  const held = (5000 + 4096) * 512;

  it.each(EXPORT_FORMATS)('is counted before the first write: %s', async (format) => {
    const files = new CrashFiles();
    for (const [name, image] of [
      ['child.vhd', CHILD],
      ['base.vhd', BASE],
    ] as const)
      files.put(`/sr/${name}`, readSparse(image, 0, image.size));
    const env = { files, state: '/state' };
    const chain = await openChain('/sr/child.vhd', folderLookup(files, ['/sr']));
    files.freeSpace = () => Promise.resolve(held - 1);
    files.failAt(Number.MAX_SAFE_INTEGER, 'kill');
    await expect(exportChain(chain, env, { output: '/sr/out', format, ...rest })).rejects.toThrow(
      /needed in \/sr, and .* free/,
    );
    expect(files.changes).toBe(0);
    // what describes the blocks is no more than some pages
    files.freeSpace = () => Promise.resolve(held + 64 * 1024);
    const { guestSha256 } = await exportChain(chain, env, { output: '/sr/out', format, ...rest });
    expect(guestSha256).toBe(files.sha256(expected(SIZE, LOW, HIGH)));
    await chain.close();
  });
});

describe('qemu-img reads what is written', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'platter-qemu-'));
  const at = (name: string): string => path.join(folder, name);
  const env = { files: nodeWriteFiles, state: at('state') };
  const here = spawnSync('qemu-img', ['--version']).status === 0;
  const sha = createHash('sha256')
    .update(expected(SIZE, LOW, HIGH))
    .digest('hex');
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The guest's disk as qemu-img sees it; the size in the footer counts, not the geometry. */
  const convert = (name: string): string => {
    const source = `driver=vpc,force_size_calc=current_size,file.filename=${at(name)}`;
    const { status, stderr } = spawnSync('qemu-img', ['convert', '--image-opts', source, '-O', 'raw', at('back.raw')], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    return createHash('sha256')
      .update(readFileSync(at('back.raw')))
      .digest('hex');
  };

  if (!here) it.skip('left out: qemu-img is not here (Debian: apt-get install qemu-utils)', () => undefined);
  else
    it('exports of each kind, a new file of a coalesce, and a parent that took its child in', async () => {
      await writeSparse(at('base.vhd'), BASE);
      await writeSparse(at('child.vhd'), CHILD);
      const lookup = folderLookup(nodeWriteFiles, [folder]);
      const chain = await openChain(at('child.vhd'), lookup);
      for (const flavour of ['xenserver', 'hyperv'] as const)
        for (const format of ['vhd-dynamic', 'vhd-fixed'] as const) {
          const name = `${flavour}-${format}.vhd`;
          await exportChain(chain, env, { ...rest, output: at(name), format, flavour });
          expect(convert(name), name).toBe(sha);
        }
      await exportChain(chain, env, { ...rest, output: at('azure.vhd'), format: 'vhd-fixed', azure: true });
      expect(convert('azure.vhd')).toBe(sha);
      await chain.close();
      const request = { child: at('child.vhd'), search: [] };
      const beside = await prepareCoalesce({ ...request, inPlace: false, output: at('folded.vhd') }, env);
      await coalesceToFile(beside, at('folded.vhd'), env, { prove: false });
      await beside.close();
      expect(convert('folded.vhd')).toBe(sha);
      rmSync(at('folded.vhd'));
      const inPlace = await prepareCoalesce({ ...request, inPlace: true }, env);
      await coalesceInPlace(inPlace, env, { prove: false, allowHardLinks: false });
      await inPlace.close();
      expect(convert('base.vhd')).toBe(sha);
    });
});
