import { describe, expect, it } from 'vitest';
import { footer } from '../../../core/formats/vhd/layout.ts';
import { differences, differingFields, diffLines, nextDifference } from './diff.ts';
import { zeroFolds } from './folds.ts';

function footers(): [Uint8Array, Uint8Array] {
  const a = footer.serialise({
    cookie: 'conectix',
    features: 2,
    currentSize: 0x28_0000_0000n,
    checksum: 0xffff_ef70,
    hidden: 1,
  });
  const b = footer.serialise({
    cookie: 'conectix',
    features: 2,
    currentSize: 0x2_6000_0000n,
    checksum: 0xffff_f173,
    hidden: 0,
  });
  return [a, b];
}

describe('a footer against its copy', () => {
  const [a, b] = footers();
  const found = differences(a, b);

  it('finds the bytes that differ, and their fields', () => {
    expect(found).toEqual([
      { at: 51, length: 2 },
      { at: 66, length: 2 },
      { at: 85, length: 1 },
    ]);
    expect(differingFields(found, footer.fields)).toEqual(['currentSize', 'checksum', 'hidden']);
  });

  it('folds what is equal into lines that say how much', () => {
    expect(diffLines(a, b, footer.fields)).toEqual([
      { kind: 'equal', at: 0, length: 48, note: '48 bytes equal: cookie … originalSize' },
      { kind: 'pair', at: 48, length: 16 },
      { kind: 'pair', at: 64, length: 16 },
      { kind: 'pair', at: 80, length: 16 },
      { kind: 'equal', at: 96, length: 416, note: '416 bytes equal, all zero' },
    ]);
  });

  it('shows the byte that a short footer lacks as a difference', () => {
    const lines = diffLines(a.subarray(0, 511), b, footer.fields);
    expect(lines.at(-1)).toEqual({ kind: 'pair', at: 496, length: 16 });
    expect(differences(a.subarray(0, 511), b).at(-1)).toEqual({ at: 511, length: 1 });
  });

  it('goes round from difference to difference', () => {
    expect(nextDifference(found, null, 1)?.at).toBe(51);
    expect(nextDifference(found, 51, 1)?.at).toBe(66);
    expect(nextDifference(found, 85, 1)?.at).toBe(51);
    expect(nextDifference(found, 66, -1)?.at).toBe(51);
    expect(nextDifference(found, 51, -1)?.at).toBe(85);
    expect(nextDifference([], 5, 1)).toBeNull();
  });
});

describe('zeroFolds', () => {
  it('folds the reserved end of a footer', () => {
    const [a] = footers();
    expect(zeroFolds(0x1000, a, footer.fields).at(-1)).toEqual({
      at: 0x1060,
      length: 416,
      note: '416 zero bytes, reserved',
    });
  });

  it('leaves a single row of zeros alone', () => {
    const bytes = new Uint8Array(48).fill(1);
    bytes.fill(0, 16, 32);
    expect(zeroFolds(0, bytes, [])).toEqual([]);
  });
});
