import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../structure/codecs.ts';
import { chsFor, mbr, mbrPartition } from './layout.ts';

// Written by sfdisk: an active 16 MiB of FAT16 from 1 MiB, and at the end an extended partition
const SFDISK = {
  partition1: '80202100062a28020008000000800000',
  partition4: '00c03b060f34201400a80100004c0300',
};

describe('the MBR’s table', () => {
  it('reads what sfdisk wrote', () => {
    expect(mbrPartition.parse(fromHex(SFDISK.partition1))).toEqual({
      status: 0x80,
      firstChs: { cylinder: 0, head: 32, sector: 33 },
      type: 0x06,
      lastChs: { cylinder: 2, head: 42, sector: 40 },
      firstLba: 2048,
      sectorCount: 32_768,
    });
  });

  it('writes what sfdisk wrote', () => {
    const entry = (status: number, type: number, firstLba: number, sectorCount: number) =>
      toHex(
        mbrPartition.serialise({
          status,
          type,
          firstLba,
          sectorCount,
          firstChs: chsFor(firstLba),
          lastChs: chsFor(firstLba + sectorCount - 1),
        }),
      );
    expect(entry(0x80, 0x06, 2048, 32_768)).toBe(SFDISK.partition1);
    expect(entry(0, 0x0f, 108_544, 216_064)).toBe(SFDISK.partition4);
  });

  it('gives up on CHS where three bytes end', () => {
    expect(chsFor(1024 * 255 * 63 - 1)).toEqual({ cylinder: 1023, head: 254, sector: 63 });
    expect(chsFor(1024 * 255 * 63)).toEqual({ cylinder: 1023, head: 254, sector: 63 });
    const bytes = mbrPartition.serialise({ lastChs: chsFor(2 ** 31) });
    expect(toHex(bytes.subarray(5, 8))).toBe('feffff');
  });

  it('explains a whole sector', () => {
    const sector = new Uint8Array(512);
    sector.set([0x9a, 0x78, 0x56, 0x34], 440);
    sector.set(fromHex(SFDISK.partition1), 446);
    sector.set([0x55, 0xaa], 510);
    const fields = Object.fromEntries(mbr.decode(sector).map(({ name, text, note }) => [name, [text, note]]));
    expect(fields).toMatchObject({
      diskSignature: ['0x3456789a', null],
      partition1: ['0x06, 32768 sectors from 2048', 'FAT16, 16 MiB'],
      partition2: ['not used', null],
      signature: ['55aa', null],
    });
    sector[511] = 0;
    expect(mbr.decode(sector).find(({ name }) => name === 'signature')?.note).toBe('should be 55aa');
  });
});
