import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { patternSectors } from '../../../core/formats/vhd/build/pattern.ts';
import { cut, flipBit, setBatEntry } from '../../../core/testing/damage.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { base, chain, child, idOf, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

/** What the guest of `chain()` sees: a block of the base, eight sectors of the snapshot over it, one of the leaf over those. */
const guest = new Uint8Array(8 * MIB);
guest.set(patternSectors(1, 0, 4096), 0);
guest.set(patternSectors(2, 100, 8), 100 * 512);
guest.set(patternSectors(3, 104, 1), 104 * 512);
const sum = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');

describe('platter hash', () => {
  it('prints the hash of a file as sha256sum does', async () => {
    const files = memoryFiles().put('/sr/notes.txt', 'abc');
    expect(await run(files, ['hash', 'sr/notes.txt'])).toEqual({
      rc: 0,
      out: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  sr/notes.txt\n',
      err: '',
    });
  });

  it('prints one line an algorithm, image by image', async () => {
    const files = memoryFiles().put('/a', 'abc').put('/b', '');
    const { out } = await run(files, ['hash', '--algorithm', 'md5,SHA-1', 'a', 'b']);
    expect(out).toBe(
      [
        '900150983cd24fb0d6963f7d28e17f72  a',
        'a9993e364706816aba3e25717850c26c9cd0d89d  a',
        'd41d8cd98f00b204e9800998ecf8427e  b',
        'da39a3ee5e6b4b0d3255bfef95601890afd80709  b',
        '',
      ].join('\n'),
    );
  });

  it('escapes a name that would break the line, and says so as sha256sum does', async () => {
    const { out } = await run(memoryFiles().put('/a\nb\\c', 'abc'), ['hash', 'a\nb\\c']);
    expect(out).toMatch(/^\\ba7816bf[0-9a-f]{56} {2}a\\nb\\\\c\n$/);
  });

  it("hashes the guest's view through the chain", async () => {
    const files = chain();
    expect(await run(files, ['hash', '--guest', 'sr/leaf.vhd'])).toEqual({
      rc: 0,
      out: `${sum('sha256', guest)}  sr/leaf.vhd\n`,
      err: '',
    });
    expect(files.openCount).toBe(0);
  });

  it('answers in JSON with every algorithm', async () => {
    const { out } = await run(chain(), ['hash', '--guest', 'sr/leaf.vhd', '--algorithm', 'sha256,md5', '--json']);
    expect(JSON.parse(out)).toEqual({
      schema: 'platter.hash/1',
      images: [
        { path: 'sr/leaf.vhd', guest: true, size: 8 * MIB, sha256: sum('sha256', guest), md5: sum('md5', guest) },
      ],
    });
  });

  it("hashes a raw disk's guest as its bytes, whatever its size", async () => {
    const bytes = new Uint8Array(100_001).fill(5);
    const { out } = await run(memoryFiles().put('/d.raw', bytes), ['hash', '--guest', 'd.raw']);
    expect(out).toBe(`${sum('sha256', bytes)}  d.raw\n`);
  });

  it('refuses without a parent and prints no hash', async () => {
    const files = memoryFiles().put('/sr/leaf.vhd', child(3, 2, 'snap.vhd'));
    expect(await run(files, ['hash', '--guest', 'sr/leaf.vhd'])).toEqual({
      rc: 3,
      out: '',
      err:
        'platter: The parent of /sr/leaf.vhd is missing: looked for /sr/snap.vhd.\n' +
        '  Bring the parent back or open its folder too; --missing-parent holes goes on without it, with holes.\n',
    });
    const { rc, out } = await run(files, ['hash', '--guest', 'sr/leaf.vhd', '--json']);
    expect(rc).toBe(3);
    expect(JSON.parse(out).images).toEqual([
      {
        path: 'sr/leaf.vhd',
        guest: true,
        size: null,
        error: expect.objectContaining({ kind: 'refusal', code: 'parent-missing' }),
      },
    ]);
  });

  it('hashes holes as zeros only where that is asked for, and every output says so', async () => {
    const files = memoryFiles().put('/sr/leaf.vhd', child(3, 2, 'snap.vhd'));
    const own = new Uint8Array(8 * MIB);
    own.set(patternSectors(3, 100, 8), 100 * 512);
    const text = await run(files, ['hash', '--guest', '--missing-parent', 'holes', 'sr/leaf.vhd']);
    expect(text).toEqual({
      rc: 0,
      out: `${sum('sha256', own)}  sr/leaf.vhd\n`,
      err:
        'platter: warning: the parent of sr/leaf.vhd is not there: what it would hold is a hole.\n' +
        'platter: warning: 8,384,512 bytes of sr/leaf.vhd are in a parent that is missing; they were hashed as zeros.\n',
    });
    const json = await run(files, ['hash', '--guest', '--missing-parent', 'holes', '--json', 'sr/leaf.vhd']);
    expect(JSON.parse(json.out).images[0].holes).toEqual([
      { offset: 0, length: 100 * 512 },
      { offset: 108 * 512, length: 8 * MIB - 108 * 512 },
    ]);
  });

  it('reads through a wrong parent only where that is accepted, and says so', async () => {
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1))
      .put('/sr/leaf.vhd', child(3, 9, 'base.vhd'));
    const refused = await run(files, ['hash', '--guest', 'sr/leaf.vhd']);
    expect(refused).toMatchObject({ rc: 3, out: '' });
    expect(refused.err).toContain(`Its id is ${idOf(1)}; the child expects ${idOf(9)}.`);
    const accepted = await run(files, ['hash', '--guest', '--accept-id-mismatch', 'sr/leaf.vhd']);
    expect(accepted.rc).toBe(0);
    expect(accepted.err).toBe(
      'platter: warning: sr/leaf.vhd is read through sr/base.vhd, which is not the parent it names.\n',
    );
  });

  it('warns of a moved parent, of encryption, of a suspended machine and of an odd size', async () => {
    const keyHash = { nonce: new Uint8Array(32).fill(1), hash: new Uint8Array(32).fill(2) };
    const files = memoryFiles()
      .put(
        '/sr/renamed.vhd',
        base(1, { batmap: { version: '1.2', keyHash }, savedState: true, virtualSize: 8 * MIB + 100 }),
      )
      .put('/sr/leaf.vhd', child(3, 1, 'base.vhd'));
    const { rc, err } = await run(files, ['hash', '--guest', 'sr/leaf.vhd']);
    expect(rc).toBe(0);
    expect(err).toBe(
      [
        'platter: warning: the parent of sr/leaf.vhd was found only by its id, as sr/renamed.vhd.',
        'platter: warning: sr/renamed.vhd is encrypted: its bytes are read as stored.',
        'platter: warning: sr/renamed.vhd belongs to a machine that is suspended: its memory is not on this disk.',
        'platter: warning: the size of sr/renamed.vhd is no whole number of sectors: its guest ends 100 bytes before.',
        '',
      ].join('\n'),
    );
  });

  it('reads by the footer that two damaged ones add up to, and says so', async () => {
    const image = base(1);
    const apart = flipBit(flipBit(image, 70), image.places.footerAt + 80, 2);
    const files = memoryFiles().put('/d.vhd', apart).put('/whole.vhd', image);
    const { rc, out, err } = await run(files, ['hash', '--guest', 'd.vhd', 'whole.vhd']);
    const [first, second] = out.split('\n').map((line) => line.split(' ')[0]);
    expect({ rc, first }).toEqual({ rc: 0, first: second });
    expect(err).toBe(
      'platter: warning: both footers of d.vhd are damaged: it is read by the one that they add up to.\n',
    );
  });

  it('finds a parent by its id in folders it is told to search', async () => {
    const files = memoryFiles()
      .put('/archive/x.vhd', base(1))
      .put('/sr/leaf.vhd', child(3, 1, 'base.vhd'));
    expect((await run(files, ['hash', '--guest', 'sr/leaf.vhd'])).rc).toBe(3);
    expect((await run(files, ['hash', '--guest', 'sr/leaf.vhd', '--search', '/archive'])).rc).toBe(0);
  });

  it('refuses a disk of which a part is lost', async () => {
    const image = base(1);
    const files = memoryFiles().put('/d.vhd', setBatEntry(image, 0, image.size / 512 + 8));
    const { rc, out, err } = await run(files, ['hash', '--guest', 'd.vhd']);
    expect({ rc, out }).toEqual({ rc: 3, out: '' });
    expect(err).toBe(
      'platter: 2097152 bytes at guest offset 0 should be in /d.vhd, but are not in the file.\n' +
        '  platter check lists every range that is lost.\n',
    );
  });

  it('goes on with the others, and ends with the gravest code', async () => {
    const files = memoryFiles().put('/a', 'abc').put('/bad', 'abc').failFrom('/bad', 1);
    const { rc, out, err } = await run(files, ['hash', 'gone', 'bad', 'a']);
    expect(rc).toBe(4);
    expect(out).toMatch(/^ba7816bf.* {2}a\n$/);
    expect(err).toContain('platter: /gone: there is no such file.');
    expect(err).toContain('EIO');
  });

  it('refuses what holds no disk', async () => {
    const files = memoryFiles()
      .put('/x.vhd', new Uint8Array(MIB))
      .put('/cut.vhd', cut(base(1), 100))
      .put('/e.vhd', '');
    for (const name of ['x.vhd', 'cut.vhd', 'e.vhd'])
      expect(await run(files, ['hash', '--guest', name])).toMatchObject({ rc: 3, out: '' });
  });

  it('is cancelled by Ctrl-C, in the midst of zeros too', async () => {
    const ending = new AbortController();
    const files = memoryFiles().put('/huge.vhd', base(1, { virtualSize: 1024 ** 4 }));
    const running = run(files, ['hash', '--guest', 'huge.vhd'], { signal: ending.signal });
    setTimeout(() => ending.abort(), 50);
    expect(await running).toEqual({ rc: 130, out: '', err: 'platter: cancelled.\n' });
    expect(files.openCount).toBe(0);
  });

  it('tells its progress as JSON lines on stderr', async () => {
    const { err, out } = await run(chain(), ['hash', '--guest', 'sr/leaf.vhd', '--progress', 'json'], { tick: 60 });
    const lines = err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ phase: 'Hash sr/leaf.vhd', done: 8 * MIB, total: 8 * MIB, unit: 'bytes' });
    expect(Object.keys(lines[0])).toEqual(['phase', 'done', 'total', 'unit', 'rate', 'secondsLeft']);
    expect(out).toMatch(/^[0-9a-f]{64} {2}sr\/leaf\.vhd\n$/);
  });

  it('shows a bar on a terminal after a second, and takes it away before it prints', async () => {
    const { err } = await run(chain(), ['hash', '--guest', 'sr/leaf.vhd'], { tick: 700, terminal: 80 });
    expect(err).toContain('Hash sr/leaf.vhd');
    expect(err.endsWith('\r\x1b[K')).toBe(true);
    const quick = await run(chain(), ['hash', '--guest', 'sr/leaf.vhd'], { tick: 1, terminal: 80 });
    expect(quick.err).toBe('');
  });
});
