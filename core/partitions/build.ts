import { GPT_ENTRY_LENGTH, GPT_HEADER_LENGTH, GPT_SIGNATURE, gptEntry, gptHeader } from '../formats/gpt/layout.ts';
import { BOOTABLE, CHS_TOO_FAR, chsFor, MBR_SIGNATURE, mbr, mbrPartition } from '../formats/mbr/layout.ts';
import { crc32 } from '../structure/checksum.ts';

/** Bytes that make up part of a table, and where they go. */
export interface TableWrite {
  /** Byte offset on the disk. */
  at: number;
  bytes: Uint8Array;
  structure: string;
  /** What it is, for people. */
  title: string;
}

export interface MbrEntryValue {
  /** 1 to 4. */
  number: number;
  start: number;
  sectors: number;
  type: number;
  bootable: boolean;
}

const ENTRIES_AT = 446;
const MAX_LBA = 0xffff_ffff;
/** Bytes of entries that the format keeps room for. */
const ARRAY_LENGTH = 128 * GPT_ENTRY_LENGTH;

/** The first sector with these entries; code, disk signature and entries that say the same stay as they are in `base`. */
export function buildMbr(base: Uint8Array, entries: readonly MbrEntryValue[]): TableWrite {
  const bytes = mbr.serialise({ signature: MBR_SIGNATURE }, base.slice(0, mbr.length));
  const old = mbr.parse(base);
  const slots = [old.partition1, old.partition2, old.partition3, old.partition4];
  for (const [slot, was] of slots.entries()) {
    const entry = entries.find(({ number }) => number === slot + 1);
    const at = ENTRIES_AT + slot * mbrPartition.length;
    if (!entry) {
      bytes.fill(0, at, at + mbrPartition.length);
      continue;
    }
    const { start, sectors, type } = entry;
    const status = entry.bootable ? BOOTABLE : 0;
    if (was.firstLba === start && was.sectorCount === sectors && was.type === type && was.status === status) continue;
    bytes.set(
      mbrPartition.serialise({
        status,
        type,
        firstChs: chsFor(start),
        lastChs: chsFor(start + sectors - 1),
        firstLba: start,
        sectorCount: sectors,
      }),
      at,
    );
  }
  return { at: 0, bytes, structure: mbr.id, title: 'master boot record' };
}

export interface GptEntryValue {
  /** From 1. */
  number: number;
  start: number;
  end: number;
  guid: string;
  id: string;
  name: string;
  attributes: bigint;
  /** The entry as it stood; what is not known of it is kept. */
  raw: Uint8Array | null;
}

export interface GptValue {
  sectors: number;
  /** Bytes. */
  sectorSize: number;
  diskId: string;
  entries: readonly GptEntryValue[];
  /** Sector 0 as it is: its code stays. */
  boot: Uint8Array;
  /** Whether the backup may be the only copy that is left, so that the primary is written first. */
  primaryFirst: boolean;
}

/** First and last sector a GPT of the usual 128 entries leaves to partitions. */
export function usableSectors(sectors: number, sectorSize: number): { first: number; last: number } {
  const array = Math.ceil(ARRAY_LENGTH / sectorSize);
  return { first: 2 + array, last: sectors - array - 2 };
}

/** A whole GPT, both copies and the protective MBR, in the order in which it is safe to write. */
export function buildGpt({ sectors, sectorSize, diskId, entries, boot, primaryFirst }: GptValue): TableWrite[] {
  const array = new Uint8Array(ARRAY_LENGTH);
  for (const entry of entries) array.set(gptEntryBytes(entry), (entry.number - 1) * GPT_ENTRY_LENGTH);
  const { first, last } = usableSectors(sectors, sectorSize);
  const header = (myLba: number, alternateLba: number, entriesAt: number): Uint8Array => {
    const values = {
      signature: GPT_SIGNATURE,
      revision: 0x0001_0000,
      headerSize: GPT_HEADER_LENGTH,
      headerCrc32: 0,
      myLba: BigInt(myLba),
      alternateLba: BigInt(alternateLba),
      firstUsableLba: BigInt(first),
      lastUsableLba: BigInt(last),
      diskGuid: diskId,
      partitionEntryLba: BigInt(entriesAt),
      numberOfPartitionEntries: ARRAY_LENGTH / GPT_ENTRY_LENGTH,
      sizeOfPartitionEntry: GPT_ENTRY_LENGTH,
      partitionEntryArrayCrc32: crc32(array),
    };
    const headerCrc32 = crc32(gptHeader.serialise(values).subarray(0, GPT_HEADER_LENGTH));
    return gptHeader.serialise({ ...values, headerCrc32 });
  };
  const copy = (lba: number, twin: number, arrayLba: number, title: string): TableWrite[] => [
    { at: arrayLba * sectorSize, bytes: array, structure: gptEntry.id, title: `entries of the ${title}` },
    { at: lba * sectorSize, bytes: header(lba, twin, arrayLba), structure: gptHeader.id, title },
  ];
  const primary = copy(1, sectors - 1, 2, 'primary GPT');
  const backup = copy(sectors - 1, 1, last + 1, 'backup GPT');
  const copies = primaryFirst ? [...primary, ...backup] : [...backup, ...primary];
  return [...copies, protectiveMbr(boot, sectors)];
}

function gptEntryBytes({ start, end, guid, id, name, attributes, raw }: GptEntryValue): Uint8Array {
  const places = { startingLba: BigInt(start), endingLba: BigInt(end), partitionTypeGuid: guid };
  if (raw) return gptEntry.serialise(places, raw.slice(0, GPT_ENTRY_LENGTH));
  const bytes = gptEntry.serialise({ ...places, uniquePartitionGuid: id, attributes, partitionName: name });
  // ESXi leaves ff behind the end of a name
  if (name === '') bytes.fill(0xff, 58);
  return bytes;
}

/** One entry over the whole disk, in the form ESXi writes it; one that is there already stays. */
function protectiveMbr(boot: Uint8Array, sectors: number): TableWrite {
  const bytes = mbr.serialise({ signature: MBR_SIGNATURE }, boot.slice(0, mbr.length));
  const old = mbr.parse(boot);
  const has = boot[510] === 0x55 && boot[511] === 0xaa;
  const slots = [old.partition1, old.partition2, old.partition3, old.partition4];
  const count = Math.min(sectors - 1, MAX_LBA);
  if (
    !has ||
    !slots.some(({ type, firstLba, sectorCount }) => type === 0xee && firstLba === 1 && sectorCount === count)
  ) {
    bytes.fill(0, ENTRIES_AT, ENTRIES_AT + 4 * mbrPartition.length);
    bytes.set(
      mbrPartition.serialise({
        status: 0,
        type: 0xee,
        firstChs: { cylinder: 0, head: 0, sector: 1 },
        lastChs: CHS_TOO_FAR,
        firstLba: 1,
        sectorCount: count,
      }),
      ENTRIES_AT,
    );
  }
  return { at: 0, bytes, structure: mbr.id, title: 'protective MBR' };
}
