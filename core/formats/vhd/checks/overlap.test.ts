import { describe, expect, it } from 'vitest';
import { totalLength } from '../../../findings/extents.ts';
import type { Finding } from '../../../findings/finding.ts';
import { SparseSource } from '../../../testing/sparse-source.ts';
import { readVhd, type VhdImage } from '../read.ts';
import { checkVhd } from './check.ts';
import { sortedIndices } from './sort.ts';
import { dynamic, MIB, NOW } from './testing/found.ts';

const BLOCK = 2 * MIB;
const SPAN = BLOCK / 512 + 1;
const COUNT = 1_000_000;
const FIRST = 20_000;

/** An image of a million blocks with this table; nothing of it is in memory but the table. */
async function imageWith(entries: Uint32Array): Promise<VhdImage> {
  const image = await readVhd(new SparseSource(dynamic({ writes: [] })));
  const size = (FIRST + COUNT * SPAN) * 512;
  const virtualSize = COUNT * BLOCK;
  const value = { ...image.header!.value, maxTableEntries: COUNT };
  const end = { ...image.footers.end!, at: size };
  return {
    ...image,
    source: { size: size + 512, read: () => Promise.reject(new Error('metadata only')) },
    footers: { ...image.footers, end, chosen: end },
    footer: end,
    header: { ...image.header!, value },
    bat: { at: 1536, promised: COUNT, entries, paddedLength: COUNT * 4 + 256 },
    batmap: null,
    virtualSize,
    blocks: COUNT,
  };
}

async function overlapsOf(entries: Uint32Array): Promise<Finding[]> {
  const findings = checkVhd(await imageWith(entries), { now: NOW, vhdName: true });
  return findings.filter(({ code }) => code.startsWith('bat.'));
}

/** Blocks in an order that has nothing to do with their numbers. */
function scattered(): Uint32Array {
  return Uint32Array.from({ length: COUNT }, (_, block) => FIRST + ((block * 611_953) % COUNT) * SPAN);
}

describe('a table of 1,000,000 blocks', () => {
  it('has nothing to say when no two share a byte', async () => {
    expect(await overlapsOf(scattered())).toEqual([]);
  });

  it('names the one that lies across two others', async () => {
    const entries = scattered();
    entries[777_777] = entries[5]! + 1;
    const findings = await overlapsOf(entries);
    expect(findings).toHaveLength(1);
    const [{ offset, field, lost, message, prognosis }] = findings as [Finding];
    expect({ offset, field, prognosis }).toEqual({
      offset: 1536 + 777_777 * 4,
      field: 'entry 777777',
      prognosis: 'decision',
    });
    expect(message).toContain('Blocks 5, 777777 and 225622 overlap');
    expect(message).toContain('Without block 777777 at 0x1d310f2c00 there would be no overlap.');
    // all of the block that starts in the other, and of the other all from there on; and of its neighbour behind
    expect(lost).toContainEqual({ offset: 777_777 * BLOCK, length: BLOCK });
    expect(lost).toContainEqual({ offset: 5 * BLOCK, length: BLOCK });
  });

  it('is one finding when all are in one place', async () => {
    const findings = await overlapsOf(new Uint32Array(COUNT).fill(FIRST));
    expect(findings).toHaveLength(1);
    expect(findings[0]!.message).toContain('Blocks 0, 1, 2, 3 and 999,996 more are all said to be at');
    expect(findings[0]!.lost).toEqual([{ offset: 0, length: COUNT * BLOCK }]);
  });

  it('lists a hundred pairs and sums up the others', async () => {
    const entries = scattered();
    const place = new Map(Array.from(entries, (entry, block) => [entry, block]));
    for (let i = 0; i < COUNT; i += 4) {
      const second = place.get(FIRST + (i + 1) * SPAN)!;
      entries[second] = FIRST + i * SPAN;
    }
    const findings = await overlapsOf(entries);
    expect(findings).toHaveLength(101);
    expect(findings[100]!.message).toBe('499,800 more blocks share bytes of the file, in 249,900 places.');
    expect(totalLength(findings.flatMap(({ lost }) => lost))).toBe((COUNT / 2) * BLOCK);
  });
});

it('sorts indices by key, equal keys by index', () => {
  const keys = Uint32Array.of(7, 0xffff_fffe, 0, 7, 0x8000_0000, 2048);
  expect([...sortedIndices(keys, Uint32Array.of(0, 1, 2, 3, 4, 5))]).toEqual([2, 0, 3, 5, 4, 1]);
});
