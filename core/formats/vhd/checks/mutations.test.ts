import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSparse, type SparseImage } from '../../../io/sparse.ts';
import { cut, overwrite } from '../../../testing/damage.ts';
import { fieldMutations } from '../../../testing/mutations.ts';
import { sealFooter, sealHeader } from '../build/seal.ts';
import type { BuiltVhd } from '../build/spec.ts';
import { batmapHeader, dynamicHeader, footer } from '../layout.ts';
import { child, dynamic, fixed, found, MIB } from './testing/found.ts';

const small = {
  virtualSize: 3 * MIB,
  blockSize: 512 * 1024,
  writes: [
    { sector: 5, count: 3, seed: 1 },
    { sector: 1030, count: 1100, seed: 2 },
  ],
};
const IMAGES = { dynamic: dynamic(small), child: child(small), fixed: fixed({ virtualSize: 64 * 1024, writes: [] }) };

/** What holds of findings of any image whatever. */
async function judge(image: SparseImage): Promise<Awaited<ReturnType<typeof found>>> {
  const findings = await found(image);
  expect(findings.length).toBeLessThan(150);
  for (const { message, offset, length, lost, code } of findings) {
    expect(message, code).toMatch(/^[^\s].*[.!?]$/s);
    expect(message, code).not.toMatch(/undefined|NaN|\[object/);
    if (offset !== null) expect(offset, code).toBeGreaterThanOrEqual(0);
    if (offset !== null && length) expect(offset + length, code).toBeLessThanOrEqual(image.size);
    let end = -1;
    for (const run of lost) {
      // in order, apart from each other, not empty
      expect(run.offset, code).toBeGreaterThan(end);
      expect(run.length, code).toBeGreaterThan(0);
      end = run.offset + run.length;
    }
  }
  return findings;
}

/** Stretches that a checksum, or a rule of its own, watches over. */
function covered(image: BuiltVhd): [from: number, to: number][] {
  const { copyAt, headerAt, tableAt, mapAt, footerAt } = image.places;
  const out: [number, number][] = [[footerAt, footerAt + 512]];
  if (copyAt !== null) out.push([copyAt, 512]);
  if (headerAt !== null) out.push([headerAt, headerAt + 1024]);
  if (tableAt !== null) out.push([tableAt, tableAt + 4 * 6]);
  if (mapAt !== null) out.push([mapAt, mapAt + 512]);
  return out;
}

describe.each(Object.entries(IMAGES))('any byte of the metadata of a %s image', (_, image) => {
  const metadata = covered(image).concat(
    image.places.batmapAt === null ? [] : [[image.places.batmapAt, image.places.batmapAt + 512]],
  );
  const place = fc.constantFrom(...metadata).chain(([from, to]) => fc.integer({ min: from, max: to - 1 }));

  it('can be anything: a watched one is noticed, and none makes the checks fail', async () => {
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const byte = readSparse(image, at, 1)[0]!;
        const findings = await judge(overwrite(image, at, Uint8Array.of(byte ^ change)));
        if (covered(image).some(([from, to]) => at >= from && at < to)) expect(findings).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('and so can several', async () => {
    const changes = fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { minLength: 2, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(changes, async (list) => {
        await judge(
          list.reduce<SparseImage>((changed, [at, byte]) => overwrite(changed, at, Uint8Array.of(byte)), image),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('every field with every breaking value, under a right checksum', () => {
  const image = IMAGES.child;
  const { headerAt, footerAt, batmapAt } = image.places;
  it('of the footers', async () => {
    for (const { apply } of fieldMutations(footer, readSparse(image, footerAt, 512))) {
      const sealed = sealFooter({}, apply(readSparse(image, footerAt, 512)));
      await judge(overwrite(overwrite(image, footerAt, sealed), 0, sealed));
      await judge(overwrite(image, footerAt, sealed));
      await judge(overwrite(image, 0, sealed));
    }
  });

  it('of the header', async () => {
    const bytes = readSparse(image, headerAt!, 1024);
    for (const { apply } of fieldMutations(dynamicHeader, bytes)) {
      await judge(overwrite(image, headerAt!, sealHeader({}, apply(bytes))));
    }
  });

  it('of the batmap', async () => {
    const bytes = readSparse(image, batmapAt!, 512);
    for (const { apply } of fieldMutations(batmapHeader, bytes)) await judge(overwrite(image, batmapAt!, apply(bytes)));
  });
});

it.each(Object.entries(IMAGES))('a %s image cut anywhere is judged, and found wanting', async (kind, image) => {
  const cuts = fc.oneof(
    fc.integer({ min: 0, max: image.size - 2 }),
    fc.integer({ min: 0, max: 4096 }),
    fc.integer({ min: image.size - 1024, max: image.size - 2 }),
  );
  await fc.assert(
    fc.asyncProperty(cuts, async (size) => {
      const findings = await judge(cut(image, size));
      expect(
        findings.map(({ severity }) => severity),
        `${kind} cut at ${size}`,
      ).toContain('error');
    }),
    { numRuns: 150 },
  );
});

it('random bytes under a VHD name are an error of the whole file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
      const findings = await judge({ size: bytes.length, extents: bytes.length > 0 ? [{ at: 0, bytes }] : [] });
      expect(findings).toHaveLength(1);
    }),
  );
});
