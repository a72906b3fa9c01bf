import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import { buildVhd } from '../../../core/formats/vhd/build/build.ts';
import type { VhdSpec } from '../../../core/formats/vhd/build/spec.ts';
import { msToVhdTime } from '../../../core/formats/vhd/constants.ts';
import { DEFECTS } from '../../../core/testing/defects.ts';
import { type MemoryFiles, memoryFiles } from '../../../core/testing/memory-files.ts';
import { runCli } from '../frame.ts';

const MIB = 1024 * 1024;
const id = (n: number): string => `c54ad692-0ce2-4dad-aa3f-00000000000${n}`;
const common = {
  virtualSize: 24 * MIB,
  timeStamp: 762_952_080,
  writes: [
    { sector: 8192, count: 5, seed: 2 },
    { sector: 4096, count: 4096, seed: 1 },
  ],
} satisfies Partial<VhdSpec>;
const base = buildVhd({ kind: 'dynamic', id: id(1), ...common });
const parent = { id: id(1), name: 'base.vhd', timeStamp: msToVhdTime(Date.UTC(2024, 2, 5, 12)) };
const child = buildVhd({ kind: 'differencing', id: id(2), parent, ...common });

async function run(files: MemoryFiles, ...argv: string[]): Promise<{ rc: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const sink = (write: (text: string) => void) => ({
    isTerminal: false,
    columns: 80,
    write: async (text: string) => write(text),
  });
  const rc = await runCli(['check', ...argv], {
    files,
    stdout: sink((text) => void (out += text)),
    stderr: sink((text) => void (err += text)),
    env: {},
    cwd: '/',
    now: () => Date.UTC(2026, 0, 1),
    signal: new AbortController().signal,
    accessTimeMoved: new Set(),
  });
  expect(files.openCount).toBe(0);
  return { rc, out, err };
}

const sr = (): MemoryFiles => memoryFiles().put('/sr/base.vhd', base).put('/sr/child.vhd', child);

describe('platter check', () => {
  it('says of a healthy image that it is', async () => {
    expect(await run(sr(), 'sr/base.vhd')).toEqual({ rc: 0, out: 'sr/base.vhd: healthy\n', err: '' });
  });

  it('says in text what is wrong, where, what is lost and what would help', async () => {
    const files = sr().put('/sr/base.vhd', DEFECTS['bat-past-eof'](base));
    const { rc, out } = await run(files, 'sr/base.vhd');
    expect(rc).toBe(1);
    expect(out).toBe(
      [
        'sr/base.vhd: 1 error, 1 note',
        '  error    bat.past-eof  at 0x608, 4 B  entry 2',
        '           Block 2 is said to be at 0x602200, but the file ends at 0x402200: the block is not there.',
        '           lost of the guest: 0x400000 to 0x600000',
        '           some data is lost: bat-drop-entry, bat-carve',
        '  info     block.unreferenced  at 0xc00, 2.00 MiB',
        '           2.00 MiB from 0xc00 on belong to no structure: room for 1 block. A block whose entry was not written any more, as after a crash, looks like this.',
        '',
      ].join('\n'),
    );
  });

  it('prints one JSON document of schema platter.check/1', async () => {
    const files = sr().put('/sr/base.vhd', DEFECTS['footer-zeroed'](base));
    const { rc, out } = await run(files, 'sr/base.vhd', '--json');
    expect(rc).toBe(1);
    expect(JSON.parse(out)).toEqual({
      schema: 'platter.check/1',
      images: [
        {
          path: 'sr/base.vhd',
          healthy: false,
          findings: [
            {
              code: 'footer.missing',
              severity: 'error',
              message: 'Where the footer belongs, at 0x402000, are only zero bytes. The copy at 0 is good.',
              offset: 0x402000,
              length: 512,
              structure: 'vhd.footer',
              field: null,
              prognosis: 'no-loss',
              lost: [],
              repairs: ['footer-from-copy'],
            },
          ],
        },
      ],
    });
  });

  it('adds ancestors with --chain, and the child of a bad one says so', async () => {
    const files = sr().put('/sr/base.vhd', DEFECTS['footer-zeroed'](base));
    expect((await run(files, '/sr/child.vhd')).rc).toBe(0);
    const { rc, out } = await run(files, '/sr/child.vhd', '--chain', '--json');
    expect(rc).toBe(1);
    const { images } = JSON.parse(out) as { images: { path: string; findings: { code: string }[] }[] };
    expect(images.map(({ path, findings }) => [path, findings.map(({ code }) => code)])).toEqual([
      ['/sr/child.vhd', ['parent.damaged']],
      ['/sr/base.vhd', ['footer.missing']],
    ]);
  });

  it('looks at sector bitmaps with --deep only', async () => {
    const files = sr().put('/sr/base.vhd', DEFECTS['bitmap-cleared'](base));
    expect((await run(files, '/sr/base.vhd')).rc).toBe(0);
    const { rc, out } = await run(files, '--deep', '/sr/base.vhd');
    expect(rc).toBe(1);
    expect(out).toContain('bitmap.all-clear');
  });

  it('takes a folder for the images in it, with what only a folder shows, and sums up', async () => {
    const files = sr().put('/sr/copy.vhd', base).put('/sr/deeper/odd.vhd', 'text\n').put('/sr/notes.txt', 'text\n');
    const { rc, out } = await run(files, 'sr');
    expect(rc).toBe(0);
    expect(out.match(/^\S.*/gm)).toEqual([
      'sr/base.vhd: 1 warning',
      'sr/child.vhd: healthy',
      'sr/copy.vhd: 1 warning',
      '3 images, 1 healthy: 2 warnings',
    ]);
    expect((await run(files, 'sr', '--fail-on', 'warning')).rc).toBe(1);
    const below = await run(files, '-r', 'sr');
    expect(below.rc).toBe(1);
    expect(below.out).toContain('sr/deeper/odd.vhd: 1 error');
  });

  it.each([
    ['error', 0],
    ['warning', 0],
    ['info', 1],
  ])('--fail-on %s', async (severity, rc) => {
    const files = sr().put('/sr/base.vhd', DEFECTS['footer-short'](base));
    expect((await run(files, '/sr/base.vhd', '--fail-on', severity)).rc).toBe(rc);
  });

  it('refuses what is not there, and reports what cannot be read', async () => {
    const none = await run(sr(), '/sr/none.vhd');
    expect(none).toMatchObject({ rc: 3, out: '' });
    expect(none.err).toContain('/sr/none.vhd: there is no such file.');
    const both = await run(sr(), '/sr/none.vhd', '/sr/base.vhd');
    expect(both).toMatchObject({ rc: 3, out: '/sr/base.vhd: healthy\n' });
    const broken = await run(sr().failFrom('/sr/base.vhd', 0), '/sr/base.vhd');
    expect(broken.rc).toBe(1);
    expect(broken.out).toContain('image.unreadable');
  });

  it('shows what is in a file name without letting it act', async () => {
    const { out } = await run(memoryFiles().put('/\x1b[2J.vhd', 'text\n'), '/\x1b[2J.vhd');
    expect(out).not.toContain('\x1b');
    expect(out).toContain(CATALOGUE['image.foreign'].severity);
  });
});
