import { appendFile, mkdtemp, readdir, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listImages } from '../../../core/chain/list.ts';
import { folderLookup, readSummary } from '../../../core/chain/lookup.ts';
import { openChain } from '../../../core/chain/open.ts';
import { findParent } from '../../../core/chain/parents.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { isHealthy } from '../../../core/findings/finding.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { VHD_EPOCH } from '../../../core/formats/vhd/constants.ts';
import { readImage } from '../../../core/image.ts';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { encodeUtf16 } from '../../../core/structure/codecs.ts';
import { buildSample, type Sample } from './sample.ts';

let state: string;
let sample: Sample;

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), 'platter-sample-'));
  sample = await buildSample(path.join(state, 'sample'));
});
afterAll(() => rm(state, { recursive: true }));

/** Everything in the folder as the program sees it. */
async function summaries(): Promise<ImageSummary[]> {
  const { paths } = await listImages(nodeFiles, [sample.folder], { recursive: true, others: true });
  const all = await Promise.all(paths.map((file) => readSummary(nodeFiles, file)));
  return all.filter((summary) => summary !== null);
}

const shown = (words: string): string[] =>
  sample.files.filter(({ shows }) => shows.includes(words)).map(({ path: file }) => file);

describe('the sample case', () => {
  it('is there whole and takes less than 30 MiB where holes cost nothing', async () => {
    const all = await Promise.all(sample.files.map(({ path: file }) => stat(file)));
    if (process.platform !== 'win32') {
      expect(all.reduce((sum, { blocks }) => sum + blocks * 512, 0)).toBeLessThan(30 * 1024 * 1024);
    }
    expect((await summaries()).map(({ path: file }) => file).sort()).toEqual(
      sample.files.map(({ path: file }) => file).sort(),
    );
  });

  it('says in its README what each file shows', async () => {
    const readme = (await readFile(path.join(sample.folder, 'README.txt'), 'utf8')).replace(/\s+/g, ' ');
    for (const { path: file, shows } of sample.files) {
      expect(readme).toContain(`${path.relative(sample.folder, file).replaceAll(path.sep, '/')} ${shows}`);
    }
  });

  it('links every child to its parent, one of them only by id', async () => {
    const known = await summaries();
    const lookup = folderLookup(nodeFiles, [sample.folder], known);
    const verdicts = new Map<string, string>();
    const children = new Map<string, number>();
    for (const summary of known) {
      if (!summary.vhd?.parent) continue;
      const link = await findParent(summary, lookup);
      verdicts.set(summary.path, link.verdict);
      children.set(link.path ?? '', (children.get(link.path ?? '') ?? 0) + 1);
      const parent = known.find(({ path: file }) => file === link.path);
      expect(parent?.vhd?.hidden).toBe(true);
      expect(parent?.modified).toBe((summary.vhd.parent.timestamp + VHD_EPOCH) * 1000);
    }
    const [moved] = shown('Child whose parent moved');
    expect([...verdicts].filter(([, verdict]) => verdict !== 'ok')).toEqual([[moved, 'moved']]);
    expect(children.get(shown('Template')[0] ?? '')).toBe(3);
    expect(verdicts.size).toBe(7);
  });

  it('has faults where it says so, and nowhere else', async () => {
    const faulty: string[] = [];
    for (const { path: file } of sample.files) {
      const source = await nodeFiles.open(file);
      const findings = await checkImage(await readImage(file, source), {
        now: Date.now(),
        vhdName: file.endsWith('.vhd'),
      });
      await source.close();
      if (!isHealthy(findings)) faulty.push(file);
      for (const { severity, prognosis } of findings) if (severity === 'error') expect(prognosis).toBe('no-loss');
    }
    const said = ['Footer zeroed', 'Footer missing', 'Footer overwritten', 'LUN'].flatMap(shown);
    expect(said).toHaveLength(5);
    expect(faulty.sort()).toEqual(said.sort());
  });

  it('has guests in which words are found, from more than one file of a chain', async () => {
    const lookup = folderLookup(nodeFiles, [sample.folder], await summaries());
    const read = async (file: string, sector: number): Promise<string> => {
      const chain = await openChain(file, lookup);
      try {
        return Buffer.from(await chain.disk.read(sector * 512, 64 * 512)).toString('latin1');
      } finally {
        await chain.close();
      }
    };
    const [leaf] = shown('the disk in use');
    expect((await read(leaf ?? '', 0)).slice(510, 512)).toBe('\x55\xaa');
    expect(await read(leaf ?? '', 700 * 4096)).toMatch(/Nov {2}3 .* web01 sshd/);
    expect(await read(leaf ?? '', 700 * 4096 + 1000)).toMatch(/Nov {2}5 .* web01 sshd/);
    expect(await read(leaf ?? '', 701 * 4096 + 1500)).toMatch(/Nov {2}7 .* web01 sshd/);
    const [windows] = shown('WIN-APP1');
    const utf16 = Buffer.from(encodeUtf16('WIN-APP1\\peterparker', 'little')).toString('latin1');
    expect(await read(windows ?? '', 640 * 4096 + 100)).toContain(utf16);
  });
});

describe('building it again', () => {
  it('uses what is there as long as it is as built, also when asked twice at once', async () => {
    const again = await Promise.all([buildSample(path.join(state, 'sample')), buildSample(path.join(state, 'sample'))]);
    expect(again).toEqual([sample, sample]);
    expect(await readdir(path.join(state, 'sample'))).toEqual(['sample-repository']);
  });

  it('leaves a changed or unfinished one alone and builds beside it', async () => {
    const folder = path.join(state, 'other');
    const first = await buildSample(folder);
    const [changed] = first.files;
    const bytes = await readFile(changed?.path ?? '');
    bytes[600] = (bytes[600] ?? 0) ^ 1;
    const { mtime } = await stat(changed?.path ?? '');
    await writeFile(changed?.path ?? '', bytes);
    await utimes(changed?.path ?? '', mtime, mtime);
    const second = await buildSample(folder);
    expect(path.basename(second.folder)).toBe('sample-repository-2');
    await unlink(path.join(second.folder, 'README.txt'));
    const third = await buildSample(folder);
    expect(path.basename(third.folder)).toBe('sample-repository-3');
    await appendFile(third.files[3]?.path ?? '', 'x');
    expect(path.basename((await buildSample(folder)).folder)).toBe('sample-repository-4');
    expect((await readFile(changed?.path ?? ''))[600]).toBe(bytes[600]);
  });
});
