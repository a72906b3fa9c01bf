import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { flipBit } from '../../../core/testing/damage.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { random } from '../../../core/testing/random.ts';
import { base, chain, child, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

describe('platter hex', () => {
  it('prints as hexdump -C does, with folds and the end', async () => {
    const files = memoryFiles().put('/f', `Hello, world\n${'\0'.repeat(60)}${'ab'.repeat(40)}\x7fend`);
    const { rc, out, err } = await run(files, ['hex', 'f']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 0a 00 00 00  |Hello, world....|
      00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
      *
      00000040  00 00 00 00 00 00 00 00  00 61 62 61 62 61 62 61  |.........abababa|
      00000050  62 61 62 61 62 61 62 61  62 61 62 61 62 61 62 61  |babababababababa|
      *
      00000090  62 61 62 61 62 61 62 61  62 7f 65 6e 64           |babababab.end|
      0000009d
      "
    `);
  });

  it('takes offsets and lengths in bytes, hex, sectors and units, and from the end', async () => {
    const files = memoryFiles().put('/f', random(1).bytes(8192));
    const head = async (...argv: string[]): Promise<string> =>
      (await run(files, ['hex', 'f', ...argv])).out.slice(0, 8);
    expect(await head('--at', '4096')).toBe('00001000');
    expect(await head('--at', '0x10')).toBe('00000010');
    expect(await head('--at', '3s')).toBe('00000600');
    expect(await head('--at', '4K')).toBe('00001000');
    expect(await head('--at', '-512')).toBe('00001e00');
    expect((await run(files, ['hex', 'f', '--at', '1', '--length', '1s'])).out.trimEnd().split('\n').at(-1)).toBe(
      '00000201',
    );
    expect((await run(files, ['hex', 'f', '--at', '8190', '--length', '9G'])).out.split('\n').length).toBe(3);
    expect(await run(files, ['hex', 'f', '--at', '8192'])).toEqual({ rc: 0, out: '', err: '' });
    expect((await run(files, ['hex', 'f', '--at', '8193'])).err).toBe('platter: f ends at 0x2000, before 0x2001.\n');
  });

  it.each(['1.5K', '-', 'x', '0x', '12q', '99999999999999999999'])('does not guess what %j means', async (text) => {
    expect(await run(memoryFiles().put('/f', 'x'), ['hex', 'f', '--at', text])).toMatchObject({ rc: 2, out: '' });
  });

  it('is what hexdump prints, byte for byte', async ({ skip }) => {
    if (!existsSync('/usr/bin/hexdump')) skip('hexdump is not installed');
    const folder = mkdtempSync(path.join(tmpdir(), 'platter-hex-'));
    const file = path.join(folder, 'f');
    const bytes = new Uint8Array(300_000);
    bytes.set(random(2).bytes(5000), 100);
    bytes.set(random(3).bytes(77), 200_000);
    writeFileSync(file, bytes);
    const cases = [
      [0, 300_000],
      [5, 1000],
      [16, 4096],
      [5090, 64],
      [199_990, 100],
      [299_999, 1],
    ] as const;
    for (const [at, length] of cases) {
      const want = execFileSync('hexdump', ['-C', '-s', String(at), '-n', String(length), file], { encoding: 'utf8' });
      const { out } = await run(nodeFiles, ['hex', file, '--at', String(at), '--length', String(length)]);
      expect(out).toBe(want);
    }
    rmSync(folder, { recursive: true });
  });

  it('names each field beside its bytes', async () => {
    const { out } = await run(chain(), ['hex', 'sr/leaf.vhd', '--fields', '--length', '0x600']);
    expect(out).toMatchInlineSnapshot(`
      "# Footer copy (footer-copy) at 0x0, 512 bytes
      00000000  63 6f 6e 65 63 74 69 78                           |conectix|          cookie conectix
      00000008  00 00 00 02                                       |....|              features 0x00000002 (reserved bit set, as always)
      0000000c  00 01 00 00                                       |....|              fileFormatVersion 1.0
      00000010  00 00 00 00 00 00 02 00                           |........|          dataOffset 0x200 (dynamic header)
      00000018  2d 79 c5 84                                       |-y..|              timeStamp 2024-03-05T11:59:00Z
      0000001c  74 61 70 00                                       |tap.|              creatorApplication tap (XenServer tapdisk)
      00000020  00 01 00 03                                       |....|              creatorVersion 1.3
      00000024  00 00 00 00                                       |....|              creatorHostOs not set
      00000028  00 00 00 00 00 80 00 00                           |........|          originalSize 8388608 (8 MiB)
      00000030  00 00 00 00 00 80 00 00                           |........|          currentSize 8388608 (8 MiB)
      00000038  00 f0 04 11                                       |....|              diskGeometry 240/4/17 (7.97 MiB by CHS)
      0000003c  00 00 00 04                                       |....|              diskType 4 (differencing)
      00000040  ff ff f2 11                                       |....|              checksum 0xfffff211
      00000044  c5 4a d6 92 0c e2 4d ad  aa 3f 00 00 00 00 00 03  |.J....M..?......|  uniqueId c54ad692-0ce2-4dad-aa3f-000000000003
      00000054  00                                                |.|                 savedState 0 (no)
      00000055  00                                                |.|                 hidden 0 (no)
      00000056  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  reserved 426 zero bytes
      *
      000001f6  00 00 00 00 00 00 00 00  00 00                    |..........|
      # Dynamic header (header) at 0x200, 1,024 bytes
      00000200  63 78 73 70 61 72 73 65                           |cxsparse|          cookie cxsparse
      00000208  ff ff ff ff ff ff ff ff                           |........|          dataOffset 0xffffffffffffffff (not used)
      00000210  00 00 00 00 00 00 06 00                           |........|          tableOffset 0x600
      00000218  00 01 00 00                                       |....|              headerVersion 1.0
      0000021c  00 00 00 04                                       |....|              maxTableEntries 4
      00000220  00 20 00 00                                       |. ..|              blockSize 2097152 (2 MiB)
      00000224  ff ff e5 31                                       |...1|              checksum 0xffffe531
      00000228  c5 4a d6 92 0c e2 4d ad  aa 3f 00 00 00 00 00 02  |.J....M..?......|  parentUniqueId c54ad692-0ce2-4dad-aa3f-000000000002
      00000238  2d 79 c5 c0                                       |-y..|              parentTimeStamp 2024-03-05T12:00:00Z
      0000023c  00 00 00 00                                       |....|              reserved1 0
      00000240  00 73 00 6e 00 61 00 70  00 2e 00 76 00 68 00 64  |.s.n.a.p...v.h.d|  parentUnicodeName snap.vhd
      00000250  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
      *
      00000440  4d 61 63 58 00 00 02 00  00 00 00 11 00 00 00 00  |MacX............|  parentLocator1 MacX, 17 bytes at 0xc00
      00000450  00 00 00 00 00 00 0c 00                           |........|
      00000458  57 32 6b 75 00 00 02 00  00 00 00 14 00 00 00 00  |W2ku............|  parentLocator2 W2ku, 20 bytes at 0xe00
      00000468  00 00 00 00 00 00 0e 00                           |........|
      00000470  57 32 72 75 00 00 02 00  00 00 00 14 00 00 00 00  |W2ru............|  parentLocator3 W2ru, 20 bytes at 0x1000
      00000480  00 00 00 00 00 00 10 00                           |........|
      00000488  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  parentLocator4 not used
      00000498  00 00 00 00 00 00 00 00                           |........|
      000004a0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  parentLocator5 not used
      000004b0  00 00 00 00 00 00 00 00                           |........|
      000004b8  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  parentLocator6 not used
      000004c8  00 00 00 00 00 00 00 00                           |........|
      000004d0  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  parentLocator7 not used
      000004e0  00 00 00 00 00 00 00 00                           |........|
      000004e8  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  parentLocator8 not used
      000004f8  00 00 00 00 00 00 00 00                           |........|
      00000500  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  reserved2 256 zero bytes
      *
      00000600
      "
    `);
  });

  it('shows what stands between structures, and a damaged field as damaged', async () => {
    const image = base(1);
    const files = memoryFiles().put('/d.vhd', flipBit(image, image.places.footerAt + 20));
    const { out } = await run(files, ['hex', 'd.vhd', '--fields', '--at', '-544']);
    expect(out).toMatchInlineSnapshot(`
      "# 0x200fe0: 32 bytes of no structure
      00200fe0  30 30 30 30 30 30 30 30  30 30 66 66 66 7c 30 30  |0000000000fff|00|
      00200ff0  30 30 30 30 30 31 3a 30  30 30 30 30 30 30 30 30  |000001:000000000|
      # Footer (footer) at 0x201000, 512 bytes
      00201000  63 6f 6e 65 63 74 69 78                           |conectix|          cookie conectix
      00201008  00 00 00 02                                       |....|              features 0x00000002 (reserved bit set, as always)
      0020100c  00 01 00 00                                       |....|              fileFormatVersion 1.0
      00201010  00 00 00 00 01 00 02 00                           |........|          ✗ dataOffset 0x1000200 (dynamic header)
      00201018  2d 79 b7 b0                                       |-y..|              timeStamp 2024-03-05T11:00:00Z
      0020101c  74 61 70 00                                       |tap.|              creatorApplication tap (XenServer tapdisk)
      00201020  00 01 00 03                                       |....|              creatorVersion 1.3
      00201024  00 00 00 00                                       |....|              creatorHostOs not set
      00201028  00 00 00 00 00 80 00 00                           |........|          originalSize 8388608 (8 MiB)
      00201030  00 00 00 00 00 80 00 00                           |........|          currentSize 8388608 (8 MiB)
      00201038  00 f0 04 11                                       |....|              diskGeometry 240/4/17 (7.97 MiB by CHS)
      0020103c  00 00 00 03                                       |....|              diskType 3 (dynamic)
      00201040  ff ff f1 f6                                       |....|              checksum 0xfffff1f6
      00201044  c5 4a d6 92 0c e2 4d ad  aa 3f 00 00 00 00 00 01  |.J....M..?......|  uniqueId c54ad692-0ce2-4dad-aa3f-000000000001
      00201054  00                                                |.|                 savedState 0 (no)
      00201055  00                                                |.|                 hidden 0 (no)
      00201056  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  reserved 426 zero bytes
      *
      002011f6  00 00 00 00 00 00 00 00  00 00                    |..........|
      00201200
      "
    `);
  });

  it('shows the guest through the chain, with the partition table named', async () => {
    const mbr = new Uint8Array(512);
    mbr.set([0x80, 0, 2, 0, 0x83, 0, 9, 0, 0, 8, 0, 0, 0, 16, 0, 0], 446);
    mbr.set([0x55, 0xaa], 510);
    const files = memoryFiles()
      .put('/sr/base.vhd', base(1, { writes: [{ sector: 0, bytes: mbr }] }))
      .put('/sr/leaf.vhd', child(2, 1, 'base.vhd'));
    const { out } = await run(files, ['hex', '--guest', 'sr/leaf.vhd', '--fields', '--at', '440', '--length', '4K']);
    expect(out).toMatchInlineSnapshot(`
      "# Master boot record (mbr) at 0x0, 512 bytes
      000001b8  00 00 00 00                                       |....|              diskSignature 0x00000000
      000001bc  00 00                                             |..|                copyProtected 0
      000001be  80 00 02 00 83 00 09 00  00 08 00 00 00 10 00 00  |................|  partition1 0x83, 4096 sectors from 2048 (Linux, 2 MiB)
      000001ce  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  partition2 not used
      000001de  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  partition3 not used
      000001ee  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|  partition4 not used
      000001fe  55 aa                                             |U.|                signature 55aa
      # 0x200: 4,024 bytes of no structure
      00000200  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
      *
      000011b0  00 00 00 00 00 00 00 00                           |........|
      000011b8
      "
    `);
  });

  it('shows holes as ??, never as zeros', async () => {
    const files = memoryFiles().put('/sr/leaf.vhd', child(3, 2, 'snap.vhd'));
    expect(await run(files, ['hex', '--guest', 'sr/leaf.vhd'])).toMatchObject({ rc: 3, out: '' });
    const { rc, out, err } = await run(files, [
      ...['hex', '--guest', 'sr/leaf.vhd', '--missing-parent', 'holes'],
      ...['--at', '107s', '--length', '1K'],
    ]);
    expect(rc).toBe(0);
    expect(out).toMatch(/\n0000d7f0 {2}(3\w ){2}/);
    expect(out.split('\n').slice(-4)).toEqual([
      '0000d800  ?? ?? ?? ?? ?? ?? ?? ??  ?? ?? ?? ?? ?? ?? ?? ??  |????????????????|',
      '*',
      '0000da00',
      '',
    ]);
    expect(err).toBe(
      'platter: warning: the parent of sr/leaf.vhd is not there: what it would hold is a hole.\n' +
        'platter: warning: 512 B shown as ?? are in a parent that is missing.\n',
    );
  });

  it('folds a disk of 2 TiB in a moment', async () => {
    const size = 2 * 1024 ** 4;
    const files = memoryFiles().put(
      '/d.vhd',
      base(1, { virtualSize: size, writes: [{ sector: 4_294_967_000, count: 1, zeros: true }] }),
    );
    const { out } = await run(files, ['hex', '--guest', 'd.vhd']);
    expect(out).toBe(
      '00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n*\n20000000000\n',
    );
  });

  it('answers in JSON, as much as one document holds', async () => {
    const { out } = await run(chain(), ['hex', '--guest', 'sr/leaf.vhd', '--at', '104s', '--length', '2s', '--json']);
    const document = JSON.parse(out);
    expect(document).toMatchObject({
      schema: 'platter.hex/1',
      guest: true,
      size: 8 * MIB,
      at: 104 * 512,
      length: 1024,
    });
    expect(document.hex).toHaveLength(2048);
    const huge = memoryFiles().put('/h', { size: 1024 ** 3, extents: [] });
    expect(await run(huge, ['hex', 'h', '--json'])).toMatchObject({ rc: 3, out: '' });
  });

  it('reads anything: an empty file, a foreign one', async () => {
    expect(await run(memoryFiles().put('/e', ''), ['hex', 'e', '--fields'])).toEqual({ rc: 0, out: '', err: '' });
    const { out } = await run(memoryFiles().put('/q.qcow2', 'QFI\u00fb'), ['hex', 'q.qcow2', '--fields']);
    expect(out).toContain('51 46 49');
  });
});
