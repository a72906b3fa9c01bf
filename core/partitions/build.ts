import { GPT_ENTRY_LENGTH, GPT_HEADER_LENGTH, GPT_SIGNATURE, gptEntry, gptHeader } from '../formats/gpt/layout.ts';
import {
  BOOTABLE,
  CHS_TOO_FAR,
  chsFor,
  MBR_SIGNATURE,
  type MbrPartition,
  mbr,
  mbrPartition,
} from '../formats/mbr/layout.ts';
import { crc32 } from '../structure/checksum.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import { type ProvedGpt, type TableRoom, usableSectors } from './proved.ts';

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
  /** The copy that holds; null for a table that is new. */
  proved: ProvedGpt | null;
}

/** What a new GPT of the usual 128 entries leaves to partitions. */
export function usualRoom({ sectors, sectorSize }: { sectors: number; sectorSize: number }): TableRoom {
  return { ...usableSectors(sectors, sectorSize, ARRAY_LENGTH), entries: ARRAY_LENGTH / GPT_ENTRY_LENGTH };
}

/**
 * A whole GPT, both copies and the protective MBR, in the order in which it is safe to write. From a proved copy all is taken
 * that it says, and where entries and the disk's end are as it says, only what is not whole is written.
 */
export function buildGpt(value: GptValue): TableWrite[] {
  const { sectors, sectorSize, proved, boot, primaryFirst } = value;
  const array = arrayOf(value);
  const { first, last } = usableSectors(sectors, sectorSize, array.length);
  const same = proved !== null && !proved.moved && equal(array, proved.array);
  const header = (myLba: number, alternateLba: number, entriesAt: number): Uint8Array => {
    const places = {
      headerCrc32: 0,
      myLba: BigInt(myLba),
      alternateLba: BigInt(alternateLba),
      partitionEntryLba: BigInt(entriesAt),
      partitionEntryArrayCrc32: crc32(array),
      ...(proved?.moved ? { lastUsableLba: BigInt(last) } : {}),
    };
    const bytes = proved?.header.slice() ?? freshHeader(value, { first, last });
    bytes.set(gptHeader.serialise(places, bytes));
    const length = proved?.value.headerSize ?? GPT_HEADER_LENGTH;
    bytes.set(gptHeader.serialise({ headerCrc32: crc32(bytes.subarray(0, length)) }, bytes));
    return bytes;
  };
  const copy = (which: 'primary' | 'backup', lba: number, twin: number, usual: number): TableWrite[] => {
    if (same && proved.whole[which]) return [];
    const arrayLba = proved?.entriesLba[which] ?? usual;
    const title = `${which} GPT`;
    return [
      { at: arrayLba * sectorSize, bytes: array, structure: gptEntry.id, title: `entries of the ${title}` },
      { at: lba * sectorSize, bytes: header(lba, twin, arrayLba), structure: gptHeader.id, title },
    ];
  };
  const primary = copy('primary', 1, sectors - 1, 2);
  const backup = copy('backup', sectors - 1, 1, last + 1);
  const copies = primaryFirst ? [...primary, ...backup] : [...backup, ...primary];
  return [...copies, protectiveMbr(boot, sectors)];
}

/** The entries as bytes; those that say what the proved ones say stay as they are. */
function arrayOf({ entries, proved }: GptValue): Uint8Array {
  const array = proved?.array.slice() ?? new Uint8Array(ARRAY_LENGTH);
  const entryLength = proved?.entryLength ?? GPT_ENTRY_LENGTH;
  const byNumber = new Map(entries.map((entry) => [entry.number, entry]));
  for (let at = 0, number = 1; at + entryLength <= array.length; at += entryLength, number += 1) {
    const entry = byNumber.get(number);
    const was = gptEntry.parse(array, at);
    if (!entry) {
      if (was.partitionTypeGuid !== NIL_UUID) array.fill(0, at, at + entryLength);
      continue;
    }
    const { start, end, guid } = entry;
    const stays = was.startingLba === BigInt(start) && was.endingLba === BigInt(end) && was.partitionTypeGuid === guid;
    if (!stays) array.set(gptEntryBytes(entry), at);
  }
  return array;
}

function freshHeader({ sectorSize, diskId }: GptValue, { first, last }: Pick<TableRoom, 'first' | 'last'>): Uint8Array {
  const out = new Uint8Array(sectorSize);
  out.set(
    gptHeader.serialise({
      signature: GPT_SIGNATURE,
      revision: 0x0001_0000,
      headerSize: GPT_HEADER_LENGTH,
      firstUsableLba: BigInt(first),
      lastUsableLba: BigInt(last),
      diskGuid: diskId,
      numberOfPartitionEntries: ARRAY_LENGTH / GPT_ENTRY_LENGTH,
      sizeOfPartitionEntry: GPT_ENTRY_LENGTH,
    }),
  );
  return out;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function gptEntryBytes({ start, end, guid, id, name, attributes, raw }: GptEntryValue): Uint8Array {
  const places = { startingLba: BigInt(start), endingLba: BigInt(end), partitionTypeGuid: guid };
  if (raw) return gptEntry.serialise(places, raw.slice(0, GPT_ENTRY_LENGTH));
  const bytes = gptEntry.serialise({ ...places, uniquePartitionGuid: id, attributes, partitionName: name });
  // ESXi leaves ff behind the end of a name
  if (name === '') bytes.fill(0xff, 58);
  return bytes;
}

/** One entry over the whole disk, in the form ESXi writes it; one that is there already stays, and so does a hybrid MBR. */
function protectiveMbr(boot: Uint8Array, sectors: number): TableWrite {
  const bytes = mbr.serialise({ signature: MBR_SIGNATURE }, boot.slice(0, mbr.length));
  const old = mbr.parse(boot);
  const has = boot[510] === 0x55 && boot[511] === 0xaa;
  const slots = [old.partition1, old.partition2, old.partition3, old.partition4];
  const count = Math.min(sectors - 1, MAX_LBA);
  const used = slots.filter(({ sectorCount }) => sectorCount > 0);
  // Windows always says that it reaches as far as an entry can
  const stays = ({ type, firstLba, sectorCount }: MbrPartition): boolean =>
    type === 0xee && firstLba === 1 && (used.length > 1 || sectorCount === count || sectorCount === MAX_LBA);
  if (!has || !used.some(stays)) {
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
