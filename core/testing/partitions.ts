import { GPT_ENTRY_LENGTH, GPT_HEADER_LENGTH, GPT_SIGNATURE, gptEntry, gptHeader } from '../formats/gpt/layout.ts';
import { BOOTABLE, chsFor, MBR_SIGNATURE, mbr, mbrPartition } from '../formats/mbr/layout.ts';
import { readSparse, SparseBuilder } from '../io/sparse.ts';
import { crc32 } from '../structure/checksum.ts';

const ENTRIES_AT = 446;

export interface MbrEntrySpec {
  /** 1 to 4. */
  slot: number;
  type: number;
  start: number;
  sectors: number;
  active?: boolean;
}

/** An empty disk of so many sectors. */
export function diskOf(sectors: number, sectorSize = 512): SparseBuilder {
  const disk = new SparseBuilder();
  disk.resize(sectors * sectorSize);
  return disk;
}

/** Puts a master boot record, or an extended one, into a sector. In an extended one places count as its own do. */
export function putBootRecord(
  disk: SparseBuilder,
  entries: readonly MbrEntrySpec[],
  { sector = 0, sectorSize = 512, diskSignature = 0 } = {},
): void {
  const bytes = mbr.serialise({ diskSignature, signature: MBR_SIGNATURE });
  for (const { slot, type, start, sectors, active } of entries) {
    const entry = mbrPartition.serialise({
      status: active ? BOOTABLE : 0,
      type,
      firstChs: chsFor(sector + start),
      lastChs: chsFor(sector + start + sectors - 1),
      firstLba: start,
      sectorCount: sectors,
    });
    bytes.set(entry, ENTRIES_AT + (slot - 1) * 16);
  }
  disk.put(sector * sectorSize, bytes);
}

export interface GptEntrySpec {
  /** From 1. */
  number: number;
  type: string;
  id: string;
  start: number;
  end: number;
  name?: string;
  attributes?: bigint;
}

export const GPT_DISK_ID = '9c4f1c6e-0d4b-4e7b-8a34-5f1f35a30c01';

export interface GptSpec {
  sectorSize?: number;
  /** Sectors the disk got after the table was made. */
  grownBy?: number;
  protective?: boolean;
  vmwareNames?: boolean;
  /** Entries the table has room for, and bytes of each. */
  count?: number;
  entryLength?: number;
  /** By itself as much as the copies leave. */
  firstUsable?: number;
  lastUsable?: number;
}

/** Puts a GPT, primary and backup, with a protective MBR. */
export function putGpt(disk: SparseBuilder, entries: readonly GptEntrySpec[], spec: GptSpec = {}): void {
  const { sectorSize = 512, grownBy = 0, protective = true, vmwareNames = false } = spec;
  const { count = 128, entryLength = GPT_ENTRY_LENGTH } = spec;
  const last = disk.size / sectorSize - 1 - grownBy;
  const arraySectors = Math.ceil((count * entryLength) / sectorSize);
  const { firstUsable = 2 + arraySectors, lastUsable = last - arraySectors - 1 } = spec;
  const array = new Uint8Array(count * entryLength);
  for (const { number, type, id, start, end, name = '', attributes = 0n } of entries) {
    const entry = gptEntry.serialise({
      partitionTypeGuid: type,
      uniquePartitionGuid: id,
      startingLba: BigInt(start),
      endingLba: BigInt(end),
      attributes,
      partitionName: name,
    });
    if (vmwareNames) entry.fill(0xff, 58);
    array.set(entry, (number - 1) * entryLength);
  }
  const header = (myLba: number, alternateLba: number, entriesAt: number): Uint8Array => {
    const values = {
      signature: GPT_SIGNATURE,
      revision: 0x0001_0000,
      headerSize: GPT_HEADER_LENGTH,
      headerCrc32: 0,
      myLba: BigInt(myLba),
      alternateLba: BigInt(alternateLba),
      firstUsableLba: BigInt(firstUsable),
      lastUsableLba: BigInt(lastUsable),
      diskGuid: GPT_DISK_ID,
      partitionEntryLba: BigInt(entriesAt),
      numberOfPartitionEntries: count,
      sizeOfPartitionEntry: entryLength,
      partitionEntryArrayCrc32: crc32(array),
    };
    const headerCrc32 = crc32(gptHeader.serialise(values).subarray(0, GPT_HEADER_LENGTH));
    return gptHeader.serialise({ ...values, headerCrc32 });
  };
  if (protective) putBootRecord(disk, [{ slot: 1, type: 0xee, start: 1, sectors: last }]);
  disk.put(sectorSize, header(1, last, 2));
  disk.put(2 * sectorSize, array);
  disk.put((last - arraySectors) * sectorSize, array);
  disk.put(last * sectorSize, header(last, 1, last - arraySectors));
}

/** Changes one byte, so that a checksum over it no longer holds. */
export function flipByte(disk: SparseBuilder, at: number): void {
  disk.put(at, Uint8Array.of((readSparse(disk, at, 1)[0] ?? 0) ^ 0xff));
}
