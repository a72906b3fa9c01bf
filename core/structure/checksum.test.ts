import { describe, expect, it } from 'vitest';
import { crc32, onesComplementSum } from './checksum.ts';

describe('checksums', () => {
  it('computes the CRC-32 check value of the catalogues', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf4_3926);
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it('sums the bytes of a VHD structure, its checksum counting as zero', () => {
    expect(onesComplementSum(Uint8Array.of(1, 2, 0xff, 0xff, 0xff, 0xff, 3), 2)).toBe(~6 >>> 0);
  });
});
