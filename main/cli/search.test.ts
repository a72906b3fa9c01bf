import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../core/io/node/files.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { base, child } from './testing/images.ts';
import { run } from './testing/run.ts';

// A folder that is mistyped would be searched for nothing: what lies in the right one would be missed without a word.
const folder = mkdtempSync(path.join(tmpdir(), 'platter-search-'));
const at = (name: string): string => path.join(folder, name);
const before = process.env['PLATTER_STATE'];

beforeAll(async () => {
  process.env['PLATTER_STATE'] = at('state');
  await writeSparse(at('base.vhd'), base(1));
  await writeSparse(at('snap.vhd'), child(2, 1, 'base.vhd'));
});
afterAll(() => {
  if (before === undefined) delete process.env['PLATTER_STATE'];
  else process.env['PLATTER_STATE'] = before;
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['coalesce', '--in-place'],
  ['coalesce', '--list'],
  ['relink', '--plan'],
  ['repair', '--plan'],
  ['export', '--output', 'new.raw'],
  ['check'],
  ['scan'],
  ['inspect'],
  ['hash', '--guest'],
  ['map'],
])('%s %s', (name, ...rest) => {
  it('refuses a --search that is no folder, by name', async () => {
    const options = rest.map((text) => (text.includes('.') ? at(text) : text));
    const search = (place: string): Promise<{ rc: number; err: string }> =>
      run(nodeFiles, [name, at('snap.vhd'), ...options, '--search', place]);
    const missing = await search(at('no-such'));
    expect(missing).toMatchObject({ rc: 3 });
    expect(missing.err).toContain(`${at('no-such')}: there is no such folder`);
    const file = await search(at('base.vhd'));
    expect(file).toMatchObject({ rc: 3 });
    expect(file.err).toContain(`${at('base.vhd')} is no folder`);
    expect(readdirSync(folder).sort()).toEqual(['base.vhd', 'snap.vhd']);
  });
});
