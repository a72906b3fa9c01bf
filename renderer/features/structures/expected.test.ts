import { describe, expect, it } from 'vitest';
import { footer } from '../../../core/formats/vhd/layout.ts';
import { onesComplementSum } from '../../../core/structure/checksum.ts';
import { expectedValues } from './expected.ts';

describe('expectedValues', () => {
  const plain = footer.serialise({ cookie: 'conectix', features: 2 });
  const right = onesComplementSum(plain, 64);

  it('says what a wrong checksum should be', () => {
    const wrong = footer.serialise({ checksum: right + 1 }, plain);
    expect(expectedValues('vhd.footer', wrong).get('checksum')).toBe(`0x${right.toString(16)}`);
  });

  it('says nothing of a right one, or of what it cannot compute', () => {
    expect(expectedValues('vhd.footer', footer.serialise({ checksum: right }, plain)).size).toBe(0);
    expect(expectedValues('vhd.batmap', plain).size).toBe(0);
  });
});
