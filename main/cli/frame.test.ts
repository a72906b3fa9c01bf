import { describe, expect, it } from 'vitest';
import { bug, cancelled } from '../../core/errors.ts';
import { memoryFiles } from '../../core/testing/memory-files.ts';
import { CATALOGUE } from './commands/catalogue.ts';
import { OutputClosed } from './output.ts';
import { chain } from './testing/images.ts';
import { run } from './testing/run.ts';

const none = memoryFiles();

describe('help', () => {
  it('lists every command with what it does', async () => {
    const { rc, out } = await run(none, ['--help']);
    expect(rc).toBe(0);
    for (const [name, { summary }] of Object.entries(CATALOGUE))
      expect(out).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
    expect((await run(none, ['help'])).out).toBe(out);
    // without a command it is a usage error, and stdout stays clean
    expect(await run(none, [])).toEqual({ rc: 2, out: '', err: out });
  });

  it.each(Object.keys(CATALOGUE))('%s says its arguments, options and exit codes', async (name) => {
    const { rc, out, err } = await run(none, [name, '--help']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toContain(`Usage: platter ${name}`);
    expect(out).toContain('--json');
    const codes = out.slice(out.indexOf('Exit codes:'));
    for (const code of [0, 2, 3, 4, 70, 130]) expect(codes).toMatch(new RegExp(`^  ${code} +\\w`, 'm'));
    expect((await run(none, ['help', name])).out).toBe(out);
    expect((await run(none, [name, 'x', '-h'])).out).toBe(out);
  });

  it('of hash, whole', async () => {
    expect((await run(none, ['hash', '--help'])).out).toMatchInlineSnapshot(`
      "Usage: platter hash [options] <image...>

      Hash a file, or the guest's view through its chain.
      Prints as sha256sum does: the hash, two spaces, the path; one line an algorithm.
      With --guest the bytes are the guest's: through the chain, sector by sector. A
      parent that is missing or is not the one the child names is refused: its bytes
      are not made up. With --missing-parent holes they are hashed as zeros, and the
      output says so.

      Arguments:
        image                   images, raw disks or block devices

      Options:
        --guest                 hash the guest's view instead of the file
        --algorithm <names>     sha256, sha1, md5: one or more, by commas
        --missing-parent <how>  go on without a parent that is missing: its stretches
                                are holes (choices: "holes")
        --accept-id-mismatch    read through a parent whose id is not the one the
                                child names
        --stored                in a base, read what is stored under clear bitmap
                                bits, as qemu does
        --search <folder...>    look for parents by their id in these folders too
        --json                  print one JSON document
        --progress <form>       say on stderr how far the work is (choices: "json")
        -h, --help              show this

      Exit codes:
        0    all were hashed
        2    the command line is wrong
        3    refused: no such file, no disk in it, or a parent that is missing or wrong; no hash is printed
        4    failed: the system reported an error
        70   a bug of Platter
        130  cancelled

      Examples:
        platter hash disk.vhd
        platter hash --guest --algorithm sha256,md5 leaf.vhd
      "
    `);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [['scna', 'x'], 'there is no command scna'],
    [['--jsno'], 'unknown option --jsno'],
    [['constructor'], 'there is no command constructor'],
    [['hash'], "missing required argument 'image'"],
    [['hash', 'x', '--jsno'], "unknown option '--jsno'. Did you mean --json?"],
    [['hash', 'x', '--algorithm', 'crc32'], 'Choose among sha256, sha1, md5.'],
    [['hash', 'x', '--missing-parent', 'zeros'], 'Allowed choices are holes.'],
    [['hex', 'x', 'y'], 'too many arguments'],
    [['map', 'x', '--sector', '1', '-5'], 'too many arguments'],
    [['map', 'x', '--sector', 'y'], "argument 'y' is invalid. Write a whole number"],
    [['map', 'x', '--sector'], 'argument missing'],
    [['scan', 'x', '--progress', 'bar'], 'Allowed choices are json.'],
    // a variable that was not set: as a path it would be the current folder
    [['check', ''], 'an argument is empty'],
    [['check', 'x', ''], 'an argument is empty'],
    [['check', 'x', '--search', ''], 'the value of --search is empty'],
    [['repair', 'x', '--output='], 'the value of --output is empty'],
  ])('%j exits 2 and says why', async (argv, why) => {
    const { rc, out, err } = await run(none, argv);
    expect({ rc, out }).toEqual({ rc: 2, out: '' });
    expect(err).toMatch(/^platter: .*platter.*--help.*\n$/);
    expect(err).toContain(why);
  });
});

describe('how a run ends', () => {
  const failing = (thrown: Error) => {
    const files = memoryFiles().put('/f', 'x');
    files.open = () => Promise.reject(thrown);
    return files;
  };

  it('a refusal exits 3, with what would help on a line of its own', async () => {
    const { rc, err } = await run(memoryFiles().folder('/sr'), ['hex', 'sr']);
    expect({ rc, err }).toEqual({ rc: 3, err: 'platter: /sr is no file.\n' });
    expect((await run(memoryFiles().put('/h', { size: 1024 ** 3, extents: [] }), ['hex', 'h', '--json'])).err).toBe(
      'platter: 1 GiB do not go into one JSON document.\n  Ask for at most 16 MiB with --length.\n',
    );
  });

  it('a failure of the system exits 4, with path and offset', async () => {
    const { rc, err } = await run(memoryFiles().put('/f', 'abc').failFrom('/f', 0), ['hash', 'f']);
    expect(rc).toBe(4);
    expect(err).toBe('platter: /f cannot be read at offset 0: the device reports a read error (EIO).\n');
  });

  it('a bug exits 70 with its stack', async () => {
    for (const thrown of [bug('seven is not eight'), new TypeError('seven is not eight')]) {
      const { rc, out, err } = await run(failing(thrown), ['hash', 'f']);
      expect({ rc, out }).toEqual({ rc: 70, out: '' });
      expect(err).toContain('platter: this is a bug of Platter: seven is not eight');
      expect(err).toContain('frame.test.ts');
    }
  });

  it('cancelled exits 130', async () => {
    const aborted = new AbortController();
    aborted.abort();
    for (const argv of [
      ['scan', '/sr'],
      ['hash', '/sr/leaf.vhd'],
      ['map', '/sr/leaf.vhd'],
      ['inspect', '--deep', '/sr/base.vhd'],
    ])
      expect(await run(chain(), argv, { signal: aborted.signal })).toEqual({
        rc: 130,
        out: '',
        err: 'platter: cancelled.\n',
      });
    expect((await run(failing(cancelled()), ['hash', 'f'])).rc).toBe(130);
  });

  it('is quiet when nobody reads on', async () => {
    const stdout = { isTerminal: false, columns: 80, write: () => Promise.reject(new OutputClosed()) };
    for (const argv of [
      ['scan', 'sr'],
      ['hash', 'sr/leaf.vhd'],
      ['hex', 'sr/leaf.vhd'],
      ['--help'],
      ['inspect', 'sr/leaf.vhd'],
    ]) {
      const files = chain();
      expect(await run(files, argv, { stdout })).toEqual({ rc: 0, out: '', err: '' });
      expect(files.openCount).toBe(0);
    }
  });

  it('says which access times may have moved', async () => {
    const moved = new Set(['/sr/leaf.vhd', '/sr/snap.vhd', '/sr/base.vhd']);
    const { err } = await run(chain(), ['hash', '--guest', 'sr/leaf.vhd'], { accessTimeMoved: moved });
    expect(err).toBe(
      'platter: note: the system does not permit reading sr/leaf.vhd and 2 more without moving the access time.\n',
    );
  });
});

describe('paths', () => {
  it('are printed as they were given, and beside a relative one relative to the working folder', async () => {
    const owner = async (given: string, sector = '0'): Promise<string> =>
      JSON.parse((await run(chain(), ['map', given, '--json', '--sector', sector])).out)[0].owner;
    expect(await owner('sr/leaf.vhd')).toBe('sr/base.vhd');
    expect(await owner('./sr/leaf.vhd', '104')).toBe('./sr/leaf.vhd');
    expect(await owner('/sr/leaf.vhd')).toBe('/sr/base.vhd');
  });
});
