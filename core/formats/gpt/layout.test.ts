import { describe, expect, it } from 'vitest';
import { crc32 } from '../../structure/checksum.ts';
import { fromHex, toHex } from '../../structure/codecs.ts';
import { GPT_HEADER_LENGTH, gptEntry, gptHeader } from './layout.ts';

// Written by sgdisk: the backup header in the last sector of a disk of 240 MiB, and one of its entries
const HEADER =
  '4546492050415254000001005c00000072fdde4800000000ff7f07000000000001000000000000002200000000000000de7f070000000000' +
  'aaaaaaaabbbbcc4c8dddeeeeeeeeee01df7f070000000000800000008000000064daf49f';
const ENTRY =
  '28732ac11ff8d211ba4b00a0c93ec93b05b449770ff78f44b6983f1717ca4d500020000000000000ff9f0000000000000400000000000000' +
  '450046004900200073007900730000000000000000000000000000000000000000000000000000000000000000000000000000000000000000' +
  '000000000000000000000000000000';

describe('the GPT’s tables', () => {
  it('read the header that sgdisk wrote, and its checksum holds', () => {
    const sector = new Uint8Array(512);
    sector.set(fromHex(HEADER));
    const header = gptHeader.parse(sector);
    expect(header).toMatchObject({
      signature: 'EFI PART',
      revision: 0x0001_0000,
      headerSize: GPT_HEADER_LENGTH,
      myLba: 491_519n,
      alternateLba: 1n,
      firstUsableLba: 34n,
      lastUsableLba: 491_486n,
      diskGuid: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeee01',
      partitionEntryLba: 491_487n,
      numberOfPartitionEntries: 128,
      sizeOfPartitionEntry: 128,
    });
    const summed = gptHeader.serialise({ headerCrc32: 0 }, sector).subarray(0, header.headerSize);
    expect(crc32(summed)).toBe(header.headerCrc32);
    expect(toHex(gptHeader.serialise(header))).toBe(toHex(sector));
  });

  it('read and explain an entry that sgdisk wrote', () => {
    const bytes = fromHex(ENTRY);
    expect(gptEntry.parse(bytes)).toEqual({
      partitionTypeGuid: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
      uniquePartitionGuid: '7749b405-f70f-448f-b698-3f1717ca4d50',
      startingLba: 8192n,
      endingLba: 40_959n,
      attributes: 4n,
      partitionName: 'EFI sys',
    });
    const notes = gptEntry.decode(bytes).map(({ name, note }) => [name, note]);
    expect(notes).toContainEqual(['partitionTypeGuid', 'EFI system partition']);
    expect(notes).toContainEqual(['attributes', 'legacy bootable']);
    expect(toHex(gptEntry.serialise(gptEntry.parse(bytes)))).toBe(ENTRY);
  });
});
