import { describe, expect, it } from 'vitest';
import { failure } from '../errors.ts';
import type { Finding } from '../findings/finding.ts';
import { buildVhd } from '../formats/vhd/build/build.ts';
import type { BuiltVhd, VhdSpec } from '../formats/vhd/build/spec.ts';
import { msToVhdTime } from '../formats/vhd/constants.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import { cut, dropFooter, flipBit, patchFooter, patchHeader, setBatEntry, zero } from '../testing/damage.ts';
import { type MemoryFiles, memoryFiles } from '../testing/memory-files.ts';
import { random } from '../testing/random.ts';
import { type CheckOptions, checkFiles } from './check.ts';

const MIB = 1024 * 1024;
const NOW = Date.UTC(2026, 0, 1);
const TIME = Date.UTC(2024, 2, 5, 12);
const id = (n: number): string => `c54ad692-0ce2-4dad-aa3f-${n.toString(16).padStart(12, '0')}`;

function base(spec: Partial<VhdSpec> = {}): BuiltVhd {
  const writes = [
    { sector: 0, count: 4096, seed: 1 },
    { sector: 4096, count: 4096, seed: 2 },
  ];
  return buildVhd({ kind: 'dynamic', virtualSize: 16 * MIB, id: id(1), timeStamp: 1, writes, ...spec });
}

/** A child numbered `n` of the one before, or of another. */
function child(n: number, spec: Partial<VhdSpec> = {}, parent: Partial<VhdSpec['parent']> = {}): BuiltVhd {
  return buildVhd({
    kind: 'differencing',
    virtualSize: 16 * MIB,
    id: id(n),
    timeStamp: 1,
    parent: { id: id(n - 1), name: `${n - 1}.vhd`, timeStamp: msToVhdTime(TIME), ...parent },
    writes: [{ sector: 4096, count: 100, seed: n }],
    ...spec,
  });
}

const chain = (): MemoryFiles =>
  memoryFiles().put('/sr/1.vhd', base()).put('/sr/2.vhd', child(2)).put('/sr/3.vhd', child(3));

async function check(files: MemoryFiles, paths: string[], options: Partial<CheckOptions> = {}) {
  const images = await checkFiles(files, paths, { now: NOW, ...options });
  expect(files.openCount).toBe(0);
  return images;
}

/** What is said of one image, without notes unless asked. */
async function said(files: MemoryFiles, path: string, options: Partial<CheckOptions> = {}): Promise<Finding[]> {
  const [image] = await check(files, [path], options);
  return image!.findings;
}

const codes = (findings: readonly Finding[]): string[] => findings.map(({ severity, code }) => `${severity} ${code}`);

it('a healthy chain has nothing to say, at any depth', async () => {
  const images = await check(chain(), ['/sr/3.vhd'], { chain: true, deep: true, duplicates: true });
  expect(images.map(({ path, findings }) => [path, findings])).toEqual([
    ['/sr/3.vhd', []],
    ['/sr/1.vhd', []],
    ['/sr/2.vhd', []],
  ]);
});

it('answers in the order asked, each file once', async () => {
  const images = await check(chain(), ['/sr/2.vhd', '/sr/1.vhd', '/sr/../sr/2.vhd'], { chain: true });
  expect(images.map(({ path }) => path)).toEqual(['/sr/2.vhd', '/sr/1.vhd']);
});

describe('the parent', () => {
  it('is missing', async () => {
    const [finding] = await said(memoryFiles().put('/sr/2.vhd', child(2)), '/sr/2.vhd');
    expect(finding).toMatchObject({
      code: 'parent.missing',
      severity: 'error',
      offset: 512 + 64,
      repairs: ['relink-parent'],
    });
    expect(finding!.message).toContain('"1.vhd" is missing: looked for 1.vhd');
    expect(finding!.message).toContain(id(1));
  });

  it('is missing, and said to be, also where the footers of the child have to be put together', async () => {
    const image = child(2);
    const apart = flipBit(flipBit(image, 70), image.places.footerAt + 80, 2);
    const files = memoryFiles().put('/sr/2.vhd', apart);
    expect(codes(await said(files, '/sr/2.vhd'))).toContain('error parent.missing');
  });

  it('is found by its id under another name', async () => {
    const files = memoryFiles().put('/sr/renamed.vhd', base()).put('/sr/2.vhd', child(2));
    const [finding, ...more] = await said(files, '/sr/2.vhd');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      code: 'parent.moved',
      severity: 'warning',
      prognosis: 'no-loss',
      field: 'parentUnicodeName',
    });
    expect(finding!.message).toContain('renamed.vhd');
  });

  it('is another image', async () => {
    const files = memoryFiles()
      .put('/sr/1.vhd', base({ id: id(9) }))
      .put('/sr/2.vhd', child(2));
    const [finding] = await said(files, '/sr/2.vhd');
    expect(finding).toMatchObject({
      code: 'parent.id-mismatch',
      severity: 'error',
      prognosis: 'decision',
      field: 'parentUniqueId',
    });
  });

  it('is named as raw and is a VHD', async () => {
    const files = chain().put('/sr/2.vhd', patchHeader(child(2), { parentUniqueId: NIL_UUID }));
    expect(codes(await said(files, '/sr/2.vhd'))).toEqual(['error parent.id-nil']);
  });

  it('is raw, as named', async () => {
    const raw = new Uint8Array(16 * MIB);
    const files = memoryFiles()
      .put('/sr/base.raw', raw)
      .put('/sr/2.vhd', child(2, {}, { id: NIL_UUID, name: 'base.raw' }));
    expect(await said(files, '/sr/2.vhd', { chain: true })).toEqual([]);
  });

  it('is empty, or has no footer that reads', async () => {
    for (const content of ['', 'just a text\n', zero(zero(base(), 0, 512), base().places.footerAt, 512)]) {
      const files = memoryFiles().put('/sr/1.vhd', content).put('/sr/2.vhd', child(2));
      const expected = content === 'just a text\n' ? 'error parent.id-mismatch' : 'error parent.damaged';
      expect(codes(await said(files, '/sr/2.vhd'))).toEqual([expected]);
    }
  });

  it('has another time than the child remembers: a note', async () => {
    const files = chain().put('/sr/1.vhd', base(), { mtime: TIME + 3_600_000 });
    const [finding] = await said(files, '/sr/2.vhd');
    expect(finding).toMatchObject({ code: 'parent.timestamp', severity: 'info', field: 'parentTimeStamp' });
    expect(finding!.message).toContain('2024-03-05T13:00:00Z');
  });

  it('has a time in the future: that once', async () => {
    const files = chain().put('/sr/2.vhd', child(2, {}, { timeStamp: 0xf000_0000 }));
    expect(codes(await said(files, '/sr/2.vhd'))).toEqual(['warning parent.timestamp-future']);
  });

  it('is larger, is smaller, has other blocks', async () => {
    const with_ = async (spec: Partial<VhdSpec>) =>
      codes(await said(chain().put('/sr/1.vhd', base(spec)), '/sr/2.vhd'));
    expect(await with_({ virtualSize: 20 * MIB })).toEqual(['warning parent.larger']);
    expect(await with_({ virtualSize: 10 * MIB })).toEqual(['info parent.smaller']);
    expect(await with_({ blockSize: 4 * MIB })).toEqual(['info parent.block-size']);
  });

  it('cannot be compared in size with a child whose own size is none', async () => {
    for (const currentSize of [0n, 1n << 62n]) {
      const files = chain().put('/sr/2.vhd', patchFooter(child(2), { currentSize }, 'both'));
      const found = codes(await said(files, '/sr/2.vhd'));
      expect(found).not.toEqual([]);
      expect(found.filter((text) => text.includes('parent.'))).toEqual([]);
    }
  });

  it('cannot be looked for', async () => {
    const files = chain();
    const info = files.info.bind(files);
    files.info = (path) =>
      path === '/sr/1.vhd' ? Promise.reject(failure('read-failed', 'Permission is denied (EACCES).')) : info(path);
    const [finding] = await said(files, '/sr/2.vhd');
    expect(finding).toMatchObject({ code: 'parent.missing', severity: 'error' });
    expect(finding!.message).toContain('EACCES');
  });

  it('is named by text that no file system takes', async () => {
    const name = 'a'.repeat(200);
    const locators = [{ code: 'MacX', text: `file://./\0\x01${'x/'.repeat(3000)}` }];
    const files = memoryFiles().put('/sr/2.vhd', child(2, {}, { name, locators }));
    expect(codes(await said(files, '/sr/2.vhd'))).toContain('error parent.missing');
  });
});

describe("a damaged parent is its children's concern", () => {
  it('only as far as they do not hold the data themselves', async () => {
    const parent = base();
    // the first 64 KiB of block 1 are left; the child holds its first 100 sectors
    const files = chain().put('/sr/1.vhd', cut(parent, parent.places.blocks.get(1)!.dataAt + 64 * 1024));
    const [leaf, bottom, middle] = await check(files, ['/sr/3.vhd'], { chain: true });
    const lost = [{ offset: 2 * MIB + 64 * 1024, length: 2 * MIB - 64 * 1024 }];
    expect(codes(bottom!.findings)).toEqual(['error footer.missing', 'error block.truncated']);
    expect(bottom!.findings[1]!.lost).toEqual(lost);
    for (const image of [middle, leaf]) {
      expect(image!.findings).toHaveLength(1);
      expect(image!.findings[0]).toMatchObject({
        code: 'parent.damaged',
        severity: 'error',
        prognosis: 'some-loss',
        lost,
      });
    }
    expect(middle!.findings[0]!.message).toContain('footer.missing and block.truncated');
  });

  it('not at all where they hold everything that is gone', async () => {
    const parent = base();
    const whole = child(2, { writes: [{ sector: 4096, count: 4096, seed: 3 }] });
    const files = chain()
      .put('/sr/1.vhd', setBatEntry(parent, 1, 0x00ff_ffff))
      .put('/sr/2.vhd', whole);
    const [leaf] = await check(files, ['/sr/2.vhd'], { chain: true });
    expect(leaf!.findings[0]).toMatchObject({ code: 'parent.damaged', lost: [], prognosis: 'decision' });
  });

  it('without loss where the parent can be put right without', async () => {
    const [leaf] = await check(chain().put('/sr/1.vhd', dropFooter(base())), ['/sr/2.vhd'], { chain: true });
    expect(leaf!.findings[0]).toMatchObject({ code: 'parent.damaged', lost: [], prognosis: 'no-loss' });
  });

  it('by its header, even when it is not checked itself', async () => {
    const files = chain().put('/sr/1.vhd', zero(base(), 512, 1024));
    expect(codes(await said(files, '/sr/2.vhd'))).toEqual(['error parent.damaged']);
    // an end footer that can be written back is the parent's own matter then
    expect(await said(chain().put('/sr/1.vhd', dropFooter(base())), '/sr/2.vhd')).toEqual([]);
  });

  it('and it is listed with its own findings, whatever is left of it', async () => {
    const parent = base();
    const { footerAt } = parent.places;
    const apart = flipBit(flipBit(parent, 70), footerAt + 80, 2);
    for (const [content, own, verdict] of [
      [apart, 'error footer.checksum', 'no-loss'],
      [zero(zero(parent, 0, 512), footerAt, 512), 'error footer.missing', 'decision'],
      ['', 'error image.empty', 'decision'],
      [random(1).bytes(5000), 'error image.unknown', 'decision'],
    ] as const) {
      const [leaf, bottom, ...more] = await check(chain().put('/sr/1.vhd', content), ['/sr/2.vhd'], { chain: true });
      expect(more).toEqual([]);
      expect(bottom!.path).toBe('/sr/1.vhd');
      expect(codes(bottom!.findings)[0]).toBe(own);
      expect(leaf!.findings).toMatchObject([{ code: 'parent.damaged', prognosis: verdict }]);
    }
  });

  it('but not a file in its place that is another image', async () => {
    const files = chain().put('/sr/1.vhd', base({ id: id(9) }));
    expect((await check(files, ['/sr/2.vhd'], { chain: true })).map(({ path }) => path)).toEqual(['/sr/2.vhd']);
  });

  it('when its own parent is gone', async () => {
    const files = memoryFiles().put('/sr/2.vhd', child(2)).put('/sr/3.vhd', child(3));
    const [leaf, middle] = await check(files, ['/sr/3.vhd'], { chain: true });
    expect(codes(middle!.findings)).toEqual(['error parent.missing']);
    expect(codes(leaf!.findings)).toEqual(['error parent.damaged']);
  });
});

describe('the chain', () => {
  it('runs in a circle, which each member is told and no one hangs on', async () => {
    const files = memoryFiles()
      .put('/sr/1.vhd', child(1, {}, { id: id(2), name: '2.vhd' }))
      .put('/sr/2.vhd', child(2))
      .put('/sr/3.vhd', child(3));
    for (const image of await check(files, ['/sr/1.vhd', '/sr/2.vhd', '/sr/3.vhd'], { chain: true })) {
      expect(codes(image.findings)).toEqual(['error chain.cycle']);
    }
    const [own] = await said(files, '/sr/3.vhd');
    expect(own!.message).toContain('3.vhd → 2.vhd → 1.vhd → 2.vhd');
  });

  it('begins and ends in one file', async () => {
    const files = memoryFiles().put('/sr/2.vhd', child(2, {}, { id: id(2), name: '2.vhd' }));
    expect(codes(await said(files, '/sr/2.vhd'))).toEqual(['error chain.cycle']);
  });

  it('has an ancestor of the same id', async () => {
    const files = chain().put('/sr/3.vhd', child(3, { id: id(1) }));
    expect(codes(await said(files, '/sr/3.vhd'))).toEqual(['error chain.duplicate-id']);
  });

  it('has two images of one id, told only where a folder is looked at; two names of one file are no copies', async () => {
    const files = chain().put('/sr/copy.vhd', base());
    files.put('/sr/again.vhd', base(), { sameAs: '/sr/2.vhd' });
    const paths = ['/sr/1.vhd', '/sr/2.vhd', '/sr/again.vhd', '/sr/copy.vhd'];
    const loud = async (duplicates: boolean) =>
      (await check(files, paths, { duplicates })).map(({ findings }) => codes(findings));
    expect(await loud(true)).toEqual([['warning chain.duplicate-id'], [], [], ['warning chain.duplicate-id']]);
    expect(await loud(false)).toEqual([[], [], [], []]);
  });

  it('is longer than XenServer allows: a note', async () => {
    const files = memoryFiles().put('/sr/1.vhd', base());
    for (let n = 2; n <= 31; n += 1) files.put(`/sr/${n}.vhd`, child(n));
    expect(await said(files, '/sr/30.vhd')).toEqual([]);
    const [finding] = await said(files, '/sr/31.vhd');
    expect(finding).toMatchObject({ code: 'chain.too-long', severity: 'info' });
    expect(finding!.message).toContain('31 members');
  });

  it('has a suspended machine above', async () => {
    const files = chain().put('/sr/1.vhd', patchFooter(base(), { savedState: 1 }, 'both'));
    expect(codes(await said(files, '/sr/3.vhd'))).toEqual(['warning chain.saved-state']);
    expect(codes(await said(files, '/sr/1.vhd'))).toEqual(['warning footer.saved-state']);
  });
});

describe('what cannot be read', () => {
  it('is a finding of its file, and the others are checked all the same', async () => {
    const files = chain().failFrom('/sr/1.vhd', 0).special('/sr/pipe.vhd');
    const images = await check(files, ['/sr/1.vhd', '/sr/none.vhd', '/sr/pipe.vhd', '/sr/3.vhd']);
    expect(images.map(({ findings, error }) => [codes(findings), error?.code])).toEqual([
      [['error image.unreadable'], 'read-failed'],
      [['error image.unreadable'], 'not-found'],
      [['error image.unreadable'], 'special-file'],
      [[], undefined],
    ]);
  });

  it('stops at once when asked to', async () => {
    const signal = { aborted: true };
    await expect(checkFiles(chain(), ['/sr/3.vhd'], { now: NOW, signal })).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

it('reads of an image its metadata alone', async () => {
  const files = chain();
  await check(files, ['/sr/3.vhd'], { chain: true });
  for (const [path, { bytes }] of files.reads) expect(bytes, path).toBeLessThan(256 * 1024);
});
