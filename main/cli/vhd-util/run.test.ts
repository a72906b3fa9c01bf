import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import type { VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { writeSparse } from '../../../core/io/node/sparse.ts';
import { percent } from './check-stats.ts';
import { strtoull } from './getopt.ts';
import { braces, componentMatcher } from './glob.ts';
import { Overlaps } from './overlap.ts';
import { face, testFolder } from './testing/face.ts';

const MIB = 1024 * 1024;
const disk: VhdSpec = {
  kind: 'dynamic',
  virtualSize: 4 * MIB,
  id: '11111111-2222-3333-4444-555555555555',
  timeStamp: 763_000_000,
};

const work = testFolder();
const run = (...args: string[]) => face(work.folder, args);
const text = async (...args: string[]): Promise<string> => (await run(...args)).stdout.toString();

beforeAll(async () => {
  for (const name of ['b.vhd', 'a.vhd', '.hidden.vhd', 'sub/c.avhd']) {
    mkdirSync(path.dirname(path.join(work.folder, name)), { recursive: true });
    await writeSparse(path.join(work.folder, name), buildVhd(disk));
  }
  writeFileSync(path.join(work.folder, 'note.txt'), 'no image');
  symlinkSync('gone', path.join(work.folder, 'zz-link.vhd'));
});
afterAll(work.done);

describe('the command line', () => {
  it('prints its usage without a command, and for one that it does not know', async () => {
    const usage = await run();
    expect([usage.code, usage.stderr]).toEqual([0, '']);
    expect(usage.stdout.toString()).toMatch(
      /^usage: vhd-util COMMAND \[OPTIONS\]\nCOMMAND := \{ create \| .* copy \}\n$/,
    );
    expect(await run('frobnicate')).toMatchObject({ code: 0, stderr: 'invalid COMMAND frobnicate\n' });
    expect((await run('toString')).stderr).toBe('invalid COMMAND toString\n');
  });

  it('says plainly which commands this version does not have', async () => {
    for (const command of ['create', 'snapshot', 'resize', 'fill', 'copy']) {
      const { code, stdout, stderr } = await run(command, '-n', 'a.vhd');
      expect([code, stdout.length, stderr]).toEqual([38, 0, `vhd-util ${command} is not available in this version.\n`]);
    }
  });

  it('takes --debug anywhere behind the command', async () => {
    expect(await text('query', '--debug', '-v', '-n', 'a.vhd')).toBe('4\n');
  });

  it('names the failure in text and exit code', async () => {
    expect(await text('query', '-v', '-n', 'gone.vhd')).toBe('error opening gone.vhd: -2\n');
    expect((await run('query', '-v', '-n', 'gone.vhd')).code).toBe(2);
    expect(await text('check', '-n', 'gone.vhd')).toBe('cannot stat gone.vhd: 2\n');
    expect(await text('check', '-n', 'sub')).toBe('sub is not a regular file or block device\n');
    expect((await run('query', '-n', 'sub')).code).toBe(21);
  });
});

describe('scan', () => {
  const line = (name: string): string => `vhd=${name} capacity=4194304 size=3584 hidden=0 parent=none\n`;

  it('sorts what a pattern matches, and takes files as well', async () => {
    expect(await text('scan', '-m', '[ab].vhd', 'sub/c.avhd')).toBe(line('a.vhd') + line('b.vhd') + line('c.avhd'));
    expect(await text('scan', '-v', '-m', './s*/*.{vhd,avhd}')).toBe(line('./sub/c.avhd'));
    expect(await text('scan', '-m', '*.{avhd,vhdx}')).toBe('');
  });

  it('ends at the first failure unless told to go on', async () => {
    const missing = `vhd=zz-link.vhd scan-error=-2 error-message='failure scanning target'\n`;
    const ended = await run('scan', '-m', '*.vhd');
    expect(ended).toMatchObject({ code: 2, stderr: 'scan failed: -2. Check syslog for details\n' });
    expect(ended.stdout.toString()).toBe(missing);
    expect(await text('scan', '-c', '-m', '*.vhd')).toBe(
      `${missing}${line('a.vhd')}${line('b.vhd')}vhd=. capacity=0 size=0 hidden=1 parent=none\n`,
    );
    expect((await run('scan', '-c', '-m', '*.vhd')).code).toBe(0);
    expect((await run('scan', 'note.txt', 'a.vhd')).stdout.toString()).toBe(
      `vhd=note.txt scan-error=-5 error-message='opening file'\n`,
    );
  });

  it('reports a name or a folder that is not there', async () => {
    expect(await run('scan', '-m', 'gone.vhd')).toMatchObject({ code: 2 });
    const folder = await run('scan', '-c', '-m', 'gone/*.vhd');
    expect([folder.code, folder.stdout.toString()]).toEqual([
      5,
      `vhd=gone scan-error=2 error-message='failure scanning target'\n` +
        `vhd=gone/*.vhd scan-error=-5 error-message='failure scanning target'\n`,
    ]);
  });
});

describe('patterns', () => {
  it('match as those of C do', () => {
    const matches = (pattern: string, name: string): boolean | undefined => componentMatcher(pattern)?.(name);
    expect(componentMatcher('plain.vhd')).toBeNull();
    expect(matches('*.vhd', 'a.vhd')).toBe(true);
    expect(matches('*.vhd', '.a.vhd')).toBe(false);
    expect(matches('.*.vhd', '.a.vhd')).toBe(true);
    expect(matches('a*b*c', 'aXbXbXc')).toBe(true);
    expect(matches('disk[!0-3]?', 'disk41')).toBe(true);
    expect(matches('disk[!0-3]?', 'disk31')).toBe(false);
    expect(matches('[[:upper:]]*', 'Disk')).toBe(true);
    expect(matches('[]x]*', ']')).toBe(true);
    expect(matches(String.raw`\*?`, '*a')).toBe(true);
    expect(matches('*'.repeat(60) + 'b', 'a'.repeat(250))).toBe(false);
  });

  it('open their braces in order', () => {
    expect(braces('*.{vhd,a{b,c}}x')).toEqual(['*.vhdx', '*.abx', '*.acx']);
    expect(braces('a{b,c')).toEqual(['a{b,c']);
    expect(braces(String.raw`a\{b,c}`)).toEqual([String.raw`a\{b,c}`]);
  });
});

describe('numbers', () => {
  it('are read as strtoull does', () => {
    expect(['12x', ' +7', '', 'x', '-1', '99999999999999999999'].map(strtoull)).toEqual([
      12n,
      7n,
      0n,
      0n,
      2n ** 64n - 1n,
      2n ** 64n - 1n,
    ]);
  });

  it('are rounded half to even, in single precision', () => {
    // 1/32 is 3.125 %, 3/32 is 9.375 %: halves that go different ways
    expect([percent(1, 32), percent(3, 32), percent(1, 3), percent(1, 0), percent(4096, 4096)]).toEqual([
      '3.12',
      '9.38',
      '33.33',
      '0.00',
      '100.00',
    ]);
  });
});

describe('overlaps', () => {
  const LENGTH = 4097;
  /** The comparison of each with each, in 32 bits. */
  function firstOf(places: Uint32Array, block: number): number | null {
    const at = places[block]!;
    const end = (place: number): number => (place + LENGTH) >>> 0;
    const found = places.findIndex((other, index) => {
      if (index === block || other === 0xffff_ffff) return false;
      return at === other || (at > other && at < end(other)) || (end(at) > other && end(at) < end(other));
    });
    return found < 0 ? null : found;
  }

  it('are those that comparing each with each finds', () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      return state % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const places = Uint32Array.from({ length: 12 }, () => {
        // close together, around the end of 32 bits, or not allocated
        const choice = random(4);
        if (choice === 0) return 0xffff_ffff;
        return choice === 1 ? (0xffff_ffff - random(9000)) >>> 0 : random(60_000);
      });
      const overlaps = new Overlaps(places, LENGTH);
      for (const [block, at] of places.entries()) {
        if (at !== 0xffff_ffff) expect(overlaps.first(block)).toBe(firstOf(places, block));
      }
    }
  });

  it('of a million blocks are found at once', () => {
    const places = Uint32Array.from({ length: 1_000_000 }, (_, block) => 3000 + block * 4097);
    places[999_999] = places[17]! + 5;
    const overlaps = new Overlaps(places, LENGTH);
    let found: [number, number] | null = null;
    for (let block = 0; !found && block < places.length; block += 1) {
      const other = overlaps.first(block);
      if (other !== null) found = [block, other];
    }
    expect(found).toEqual([17, 999_999]);
  });
});
