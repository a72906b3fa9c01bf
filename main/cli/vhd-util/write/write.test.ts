import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildVhd } from '../../../../core/formats/vhd/build/build.ts';
import { vhdUtilLocators } from '../../../../core/formats/vhd/build/locators.ts';
import { writeSparse } from '../../../../core/io/node/sparse.ts';
import { readSparse, type SparseImage } from '../../../../core/io/sparse.ts';
import { DEFECTS, type DefectName } from '../../../../core/testing/defects.ts';
import { runVhdUtil } from '../run.ts';

const ID = 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e';
const common = {
  virtualSize: 24 * 1024 * 1024,
  id: ID,
  timeStamp: 762_952_080,
  writes: [
    { sector: 12_305, count: 5, seed: 1 },
    { sector: 4096, count: 4096, seed: 1 },
  ],
};
const disk = buildVhd({ kind: 'dynamic', ...common });

let folder = '';
let state: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'platter-face-'));
  state = process.env.PLATTER_STATE;
  process.env.PLATTER_STATE = path.join(folder, 'state');
});

afterEach(() => {
  if (state === undefined) delete process.env.PLATTER_STATE;
  else process.env.PLATTER_STATE = state;
  rmSync(folder, { recursive: true, force: true });
});

async function face(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await runVhdUtil(argv, {
    stdout: (chunk) => void (out += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk)),
    stderr: (text) => void (err += text),
    cwd: folder,
  });
  return { code, out, err };
}

const put = (name: string, image: SparseImage): Promise<void> => writeSparse(path.join(folder, name), image);
const bytes = (name: string): Buffer => readFileSync(path.join(folder, name));
const same = (name: string, image: SparseImage): boolean => bytes(name).equals(readSparse(image, 0, image.size));

describe('repair', () => {
  it.each([
    'footer-zeroed',
    'footer-missing',
    'footer-shifted-37',
    'junk-after-footer-511',
    'zeros-after-footer-512',
    'copy-guest-data',
    'footer-short',
    'crash-append-no-bat',
  ] satisfies DefectName[])('%s: says nothing, exits 0, and the file is the one from before', async (name) => {
    await put('d.vhd', DEFECTS[name](disk));
    expect(await face('repair', '-n', 'd.vhd')).toEqual({ code: 0, out: '', err: '' });
    expect(same('d.vhd', disk)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['d.vhd', 'state']);
  });

  it('does nothing to a healthy image', async () => {
    await put('d.vhd', disk);
    expect(await face('repair', '-n', 'd.vhd')).toEqual({ code: 0, out: '', err: '' });
    expect(same('d.vhd', disk)).toBe(true);
    expect(readdirSync(folder)).toEqual(['d.vhd']);
  });

  it.each(['last-block-truncated', 'bat-past-eof', 'size-zero'] satisfies DefectName[])(
    '%s: refuses where vhd-util would hide or destroy, in one line',
    async (name) => {
      const damaged = DEFECTS[name](disk);
      await put('d.vhd', damaged);
      const { code, out, err } = await face('repair', '-n', 'd.vhd');
      expect({ code, out }).toEqual({ code: 22, out: '' });
      expect(err).toMatch(/^d\.vhd: .*platter repair d\.vhd --plan.*\n$/);
      expect(same('d.vhd', damaged)).toBe(true);
    },
  );

  it('does not choose between two good footers that disagree on the disk', async () => {
    const damaged = DEFECTS['footers-differ-in-size'](disk);
    await put('d.vhd', damaged);
    const { code, err } = await face('repair', '-n', 'd.vhd');
    expect(code).toBe(22);
    expect(err).toContain('currentSize');
    expect(same('d.vhd', damaged)).toBe(true);
  });

  it('-b takes the copy, and fails where that is damaged', async () => {
    await put('d.vhd', DEFECTS['copy-zeroed'](disk));
    expect(await face('repair', '-b', '-n', 'd.vhd')).toMatchObject({ code: 22, out: 'error opening d.vhd: -22\n' });
  });

  it('fails as vhd-util does on what it cannot open or measure', async () => {
    await put('d.vhd', DEFECTS['header-zeroed'](disk));
    expect(await face('repair', '-n', 'd.vhd')).toMatchObject({ code: 22, out: 'error opening d.vhd: -22\n' });
    await put('m.vhd', DEFECTS['batmap-cookie'](disk));
    expect(await face('repair', '-n', 'm.vhd')).toMatchObject({ code: 22, out: 'error writing footer: -22\n' });
  });
});

describe('set', () => {
  it('sets hidden in both footers, and takes it away again byte for byte', async () => {
    await put('d.vhd', disk);
    expect(await face('set', '-n', 'd.vhd', '-f', 'hidden', '-v', '1')).toEqual({ code: 0, out: '', err: '' });
    expect((await face('query', '-n', 'd.vhd', '-f')).out).toBe('hidden: 1\n');
    expect((await face('check', '-n', 'd.vhd')).out).toBe('d.vhd is valid\n');
    await face('set', '-n', 'd.vhd', '-f', 'hidden', '-v', '0');
    expect(same('d.vhd', disk)).toBe(true);
  });

  it('sets the marker', async () => {
    await put('d.vhd', disk);
    expect(await face('set', '-n', 'd.vhd', '-f', 'marker', '-v', '7')).toMatchObject({ code: 0 });
    expect((await face('query', '-n', 'd.vhd', '-m')).out).toBe('marker: 7\n');
  });

  it('refuses a hidden flag that check would reject', async () => {
    await put('d.vhd', disk);
    expect(await face('set', '-n', 'd.vhd', '-f', 'hidden', '-v', '2')).toMatchObject({ code: 22, out: '' });
    expect(same('d.vhd', disk)).toBe(true);
  });
});

describe('modify -p', () => {
  const parentId = '671166df-c1dc-4b5e-a2f8-7722a59a2996';
  const parent = { id: parentId, name: 'old-base.vhd', timeStamp: 0, locators: vhdUtilLocators('old-base.vhd') };
  const child = buildVhd({ kind: 'differencing', ...common, parent });

  it('points the child at its parent: check finds it valid', async () => {
    await put('base.vhd', buildVhd({ kind: 'dynamic', ...common, id: parentId }));
    await put('child.vhd', child);
    expect((await face('check', '-n', 'child.vhd')).code).toBe(2);
    expect(await face('modify', '-n', 'child.vhd', '-p', 'base.vhd')).toEqual({ code: 0, out: '', err: '' });
    expect((await face('check', '-n', 'child.vhd')).out).toBe('child.vhd is valid\n');
    expect((await face('query', '-n', 'child.vhd', '-p')).out).toBe(`${path.join(folder, 'base.vhd')}\n`);
  });

  it('refuses itself as its parent, and a parent without an id', async () => {
    await put('child.vhd', child);
    expect(await face('modify', '-n', 'child.vhd', '-p', 'child.vhd')).toMatchObject({ code: 22, out: '' });
    await put('nil.vhd', DEFECTS['id-nil'](disk));
    expect((await face('modify', '-n', 'child.vhd', '-p', 'nil.vhd')).err).toContain('raw image');
    expect(same('child.vhd', child)).toBe(true);
  });

  it('takes a raw parent with -m', async () => {
    writeFileSync(path.join(folder, 'base.raw'), new Uint8Array(common.virtualSize));
    await put('child.vhd', child);
    expect(await face('modify', '-n', 'child.vhd', '-p', 'base.raw', '-m')).toMatchObject({ code: 0 });
    expect((await face('read', '-p', '-n', 'child.vhd')).out).toContain(
      'Parent UUID         : 00000000-0000-0000-0000-000000000000',
    );
  });
});
