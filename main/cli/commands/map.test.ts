import { describe, expect, it } from 'vitest';
import { setBatEntry } from '../../../core/testing/damage.ts';
import { memoryFiles } from '../../../core/testing/memory-files.ts';
import { base, chain, child, MIB } from '../testing/images.ts';
import { run } from '../testing/run.ts';

describe('platter map', () => {
  it('lists the runs of the guest with the file that holds each', async () => {
    const { rc, out, err } = await run(chain(), ['map', 'sr/leaf.vhd']);
    expect({ rc, err }).toEqual({ rc: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "      sector       sectors       file offset  held by
                 0           100            0x1000  sr/base.vhd
               100             4            0xe800  sr/snap.vhd
               104             1            0xf000  sr/leaf.vhd
               105             3            0xf200  sr/snap.vhd
               108          3988            0xe800  sr/base.vhd
              4096         12288                 –  nobody: zeros
      "
    `);
  });

  it('answers for sectors exactly as scripts expect', async () => {
    const { out } = await run(chain(), ['map', 'sr/leaf.vhd', '--json', '--sector', '0', '100', '0x68', '16383']);
    expect(JSON.parse(out)).toEqual([
      { sector: 0, owner: 'sr/base.vhd', fileOffset: 4096 },
      { sector: 100, owner: 'sr/snap.vhd', fileOffset: expect.any(Number) },
      { sector: 104, owner: 'sr/leaf.vhd', fileOffset: expect.any(Number) },
      { sector: 16_383, owner: null, fileOffset: null },
    ]);
    const text = await run(chain(), ['map', 'sr/leaf.vhd', '--sector', '0', '16383']);
    expect(text.out).toBe('0  sr/base.vhd  at 0x1000 (4096)\n16383  nobody: zeros\n');
    // wherever the image stands among them
    const other = await run(chain(), ['map', '--sector', '0', '16383', 'sr/leaf.vhd']);
    expect(other).toEqual(text);
  });

  it('the offsets it names hold the very bytes', async () => {
    const files = chain();
    const [answer] = JSON.parse((await run(files, ['map', '/sr/leaf.vhd', '--json', '--sector', '103'])).out);
    expect(answer.owner).toBe('/sr/snap.vhd');
    const file = await files.open(answer.owner);
    expect(new TextDecoder().decode(await file.read(answer.fileOffset, 26))).toBe('00000002:0000000000000067|');
    await file.close();
  });

  it('sums up what each file of the chain holds', async () => {
    const { out } = await run(chain(), ['map', 'sr/leaf.vhd', '--summary']);
    expect(out).toMatchInlineSnapshot(`
      "      512 B    0.0 %            1 run   sr/leaf.vhd
         3.50 KiB    0.0 %            2 runs  sr/snap.vhd
         2.00 MiB   25.0 %            2 runs  sr/base.vhd
            6 MiB   75.0 %            1 run   nobody: zeros
            8 MiB  100.0 %            6 runs  in all
      "
    `);
    const json = await run(chain(), ['map', 'sr/leaf.vhd', '--summary', '--json']);
    expect(JSON.parse(json.out)).toEqual({
      schema: 'platter.map-summary/1',
      path: 'sr/leaf.vhd',
      size: 8 * MIB,
      files: [
        { path: 'sr/leaf.vhd', bytes: 512, runs: 1 },
        { path: 'sr/snap.vhd', bytes: 7 * 512, runs: 2 },
        { path: 'sr/base.vhd', bytes: 2 * MIB - 8 * 512, runs: 2 },
      ],
      zero: { bytes: 6 * MIB, runs: 1 },
      hole: { bytes: 0, runs: 0 },
      lost: { bytes: 0, runs: 0 },
    });
  });

  it('is one JSON document, however many runs there are', async () => {
    const writes = Array.from({ length: 3000 }, (_, index) => ({ sector: index * 2, count: 1, seed: 2 }));
    const files = memoryFiles()
      .put('/b.vhd', base(1))
      .put('/c.vhd', child(2, 1, 'b.vhd', { writes }));
    const { out } = await run(files, ['map', 'c.vhd', '--json']);
    const {
      schema,
      chain: members,
      runs,
    } = JSON.parse(out) as {
      schema: string;
      chain: string[];
      runs: { offset: number; length: number }[];
    };
    expect({ schema, members }).toEqual({ schema: 'platter.map/1', members: ['c.vhd', 'b.vhd'] });
    expect(runs.length).toBeGreaterThan(5000);
    let end = 0;
    for (const { offset, length } of runs) {
      expect(offset).toBe(end);
      end += length;
    }
    expect(end).toBe(8 * MIB);
  });

  it('refuses without a parent; asked for holes, it names them', async () => {
    const files = memoryFiles().put('/sr/leaf.vhd', child(3, 2, 'snap.vhd'));
    expect(await run(files, ['map', 'sr/leaf.vhd', '--json'])).toMatchObject({ rc: 3, out: '' });
    const { out } = await run(files, ['map', 'sr/leaf.vhd', '--missing-parent', 'holes', '--json', '--sector', '0']);
    expect(JSON.parse(out)).toEqual([{ sector: 0, owner: null, fileOffset: null, state: 'hole' }]);
    const text = await run(files, ['map', 'sr/leaf.vhd', '--missing-parent', 'holes']);
    expect(text.out).toMatchInlineSnapshot(`
      "      sector       sectors       file offset  held by
                 0           100                 –  hole: the parent is missing
               100             8            0xe800  sr/leaf.vhd
               108         16276                 –  hole: the parent is missing
      "
    `);
  });

  it('says what is lost, and where it should be', async () => {
    const image = base(1);
    const files = memoryFiles().put('/d.vhd', setBatEntry(image, 0, image.size / 512 + 8));
    const { out } = await run(files, ['map', 'd.vhd']);
    expect(out).toContain('lost: should be in d.vhd');
  });

  it('refuses a sector behind the end', async () => {
    expect(await run(chain(), ['map', 'sr/leaf.vhd', '--sector', '16384'])).toEqual({
      rc: 3,
      out: '',
      err: 'platter: There is no sector 16384: the last one is 16383.\n',
    });
  });
});
