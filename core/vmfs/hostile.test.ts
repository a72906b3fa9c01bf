import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SparseBuilder } from '../io/sparse.ts';
import { articleLun } from '../testing/article-lun.ts';
import { SparseSource } from '../testing/sparse-source.ts';
import { SAMPLE_DISK_ID, vmfsDisk } from '../testing/vmfs.ts';
import { readHeartbeats } from './heartbeats.ts';
import { explainLines } from './identifiers.ts';
import { vmfsParts } from './parts.ts';
import { presentedFrom } from './presented.ts';
import { bestAnswer } from './snapshot.ts';
import { joinSpans } from './spans.ts';
import { summariseVolume } from './summary.ts';
import { readVolumes } from './volumes.ts';

const START = 2048 * 512;
const MIB = 1024 * 1024;

/** Offsets of the structures that are damaged, from the partition's start. */
const PLACES = [0x100000, 0x100200, 0x101000, 0x1300000, 0x1400000];

const damage = fc.record({
  place: fc.constantFrom(...PLACES),
  skip: fc.nat(0x1ff),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 24 }),
});

const presented = presentedFrom(`vml.0200030000${SAMPLE_DISK_ID}`, null);

describe('damaged headers', () => {
  it('never throw, never ask for much, and always give a document', async () => {
    const versions = ([3, 5, 6] as const).map((version) =>
      vmfsDisk({ start: START, totalBytes: 280 * MIB, version }, { size: 288 * MIB }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...versions), fc.array(damage, { maxLength: 4 }), async (image, all) => {
        const builder = new SparseBuilder(image);
        for (const { place, skip, bytes } of all) builder.put(START + place + skip, bytes);
        const source = new SparseSource(builder.image());
        const { volumes } = await readVolumes(source, { search: 'never' });
        for (const volume of volumes) {
          const snapshot = volume.lvm && bestAnswer(volume.lvm, presented);
          const heartbeats = volume.fs && (await readHeartbeats(source, volume.fs));
          expect(() => JSON.stringify(summariseVolume({ volume, snapshot, heartbeats }))).not.toThrow();
        }
        for (const { at, length } of vmfsParts(volumes)) {
          expect(Number.isSafeInteger(at)).toBe(true);
          expect(length).toBeLessThanOrEqual(8 * MIB);
        }
        joinSpans([volumes]);
      }),
      { numRuns: 60 },
    );
  });

  it('of all ones are no volume', async () => {
    const image = new SparseBuilder(articleLun());
    for (const place of PLACES) image.put(128 * 512 + place + 4, new Uint8Array(508).fill(0xff));
    const { volumes } = await readVolumes(new SparseSource(image.image()), { search: 'never' });
    expect(volumes).toEqual([]);
  });
});

describe('texts', () => {
  it('of any kind are explained, or not understood', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        for (const { kind } of explainLines(`vml.${text}`)) expect(kind).toBeTypeOf('string');
        explainLines(text);
      }),
    );
    const long = `${'-> '.repeat(50_000)}\n${'vml.'.repeat(50_000)}\n${'a-'.repeat(100_000)}`;
    expect(explainLines(long).map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'unknown']);
  });
});
