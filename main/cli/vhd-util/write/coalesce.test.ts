import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { base, child, fill, MIB } from '../../../../core/chain/testing/chains.ts';
import { writeSparse } from '../../../../core/io/node/sparse.ts';
import type { SparseImage } from '../../../../core/io/sparse.ts';
import { DEFECTS } from '../../../../core/testing/defects.ts';
import { runVhdUtil } from '../run.ts';

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
const snap = child(2, 1, 'base.vhd', { writes: [fill(100, 7, 2), fill(8192, 4096, 2)] });

describe('coalesce', () => {
  it('folds, prints the count without a newline, and leaves nothing beside the images', async () => {
    await put('base.vhd', base(1, { writes: [fill(0, 4096, 1)] }));
    await put('snap.vhd', snap);
    expect(await face('coalesce', '-n', 'snap.vhd')).toEqual({ code: 0, out: 'Coalesced 4103 sectors', err: '' });
    expect((await face('read', '-n', 'base.vhd', '-r', '100')).out).toBe(
      (await face('read', '-n', 'snap.vhd', '-r', '100')).out,
    );
    expect((await face('check', '-n', 'base.vhd')).out).toBe('base.vhd is valid\n');
    expect(readdirSync(folder).sort()).toEqual(['base.vhd', 'snap.vhd', 'state']);
    expect((await face('coalesce', '-p', '-n', 'snap.vhd')).out).toBe('\r  0.00%\r100.00%\nCoalesced 4103 sectors');
  });

  it('does not believe a batmap that says a block is full', async () => {
    await put('base.vhd', base(1, { writes: [fill(0, 4096, 1)] }));
    await put('snap.vhd', DEFECTS['batmap-partial-full'](snap));
    expect((await face('coalesce', '-n', 'snap.vhd')).out).toBe('Coalesced 4103 sectors');
  });

  it.each([
    ['a sibling', { 'other.vhd': child(3, 1, 'base.vhd') }, 'other.vhd'],
    ['another parent’s id', { 'base.vhd': base(9) }, 'not the right one'],
    ['a parent that is smaller', { 'base.vhd': base(1, { virtualSize: 4 * MIB }) }, 'larger than its parent'],
  ])('refuses where vhd-util would destroy data: %s', async (_, others, words) => {
    for (const [name, image] of Object.entries({ 'base.vhd': base(1), 'snap.vhd': snap, ...others }))
      await put(name, image);
    const before = readFileSync(path.join(folder, 'base.vhd'));
    const { code, out, err } = await face('coalesce', '-n', 'snap.vhd');
    expect({ code, out }).toEqual({ code: 22, out: '' });
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(err).toContain(words);
    expect(readFileSync(path.join(folder, 'base.vhd')).equals(before)).toBe(true);
  });

  it('fails as vhd-util does where nothing can be opened', async () => {
    expect(await face('coalesce', '-n', 'no.vhd')).toMatchObject({
      code: 2,
      out: 'error opening no.vhd: -2\nerror coalescing: -2\n',
    });
    await put('snap.vhd', snap);
    expect(await face('coalesce', '-n', 'snap.vhd')).toMatchObject({
      code: 2,
      out: 'error finding snap.vhd parent: -2\nerror coalescing: -2\n',
    });
    expect((await face('coalesce', '-o', 'x')).code).toBe(22);
  });
});
