import { describe, expect, it } from 'vitest';
import { readSparse } from '../../../core/io/sparse.ts';
import { patchFooter, patchHeader, zeroFooter } from '../../../core/testing/damage.ts';
import { DEFECTS } from '../../../core/testing/defects.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { random } from '../../../core/testing/random.ts';
import { base, chain, child, idOf, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

interface Field {
  name: string;
  offset: number;
  length: number;
  value: number | string | null;
  text: string;
  ok: boolean | null;
}
interface Structure {
  name: string;
  offset: number;
  length: number;
  fields: Field[];
}

const inspect = async (files: ReturnType<typeof memoryFiles>, path: string, ...more: string[]) => {
  const { rc, out, err } = await run(files, ['inspect', '--json', path, ...more]);
  expect({ rc, err }).toEqual({ rc: 0, err: '' });
  expect(files.openCount).toBe(0);
  return JSON.parse(out).images[0];
};
const fieldOf = (image: { structures: Structure[] }, structure: string, field: string): Field =>
  image.structures.find(({ name }) => name === structure)!.fields.find(({ name }) => name === field)!;

describe('platter inspect', () => {
  it('says in text what a child is, field by field', async () => {
    const { rc, out, err } = await run(chain(), ['inspect', 'sr/leaf.vhd']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "sr/leaf.vhd: a differencing VHD
        file size     2.01 MiB (2,105,856 bytes)
        virtual size  8 MiB (8,388,608 bytes)
        size by CHS   7.97 MiB (8,355,840 bytes)
        id            c54ad692-0ce2-4dad-aa3f-000000000003
        created       2024-03-05T11:59:00Z by tap 1.3
        hidden        no
        parent        snap.vhd
        parent id     c54ad692-0ce2-4dad-aa3f-000000000002
        parent time   2024-03-05T12:00:00Z
        parent found  ok: sr/snap.vhd
        block size    2 MiB (2,097,152 bytes)
        blocks        1 of 4 allocated
        data ends at  0x202000 (2,105,344)

      Footer copy at 0x0, 512 bytes
         0x0  ✓ cookie              conectix
         0x8  ✓ features            0x00000002 (reserved bit set, as always)
         0xc  ✓ fileFormatVersion   1.0
        0x10  ✓ dataOffset          0x200 (dynamic header)
        0x18  ✓ timeStamp           2024-03-05T11:59:00Z
        0x1c    creatorApplication  tap (XenServer tapdisk)
        0x20  ✓ creatorVersion      1.3
        0x24    creatorHostOs       not set
        0x28    originalSize        8388608 (8 MiB)
        0x30  ✓ currentSize         8388608 (8 MiB)
        0x38  ✓ diskGeometry        240/4/17 (7.97 MiB by CHS)
        0x3c  ✓ diskType            4 (differencing)
        0x40  ✓ checksum            0xfffff211
        0x44  ✓ uniqueId            c54ad692-0ce2-4dad-aa3f-000000000003
        0x54  ✓ savedState          0 (no)
        0x55  ✓ hidden              0 (no)
        0x56  ✓ reserved            426 zero bytes

      Dynamic header at 0x200, 1,024 bytes
        0x200  ✓ cookie             cxsparse
        0x208  ✓ dataOffset         0xffffffffffffffff (not used)
        0x210  ✓ tableOffset        0x600
        0x218  ✓ headerVersion      1.0
        0x21c  ✓ maxTableEntries    4
        0x220  ✓ blockSize          2097152 (2 MiB)
        0x224  ✓ checksum           0xffffe531
        0x228  ✓ parentUniqueId     c54ad692-0ce2-4dad-aa3f-000000000002
        0x238  ✓ parentTimeStamp    2024-03-05T12:00:00Z
        0x23c  ✓ reserved1          0
        0x240  ✓ parentUnicodeName  snap.vhd
        0x440  ✓ parentLocator1     MacX, 17 bytes at 0xc00
        0x458  ✓ parentLocator2     W2ku, 20 bytes at 0xe00
        0x470  ✓ parentLocator3     W2ru, 20 bytes at 0x1000
        0x488  ✓ parentLocator4     not used
        0x4a0  ✓ parentLocator5     not used
        0x4b8  ✓ parentLocator6     not used
        0x4d0  ✓ parentLocator7     not used
        0x4e8  ✓ parentLocator8     not used
        0x500  ✓ reserved2          256 zero bytes

      Parent locator 1 at 0x440, 24 bytes
        0x440  ✓ platformCode  MacX (file URL, UTF-8)
        0x444  ✓ dataSpace     512
        0x448  ✓ dataLength    17
        0x44c    reserved      0
        0x450  ✓ dataOffset    0xc00

      Parent locator 2 at 0x458, 24 bytes
        0x458  ✓ platformCode  W2ku (Windows absolute path, UTF-16)
        0x45c  ✓ dataSpace     512
        0x460  ✓ dataLength    20
        0x464    reserved      0
        0x468  ✓ dataOffset    0xe00

      Parent locator 3 at 0x470, 24 bytes
        0x470  ✓ platformCode  W2ru (Windows relative path, UTF-16)
        0x474  ✓ dataSpace     512
        0x478  ✓ dataLength    20
        0x47c    reserved      0
        0x480  ✓ dataOffset    0x1000

      Block allocation table at 0x600, 512 bytes
        0x600  ✓ entries    4 of 4 in the file, for 4 blocks
        0x600    allocated  1 of 4 blocks
        0x600    lowest     the first block in the file: sector 15, at 0x1e00
        0x600    highest    the last block in the file: sector 15, at 0x1e00

      Batmap header at 0x800, 512 bytes
        0x800  ✓ cookie         tdbatmap
        0x808  ✓ batmapOffset   0xa00
        0x810  ✓ batmapSize     1
        0x814  ✓ batmapVersion  1.2
        0x818  ✓ checksum       0xffffffff
        0x81c    marker         0
        0x81d    keyHashCookie  0 (no key hash)
        0x81e    keyHashNonce   32 zero bytes
        0x83e    keyHash        32 zero bytes
        0x85e    reserved       418 zero bytes

      Batmap at 0xa00, 512 bytes
        0xa00    full  0 of 4 blocks marked full

      Text of parent locator 1 at 0xc00, 17 bytes
        0xc00    text  file://./snap.vhd

      Text of parent locator 2 at 0xe00, 20 bytes
        0xe00    text  .\\snap.vhd

      Text of parent locator 3 at 0x1000, 20 bytes
        0x1000    text  .\\snap.vhd

      Footer at 0x202000, 512 bytes
        0x202000  ✓ cookie              conectix
        0x202008  ✓ features            0x00000002 (reserved bit set, as always)
        0x20200c  ✓ fileFormatVersion   1.0
        0x202010  ✓ dataOffset          0x200 (dynamic header)
        0x202018  ✓ timeStamp           2024-03-05T11:59:00Z
        0x20201c    creatorApplication  tap (XenServer tapdisk)
        0x202020  ✓ creatorVersion      1.3
        0x202024    creatorHostOs       not set
        0x202028    originalSize        8388608 (8 MiB)
        0x202030  ✓ currentSize         8388608 (8 MiB)
        0x202038  ✓ diskGeometry        240/4/17 (7.97 MiB by CHS)
        0x20203c  ✓ diskType            4 (differencing)
        0x202040  ✓ checksum            0xfffff211
        0x202044  ✓ uniqueId            c54ad692-0ce2-4dad-aa3f-000000000003
        0x202054  ✓ savedState          0 (no)
        0x202055  ✓ hidden              0 (no)
        0x202056  ✓ reserved            426 zero bytes

      Findings: healthy
      "
    `);
  });

  it('answers in JSON as scripts expect', async () => {
    const image = await inspect(chain(), 'sr/leaf.vhd');
    expect(image).toMatchObject({
      path: 'sr/leaf.vhd',
      format: 'vhd',
      vhd: {
        kind: 'differencing',
        id: idOf(3),
        virtualSize: 8 * MIB,
        geometrySize: 8_355_840,
        creator: 'tap 1.3',
        created: '2024-03-05T11:59:00Z',
        hidden: false,
        savedState: false,
        parent: {
          id: idOf(2),
          name: 'snap.vhd',
          timestamp: '2024-03-05T12:00:00Z',
          verdict: 'ok',
          path: 'sr/snap.vhd',
        },
        blockSize: 2 * MIB,
        blocks: { total: 4, allocated: 1, full: null },
      },
      findings: [],
    });
    expect(image.vhd.dataEnd).toBe(image.size - 512);
    expect(
      image.vhd.parent.locators.map(({ code, text }: { code: string; text: string }) => `${code} ${text}`),
    ).toEqual(['MacX file://./snap.vhd', 'W2ku .\\snap.vhd', 'W2ru .\\snap.vhd']);
    expect(image.structures.map(({ name }: Structure) => name)).toEqual([
      'footer-copy',
      'header',
      'locator-1',
      'locator-2',
      'locator-3',
      'bat',
      'batmap',
      'batmap-bits',
      'locator-1-text',
      'locator-2-text',
      'locator-3-text',
      'footer',
    ]);
  });

  it('gives file offsets: the bytes there are the field', async () => {
    const built = base(1);
    const image = await inspect(memoryFiles().put('/d.vhd', built), 'd.vhd');
    const id = fieldOf(image, 'footer', 'uniqueId');
    expect(Buffer.from(readSparse(built, id.offset, id.length)).toString('hex')).toBe(idOf(1).replaceAll('-', ''));
    const size = fieldOf(image, 'header', 'blockSize');
    expect(Buffer.from(readSparse(built, size.offset, size.length)).readUInt32BE()).toBe(size.value);
    expect(size.text).toBe('2097152 (2 MiB)');
  });

  it('counts full blocks only with --deep', async () => {
    const files = memoryFiles().put('/d.vhd', base(1));
    expect((await inspect(files, 'd.vhd')).vhd.blocks).toEqual({ total: 4, allocated: 1, full: null });
    expect((await inspect(files, 'd.vhd', '--deep')).vhd.blocks).toEqual({ total: 4, allocated: 1, full: 1 });
  });

  it('judges each field by the findings: wrong, right, or not to be judged', async () => {
    const image = await inspect(memoryFiles().put('/d.vhd', patchFooter(base(1), { savedState: 9 }, 'both')), 'd.vhd');
    expect(fieldOf(image, 'footer', 'savedState').ok).toBe(false);
    expect(fieldOf(image, 'footer-copy', 'savedState').ok).toBe(false);
    expect(fieldOf(image, 'footer', 'diskType').ok).toBe(true);
    expect(fieldOf(image, 'footer', 'creatorApplication').ok).toBeNull();
    // a checksum that does not fit vouches for nothing
    const flipped = await inspect(memoryFiles().put('/d.vhd', DEFECTS['copy-bitflip'](base(1))), 'd.vhd');
    // and the field that was hit is found by the good footer
    expect(fieldOf(flipped, 'footer-copy', 'currentSize').ok).toBe(false);
    expect(fieldOf(flipped, 'footer-copy', 'diskType').ok).toBeNull();
    expect(fieldOf(flipped, 'footer', 'diskType').ok).toBe(true);
  });

  it('does not decode guest bytes as a footer', async () => {
    const image = await inspect(memoryFiles().put('/d.vhd', DEFECTS['footer-guest-registry'](base(1))), 'd.vhd');
    expect(image.structures.map(({ name }: Structure) => name)).not.toContain('footer');
    expect(image.findings[0]).toMatchObject({ severity: 'error' });
    const fixed = await inspect(
      memoryFiles().put('/f.vhd', base(1, { kind: 'fixed', virtualSize: MIB, writes: [] })),
      'f.vhd',
    );
    expect(fixed.structures.map(({ name }: Structure) => name)).toEqual(['footer']);
    expect(fixed.vhd).toMatchObject({ kind: 'fixed', blockSize: null, blocks: null, parent: null });
  });

  it('decodes the partition table of a raw disk', async () => {
    const bytes = new Uint8Array(MIB);
    bytes.set([0x80, 0, 2, 0, 0x83, 0, 9, 0, 0, 8, 0, 0, 0, 16, 0, 0], 446);
    bytes.set([0x55, 0xaa], 510);
    const image = await inspect(memoryFiles().put('/d.raw', bytes), 'd.raw');
    expect(image).toMatchObject({ format: 'raw', vhd: null });
    expect(fieldOf(image, 'mbr', 'partition1').text).toBe('0x83, 4096 sectors from 2048 (Linux, 2 MiB)');
  });

  it('names what is no VHD', async () => {
    const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
    const files = memoryFiles()
      .put('/q.qcow2', latin1('QFI\xfb\0\0\0\x03'.padEnd(70_000, '\0')))
      .put('/x.vhdx', latin1('vhdxfile'.padEnd(70_000, '\0')))
      .put('/gz.vhd', latin1('\x1f\x8b\x08'.padEnd(5000, 'z')))
      .put('/empty.vhd', '')
      .put('/t.txt', 'a text\n');
    const seen = [];
    for (const name of ['q.qcow2', 'x.vhdx', 'gz.vhd', 'empty.vhd', 't.txt']) {
      const { format, foreign, vhd, structures, findings } = await inspect(files, name);
      expect({ vhd, structures }).toEqual({ vhd: null, structures: [] });
      seen.push(`${name}: ${format}, ${foreign}, ${findings.map(({ code }: { code: string }) => code).join()}`);
    }
    expect(seen).toEqual([
      'q.qcow2: qcow2, a QCOW2 image, image.foreign',
      'x.vhdx: vhdx, a VHDX image, image.foreign',
      'gz.vhd: unknown, gzip-compressed data, image.foreign',
      'empty.vhd: unknown, null, image.empty',
      't.txt: unknown, text, image.foreign',
    ]);
    expect((await run(files, ['inspect', 'q.qcow2'])).out).toContain('q.qcow2: a QCOW2 image\n');
  });

  it('works on every kind of damage, and on noise, within a moment', async () => {
    const noise = random(11);
    const small = base(1, {
      writes: [
        { sector: 0, count: 9, seed: 1 },
        { sector: 9000, count: 9, seed: 1 },
      ],
    });
    const files = memoryFiles();
    for (const [name, defect] of Object.entries(DEFECTS)) files.put(`/d/${name}.vhd`, defect(small));
    for (const length of [1, 511, 512, 513, 1024, 1536, 70_000])
      files.put(`/d/noise-${length}.vhd`, noise.bytes(length));
    // cookies in the right places and noise in everything else: counts and sizes as hostile as they come
    for (let i = 0; i < 40; i += 1) {
      const bytes = noise.bytes(8192);
      for (const at of [0, 8192 - 512]) bytes.set(new TextEncoder().encode('conectix'), at);
      bytes.set(new TextEncoder().encode('cxsparse'), 512);
      files.put(`/d/hostile-${i}.vhd`, bytes);
    }
    // checksums that fit over numbers that nobody can mean
    const forged = patchFooter(small, { currentSize: (1n << 53n) - 512n }, 'both');
    files.put('/d/forged-size.vhd', forged);
    files.put('/d/forged-both.vhd', patchHeader(forged, { maxTableEntries: 0xffff_ffff }));
    files.put('/d/forged-block.vhd', patchHeader(forged, { maxTableEntries: 0xffff_ffff, blockSize: 256 * MIB }));
    const commands = [
      ['inspect', '--json'],
      ['inspect'],
      ['scan'],
      ['hex', '--fields', '--length', '16K'],
      ['map', '--summary'],
      ['hash', '--guest'],
    ];
    for (const { name } of await files.list('/d')) {
      for (const argv of commands) {
        const { rc, err } = await run(files, [...argv, `/d/${name}`]);
        expect(rc, `${argv[0]} ${name}: ${err}`).toBeOneOf([0, 3]);
      }
    }
    expect(files.openCount).toBe(0);
  }, 60_000);

  it('shows what is left where both footers are gone', async () => {
    const { out } = await run(memoryFiles().put('/d.vhd', zeroFooter(base(1), 'both')), ['inspect', 'd.vhd']);
    expect(out).toContain('d.vhd: a VHD whose kind is not known');
    expect(out).toContain('Dynamic header at 0x200');
  });

  it('goes on with the others where one is not there', async () => {
    const { rc, out, err } = await run(chain(), ['inspect', '--json', 'gone', 'sr/base.vhd']);
    expect({ rc, err }).toEqual({ rc: 3, err: 'platter: /gone: there is no such file.\n' });
    expect(JSON.parse(out).images).toHaveLength(1);
  });

  it('names a parent that is missing, with no path', async () => {
    const files = memoryFiles().put('/leaf.vhd', child(3, 2, 'snap.vhd'));
    expect((await inspect(files, 'leaf.vhd')).vhd.parent).toMatchObject({
      name: 'snap.vhd',
      path: null,
      verdict: 'missing',
    });
  });
});
