import { describe, expect, it } from 'vitest';
import { buildVhd } from '../../formats/vhd/build/build.ts';
import { type BuiltVhd, CREATORS, type VhdSpec } from '../../formats/vhd/build/spec.ts';
import { readSparse } from '../../io/sparse.ts';
import { append, cut, flipBit, overwrite, setBatEntry, zero } from '../../testing/damage.ts';
import { random } from '../../testing/random.ts';
import { guest, planOf, repaired } from '../../testing/repair.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { needsAcceptLoss } from '../plan.ts';
import type { Surroundings } from './strategy.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const common = { id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e', timeStamp: 762_952_080 };

/** Writes nine sectors at the start of each of these blocks. */
function blocks(blockSize: number, ...used: number[]): NonNullable<VhdSpec['writes']> {
  return used.map((block, index) => ({ sector: (block * blockSize) / 512, count: 9, seed: index + 1 }));
}

function disk(blockSize: number, used: number[], more: Partial<VhdSpec> = {}): BuiltVhd {
  return buildVhd({
    kind: 'dynamic',
    ...common,
    virtualSize: 8 * Math.max(blockSize, 2 * MIB),
    blockSize,
    writes: blocks(blockSize, ...used),
    ...more,
  });
}

/** What is left of the header: nothing, its second half, or all but what leads to the blocks. */
function damages(image: BuiltVhd): [string, BuiltVhd][] {
  const at = image.places.headerAt ?? 0;
  return [
    ['the header is zero', zero(image, at, 1024)],
    ['half of the header is noise', overwrite(image, at, random(7).bytes(512))],
    ['where the table is and how long blocks are is noise', overwrite(image, at + 16, random(9).bytes(20))],
  ];
}

describe('the block size is proved, and the guest’s content comes back', () => {
  const cases: [string, BuiltVhd][] = [
    ['one block of 2 MiB', disk(2 * MIB, [3])],
    ['one block of 1 MiB, by the place of the footer', disk(MIB, [3], { creator: CREATORS.hyperV })],
    ['one block of 512 KiB', disk(512 * KIB, [3], { creator: CREATORS.hyperV })],
    ['blocks of 1 MiB, apart as those of 2 MiB would be', disk(MIB, [3, 0], { dataAlign: 2 * MIB })],
    ['two blocks of 4 MiB, side by side', disk(4 * MIB, [1, 2])],
    ['three blocks of 16 MiB, side by side', disk(16 * MIB, [1, 2, 5], { creator: CREATORS.hyperV })],
    ['more entries than the disk needs', disk(2 * MIB, [1, 5], { tableEntries: 500 })],
    ['a table behind a gap', disk(2 * MIB, [1, 5], { tableAt: 4096 })],
    ['nothing allocated', disk(2 * MIB, [])],
    ['nothing allocated, and no batmap', disk(2 * MIB, [], { creator: CREATORS.hyperV })],
  ];
  it.each(cases)('%s', async (_, image) => {
    const whole = await guest(new SparseSource(image));
    for (const [what, broken] of damages(image)) {
      const made = await planOf(broken);
      expect(needsAcceptLoss(made), what).toBe(false);
      expect(made.strategies, what).toEqual(['header-rebuild']);
      expect(await guest(await repaired(broken, made)), what).toBe(whole);
    }
  });

  it('one block of 4 MiB: by the checksum, when that is left', async () => {
    const image = disk(4 * MIB, [2], { tableEntries: 128 });
    const broken = overwrite(image, (image.places.headerAt ?? 0) + 16, random(9).bytes(20));
    const made = await planOf(broken);
    expect(needsAcceptLoss(made)).toBe(false);
    expect(await guest(await repaired(broken, made))).toBe(await guest(new SparseSource(image)));
  });
});

describe('what the file does not prove is a guess, and needs loss to be accepted', () => {
  it.each([
    ['one block of 4 MiB, or one of 2 MiB and one that a crash left', disk(4 * MIB, [2], { tableEntries: 128 })],
    [
      'one block of 2 MiB, and the file goes on behind it',
      append(cut(disk(2 * MIB, [3]), disk(2 * MIB, [3]).places.footerAt), 3 * MIB),
    ],
    ['nothing allocated by the table, and data behind it', setBatEntry(disk(2 * MIB, [3]), 3, 0xffff_ffff)],
  ])('%s', async (_, image) => {
    const broken = zero(image, 512, 1024);
    const made = await planOf(broken);
    expect(made.strategies.slice(0, 1)).toEqual(['header-rebuild']);
    expect(made.notes[0]).toMatchObject({ id: 'header-rebuild', confidence: 'guess' });
    expect(made.risks.join()).toMatch(/does not prove how long its blocks are: .*2 MiB.* would fit/);
    expect(needsAcceptLoss(made)).toBe(true);
  });

  it('one entry of the table points into another block: nothing is taken for a table', async () => {
    const image = disk(2 * MIB, [1, 3, 5]);
    const third = image.places.blocks.get(5)?.bitmapAt ?? 0;
    const broken = zero(setBatEntry(image, 3, third / 512 + 8), image.places.headerAt ?? 0, 1024);
    const made = await planOf(broken);
    expect(made.steps.filter(({ action }) => action !== 'times')).toEqual([]);
    expect(made.refusals.join()).toContain('No block allocation table whose blocks fit');
  });
});

describe('a child’s header with one wrong bit', () => {
  const PARENT = { id: '0b4c9e1e-ad1d-4dc8-b267-e1fd1f3c3bc9', name: 'base.vhd', timeStamp: 762_952_020 };
  const child = disk(2 * MIB, [1, 3], { kind: 'differencing', parent: PARENT });
  const at = child.places.headerAt ?? 0;
  const parentWith = (verdict: 'ok' | 'id-mismatch'): Surroundings['parent'] => ({
    summary: {
      name: PARENT.name,
      modified: (PARENT.timeStamp + 946_684_800) * 1000,
      vhd: { id: PARENT.id },
    } as NonNullable<Surroundings['parent']>['summary'],
    verdict,
    relativePath: 'base.vhd',
    absolutePath: '/sr/base.vhd',
  });
  const fields = { 'parent’s id': [40, 56], 'parent’s time': [56, 60], 'parent’s name': [64, 80] } as const;

  it.each(Object.entries(fields))(
    'in its %s is put right exactly, every time, when the parent is there',
    async (field, [from, to]) => {
      for (let offset = from; offset < to; offset += 1) {
        for (const bit of [0, 3, 5, 7]) {
          const broken = flipBit(child, at + offset, bit);
          const made = await planOf(broken, parentWith(field === 'parent’s id' ? 'id-mismatch' : 'ok'));
          const header = await (await repaired(broken, made)).read(at, 1024);
          const undecided = made.steps.length === 0;
          const right = Buffer.compare(header, readSparse(child, at, 1024)) === 0;
          expect(right || undecided, `byte ${offset} bit ${bit}`).toBe(true);
        }
      }
    },
  );
});
