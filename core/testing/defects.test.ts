import { describe, expect, it } from 'vitest';
import { buildVhd } from '../formats/vhd/build/build.ts';
import { sealFooter, sealHeader } from '../formats/vhd/build/seal.ts';
import { type BuiltVhd, CREATORS } from '../formats/vhd/build/spec.ts';
import { batmapHeader, dynamicHeader, footer } from '../formats/vhd/layout.ts';
import { readVhd } from '../formats/vhd/read.ts';
import { CountedSource } from '../io/source.ts';
import { readSparse, type SparseImage } from '../io/sparse.ts';
import { hideOldStyle, overwrite, patch, patchFooter, shift } from './damage.ts';
import { CHILD_DEFECTS, DEFECTS, type Defect, FIXED_DEFECTS } from './defects.ts';
import { fieldMutations } from './mutations.ts';
import { SparseSource } from './sparse-source.ts';

const common = {
  virtualSize: 64 * 1024 * 1024,
  id: 'c54ad692-0ce2-4dad-aa3f-e84a7ff1b95e',
  timeStamp: 762_952_080,
  writes: [
    { sector: 12_305, count: 5, seed: 1 },
    { sector: 4100, count: 100, seed: 1 },
  ],
};
const dynamic = buildVhd({ kind: 'dynamic', ...common });
const fixed = buildVhd({ kind: 'fixed', ...common });
const child = buildVhd({
  kind: 'differencing',
  ...common,
  parent: { id: '671166df-c1dc-4b5e-a2f8-7722a59a2996', name: 'base.vhd', timeStamp: 762_952_020 },
});

const all: [string, BuiltVhd, Defect][] = [
  ...Object.entries<Defect>(DEFECTS).map(([name, defect]): [string, BuiltVhd, Defect] => [name, dynamic, defect]),
  ...Object.entries<Defect>(DEFECTS).map(([name, defect]): [string, BuiltVhd, Defect] => [
    `child: ${name}`,
    child,
    defect,
  ]),
  ...Object.entries<Defect>(CHILD_DEFECTS).map(([name, defect]): [string, BuiltVhd, Defect] => [name, child, defect]),
  ...Object.entries<Defect>(FIXED_DEFECTS).map(([name, defect]): [string, BuiltVhd, Defect] => [name, fixed, defect]),
];

const bytesOf = (image: SparseImage) => Buffer.from(readSparse(image, 0, image.size).buffer);

/** Whatever a fault promises, reading costs no more than the file once and the search for a footer. */
const SEARCH = 1024 * 1024;

async function readBounded(image: SparseImage) {
  const source = new CountedSource(new SparseSource(image));
  const vhd = await readVhd(source);
  expect(source.bytes).toBeLessThan(image.size + SEARCH + 64 * 1024);
  return vhd;
}

describe('every defect', () => {
  it.each(all)(
    '%s: the damaged copy differs, the original stays, and reading it does no harm',
    async (_, image, defect) => {
      const before = bytesOf(image);
      const damaged = defect(image);
      expect(before.equals(bytesOf(damaged))).toBe(false);
      expect(before.equals(bytesOf(image))).toBe(true);
      await readBounded(damaged);
    },
  );
});

describe('damage where it counts', () => {
  it('moves what follows an offset, and leaves what precedes it', () => {
    const image = { size: 6, extents: [{ at: 0, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6) }] };
    expect([...bytesOf(shift(image, 4, 2))]).toEqual([1, 2, 3, 4, 0, 0, 5, 6]);
    expect([...bytesOf(shift(image, 4, -2))]).toEqual([1, 2, 5, 6]);
  });

  it('makes footers that are wrong in one field only, checksums right', async () => {
    const { footers } = await readBounded(patchFooter(dynamic, { diskType: 7 }, 'both'));
    expect(footers.end).toMatchObject({ valid: true, checksumOk: true, value: { diskType: 7 } });
    expect(footers.copy).toMatchObject({ valid: true, checksumOk: true, value: { diskType: 7 } });
    const unsealed = await readBounded(patchFooter(dynamic, { diskType: 7 }, 'end', { seal: false }));
    expect(unsealed.footers.end).toMatchObject({ valid: false, checksumOk: false });
    expect(unsealed.footer?.place).toBe('copy');
  });

  it('sets any field of any structure by its table', async () => {
    const { header } = await readBounded(patch(dynamic, dynamicHeader, 512, { blockSize: 4096 }));
    expect(header).toMatchObject({ checksumOk: false, value: { blockSize: 4096, maxTableEntries: 32 } });
  });

  it('hides an image as early blktap did', async () => {
    const old = buildVhd({ kind: 'dynamic', ...common, creator: CREATORS.tapdisk11 });
    const { footer: chosen } = await readBounded(hideOldStyle(old));
    expect(chosen).toMatchObject({ place: 'end', valid: true, checksumOk: false, hiddenChecksum: true });
    expect(chosen?.value.hidden).toBe(1);
  });
});

describe('reading a VHD in which one field says anything', () => {
  const { headerAt, batmapAt, footerAt } = child.places;
  const at = (place: number | null, bytes: Uint8Array) => overwrite(child, place ?? 0, bytes);
  const places = [
    { name: 'the end footer', table: footer, place: footerAt, sealed: null },
    {
      name: 'both footers',
      table: footer,
      place: 0,
      sealed: (bytes: Uint8Array) => overwrite(at(0, sealFooter({}, bytes)), footerAt, sealFooter({}, bytes)),
    },
    {
      name: 'the header',
      table: dynamicHeader,
      place: headerAt,
      sealed: (bytes: Uint8Array) => at(headerAt, sealHeader({}, bytes)),
    },
    { name: 'the batmap', table: batmapHeader, place: batmapAt, sealed: null },
  ];
  it.each(places)('$name', async ({ table, place, sealed }) => {
    const sound = readSparse(child, place ?? 0, table.length);
    let count = 0;
    for (const { apply } of fieldMutations<object>(table, sound)) {
      const bytes = apply(sound);
      await readBounded(at(place, bytes));
      // with a right checksum the value is believed, and goes deeper
      if (sealed) await readBounded(sealed(bytes));
      count += 1;
    }
    expect(count).toBeGreaterThan(table.fields.length * 3);
  });
});
