import { describe, expect, it } from 'vitest';
import { buildVhd } from '../../formats/vhd/build/build.ts';
import { UNALLOCATED } from '../../formats/vhd/constants.ts';
import { readSparse } from '../../io/sparse.ts';
import {
  append,
  cut,
  dropFooter,
  flipBit,
  overwrite,
  setBatEntry,
  shift,
  zero,
  zeroFooter,
} from '../../testing/damage.ts';
import { guest, planOf, repaired } from '../../testing/repair.ts';
import { SparseSource } from '../../testing/sparse-source.ts';
import { needsAcceptLoss } from '../plan.ts';

const MIB = 1024 * 1024;
const common = { id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e', timeStamp: 762_952_080 };

/** The last 512 bytes of some other disk's image. */
function foreignFooter(virtualSize: number, kind: 'dynamic' | 'fixed' = 'dynamic'): Uint8Array {
  const other = buildVhd({ ...common, kind, virtualSize, id: '22222222-3333-4444-8555-666666666666' });
  return readSparse(other, other.size - 512, 512);
}

/** A disk whose block that lies last in the file is in use to its last sector, which holds `last`. */
function fullTo(last: Uint8Array) {
  return buildVhd({
    kind: 'dynamic',
    ...common,
    virtualSize: 8 * MIB,
    blockOrder: [3, 0, 1],
    writes: [
      { sector: 0, count: 100, seed: 1 },
      { sector: 3 * 4096, count: 9, seed: 2 },
      { sector: 4096, count: 4096, seed: 3 },
      { sector: 8191, bytes: last },
    ],
  });
}

describe('a guest that keeps images of its own, whose footer is in the last sector of the file', () => {
  it.each([
    ['another size', 4 * MIB, 'dynamic'],
    ['the same size', 8 * MIB, 'dynamic'],
    ['a fixed disk', 8 * MIB, 'fixed'],
  ] as const)('%s: the image gets its own footer back, and the guest keeps its sector', async (_, size, kind) => {
    const image = fullTo(foreignFooter(size, kind));
    const whole = await guest(new SparseSource(image));
    const { footerAt } = image.places;
    const damaged = {
      'the footer is cut off': cut(image, footerAt),
      'the footer is zero': zeroFooter(image, 'end'),
      'each footer has a wrong bit': flipBit(flipBit(image, footerAt + 40), 60),
    };
    for (const [what, broken] of Object.entries(damaged)) {
      const made = await planOf(broken);
      expect(made.lost, what).toEqual([]);
      expect(needsAcceptLoss(made), what).toBe(false);
      expect(
        made.findingsAfter.filter(({ severity }) => severity !== 'info'),
        what,
      ).toEqual([]);
      expect(await guest(await repaired(broken, made)), what).toBe(whole);
    }
  });

  it('both of its own footers gone: only with loss accepted, and never with the guest’s id', async () => {
    const broken = zeroFooter(fullTo(foreignFooter(8 * MIB)), 'both');
    const made = await planOf(broken);
    expect(made.strategies).toEqual(['footer-synthesise']);
    expect(needsAcceptLoss(made)).toBe(true);
    expect(JSON.stringify(made.steps)).not.toContain('22222222');
  });

  it('a fixed disk’s first sector is not written over with it', async () => {
    const data = buildVhd({
      kind: 'fixed',
      ...common,
      virtualSize: 3 * MIB,
      writes: [
        { sector: 0, count: 4, seed: 1 },
        { sector: 3 * 2048 - 1, bytes: foreignFooter(8 * MIB) },
      ],
    });
    const { footerAt } = data.places;
    const flipped = flipBit(data, footerAt + 70);
    const made = await planOf(flipped);
    expect(made.strategies).toEqual(['footer-fixed-synthesise']);
    for (const broken of [zero(data, footerAt, 512), cut(data, footerAt)])
      expect((await planOf(broken)).steps.filter(({ offset, length }) => offset === 0 && length > 0)).toEqual([]);
  });
});

describe('a footer is put nowhere that would hide or cut blocks', () => {
  const three = buildVhd({
    kind: 'dynamic',
    ...common,
    virtualSize: 16 * MIB,
    writes: [
      { sector: 0, count: 4096, seed: 1 },
      { sector: 4096, count: 4096, seed: 2 },
      { sector: 8192, count: 4096, seed: 3 },
    ],
  });

  it.each([
    ['all entries of the table are gone', [0, 1, 2]],
    ['two of three entries are gone', [1, 2]],
  ] as const)('%s', async (_, gone) => {
    let broken = three;
    for (const block of gone) broken = setBatEntry(broken, block, UNALLOCATED);
    for (const image of [zeroFooter(broken, 'end'), shift(broken, broken.places.footerAt, 37)]) {
      const made = await planOf(image);
      expect(made.steps.filter(({ action }) => action === 'truncate')).toEqual([]);
      expect(made.refusals.join()).toContain('entries were lost');
    }
  });

  it('the last sector of a block was cut, and the footer behind it has a wrong bit: the loss is stated', async () => {
    const image = fullTo(Uint8Array.of(7));
    const { footerAt } = image.places;
    const short = overwrite(cut(image, footerAt), footerAt - 512, readSparse(image, footerAt, 512));
    for (const place of [70, 3, 65]) {
      const made = await planOf(flipBit(short, footerAt - 512 + place));
      expect(made.lost).toEqual([{ offset: 8191 * 512, length: 512 }]);
    }
  });

  it('an empty image whose batmap is damaged keeps room for it', async () => {
    const image = buildVhd({ kind: 'dynamic', ...common, virtualSize: 16 * MIB });
    const broken = zeroFooter(overwrite(image, image.places.batmapAt ?? 0, 'xxxx'), 'end');
    const made = await planOf(broken);
    expect(made.findingsAfter.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(made.sizeAfter).toBe(image.size);
  });

  it('junk behind a footer that stands behind a gap is trimmed', async () => {
    const footer = readSparse(three, three.places.footerAt, 512);
    const made = await planOf(append(append(three, footer), 'x'.repeat(300)));
    expect(made.strategies).toEqual(['trim-trailing']);
    expect(made.sizeAfter).toBe(three.size + 512);
  });
});

describe('a fixed disk', () => {
  const cylinders = 151 * 4 * 17 * 512;
  const disk = buildVhd({ kind: 'fixed', ...common, virtualSize: 3 * MIB, writes: [{ sector: 0, count: 9, seed: 1 }] });

  it('with bytes before its footer gets it back on its sector', async () => {
    for (const distance of [37, 256]) {
      const made = await planOf(shift(disk, disk.places.footerAt, distance));
      expect(made.findingsBefore.map(({ code }) => code)).toContain('image.unaligned');
      expect(made).toMatchObject({ strategies: ['realign'], lost: [], sizeAfter: disk.size });
    }
  });

  it('of whole cylinders is a disk as one of whole MiB is', async () => {
    const sector = new Uint8Array(512);
    sector.set([0x55, 0xaa], 510);
    const odd = buildVhd({ kind: 'fixed', ...common, virtualSize: cylinders, writes: [{ sector: 0, bytes: sector }] });
    for (const broken of [dropFooter(odd), zeroFooter(odd, 'end')])
      expect(await planOf(broken)).toMatchObject({ strategies: ['footer-fixed-synthesise'], sizeAfter: odd.size });
  });

  it('whose own partition table reaches behind the end of the file says what is lost', async () => {
    const entry = Uint8Array.of(0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0);
    const image = cut(overwrite(overwrite(disk, 446, entry), 510, Uint8Array.of(0x55, 0xaa)), 2 * MIB);
    const made = await planOf(zero(image, 462, 48));
    expect(made.lost).toEqual([{ offset: 2 * MIB, length: MIB }]);
    expect(needsAcceptLoss(made)).toBe(true);
  });
});
