import { mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../core/io/node/files.ts';
import { nameFromBytes, systemPath } from '../../core/io/node/names.ts';
import { writeSparse } from '../../core/io/node/sparse.ts';
import { zeroFooter } from '../../core/testing/damage.ts';
import { argumentsOf } from './argv.ts';
import { base } from './testing/images.ts';
import { run } from './testing/run.ts';

// Names that are no UTF-8, break lines, or lead nowhere: each is one file among others.
const folder = mkdtempSync(path.join(tmpdir(), 'platter-names-'));
const at = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  await writeSparse(at('good.vhd'), base(1));
  await writeSparse(at('latin.vhd'), base(2));
  renameSync(at('latin.vhd'), Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.vhd')]));
  await writeSparse(at('two\nlines\x1b[31m.vhd'), base(3));
  symlinkSync('round.vhd', at('round.vhd'));
  symlinkSync('nowhere.vhd', at('dangling.vhd'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('file names', () => {
  it.each([[[0x61, 0xff, 0x62]], [[0xc3, 0xa9, 0xe9]], [[0xf0, 0x9f, 0x98, 0x80, 0x80]], [[0xed, 0xb2, 0x80]]])(
    'come back byte for byte (%j)',
    (bytes) => {
      expect(Buffer.from(systemPath(nameFromBytes(Buffer.from(bytes))))).toEqual(Buffer.from(bytes));
    },
  );

  it('need not be UTF-8: the image is checked like any other, its name shown with escapes', async () => {
    const { rc, out, err } = await run(nodeFiles, ['check', folder]);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toContain('caf\\xe9.vhd: healthy');
    expect(out).toContain('two\\x0alines\\x1b[31m.vhd: healthy');
    expect(out).toContain('3 images, 3 healthy');
  });

  it('need not be UTF-8 for scan and hash either', async () => {
    const scanned = await run(nodeFiles, ['scan', folder, '--json']);
    expect(scanned.rc).toBe(0);
    const { trees, problems } = JSON.parse(scanned.out) as { trees: { path: string }[]; problems: unknown[] };
    expect(problems).toEqual([]);
    const odd = trees.map((tree) => tree.path).find((name) => name.includes('caf')) ?? '';
    const hashed = await run(nodeFiles, ['hash', odd]);
    expect({ rc: hashed.rc, err: hashed.err }).toEqual({ rc: 0, err: '' });
    expect(hashed.out).toMatch(/^[0-9a-f]{64} .*caf\\xe9\.vhd\n$/);
  });
});

describe('a name that is no UTF-8', () => {
  const odd = nameFromBytes(Buffer.concat([Buffer.from(`${folder}/d`), Buffer.from([0xff]), Buffer.from('.vhd')]));

  it('is what the system was given, though Node shows it otherwise', () => {
    const commandLine = Buffer.concat([
      Buffer.from('node\0cli.js\0check\0--json\0'),
      Buffer.from(systemPath(odd)),
      Buffer.from('\0plain \ufffd.vhd\0'),
    ]);
    const seen = ['check', '--json', `${folder}/d\ufffd.vhd`, 'plain \ufffd.vhd'];
    expect(argumentsOf(seen, () => commandLine)).toEqual(['check', '--json', odd, 'plain \ufffd.vhd']);
    expect(argumentsOf(['scan', 'a'], () => Buffer.alloc(0))).toEqual(['scan', 'a']);
  });

  it('keeps no image from being repaired in place, and taken back', async () => {
    const damaged = zeroFooter(base(4), 'end');
    await writeSparse(at('d.vhd'), damaged);
    renameSync(at('d.vhd'), systemPath(odd));
    const before = readFileSync(systemPath(odd));
    const env = process.env.PLATTER_STATE;
    process.env.PLATTER_STATE = at('state');
    try {
      const repaired = await run(nodeFiles, ['repair', odd, '--in-place', '--json']);
      expect({ rc: repaired.rc, err: repaired.err }).toEqual({ rc: 0, err: '' });
      const { operation } = JSON.parse(repaired.out) as { operation: string };
      expect(readFileSync(systemPath(odd)).subarray(-512, -504).toString()).toBe('conectix');
      expect(await run(nodeFiles, ['undo', operation])).toMatchObject({ rc: 0, err: '' });
      expect(readFileSync(systemPath(odd)).equals(before)).toBe(true);
    } finally {
      if (env === undefined) delete process.env.PLATTER_STATE;
      else process.env.PLATTER_STATE = env;
    }
  });
});

describe('links that lead nowhere', () => {
  it.each(['inspect', 'hash', 'hex', 'map', 'partitions', 'check', 'repair'])('%s says so', async (command) => {
    const round = await run(nodeFiles, [command, at('round.vhd')]);
    expect(round.out + round.err).toContain('its links lead in a circle');
    const dangling = await run(nodeFiles, [command, at('dangling.vhd')]);
    expect(dangling.err).toContain('the link leads to a file that is not there');
    expect(dangling.rc).toBe(3);
  });
});
