import {
  GPT_ENTRY_LENGTH,
  GPT_HEADER_LENGTH,
  GPT_SIGNATURE,
  type GptHeader,
  gptEntry,
  gptHeader,
  gptTypeName,
} from '../formats/gpt/layout.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { crc32 } from '../structure/checksum.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import type { Partition, TableStructure } from './table.ts';

/** Bytes of entries that are believed: 128 entries of 128 bytes are usual. */
const MAX_ARRAY = 1024 * 1024;
const MAX_ENTRY = 4096;
/** Bytes at the disk's end that are looked through for a backup that nothing points to. */
const TAIL = 1024 * 1024;

/** The array of entries as one header names it. */
interface EntryArray {
  at: number;
  bytes: Uint8Array;
  entryLength: number;
  crcOk: boolean;
}

/** One copy of a GPT, as far as it is there. */
export interface GptCopy {
  lba: number;
  at: number;
  value: GptHeader;
  /** Its own checksum holds and it stands where it says. */
  headerOk: boolean;
  /** Its checksum holds, wherever it says it stands. */
  crcOk: boolean;
  /** Null when the header names no place on the disk. */
  array: EntryArray | null;
}

/** Whether header and entries are as they were written. */
export function isGood(copy: GptCopy | null): boolean {
  return copy !== null && copy.headerOk && copy.array?.crcOk === true;
}

/** A copy of the GPT in one sector; null when there is none. */
export async function readGptCopy(
  source: ByteSource,
  lba: number,
  sectorSize: number,
  signal?: Signal,
): Promise<GptCopy | null> {
  const at = lba * sectorSize;
  if (!Number.isSafeInteger(at) || lba < 1 || at + gptHeader.length > source.size) return null;
  const bytes = (await source.read(at, sectorSize, signal)).slice();
  if (bytes.length < gptHeader.length) return null;
  const value = gptHeader.parse(bytes);
  if (value.signature !== GPT_SIGNATURE) return null;
  const { headerSize } = value;
  let crcOk = false;
  if (headerSize >= GPT_HEADER_LENGTH && headerSize <= bytes.length) {
    const summed = bytes.slice(0, headerSize);
    summed.fill(0, 16, 20);
    crcOk = crc32(summed) === value.headerCrc32;
  }
  const array = await readArray(source, value, sectorSize, signal);
  return { lba, at, value, crcOk, headerOk: crcOk && value.myLba === BigInt(lba), array };
}

async function readArray(
  source: ByteSource,
  value: GptHeader,
  sectorSize: number,
  signal?: Signal,
): Promise<EntryArray | null> {
  const { numberOfPartitionEntries: count, sizeOfPartitionEntry: entryLength } = value;
  const length = count * entryLength;
  const start = value.partitionEntryLba * BigInt(sectorSize);
  const sane = entryLength >= GPT_ENTRY_LENGTH && entryLength <= MAX_ENTRY && entryLength % 8 === 0;
  if (!sane || count === 0 || length > MAX_ARRAY || start === 0n || start + BigInt(length) > BigInt(source.size))
    return null;
  const at = Number(start);
  const bytes = (await source.read(at, length, signal)).slice();
  return { at, bytes, entryLength, crcOk: crc32(bytes) === value.partitionEntryArrayCrc32 };
}

/** Sectors in which a backup may stand, likeliest first. */
export function backupPlaces(primary: GptCopy | null, sectors: number, protectiveSectors: number | null): number[] {
  const places: number[] = [];
  const add = (lba: number | null): void => {
    if (lba !== null && lba > 1 && lba < sectors && !places.includes(lba)) places.push(lba);
  };
  if (primary?.crcOk && primary.value.alternateLba < BigInt(sectors)) add(Number(primary.value.alternateLba));
  add(sectors - 1);
  add(protectiveSectors);
  return places;
}

/** Looks through the end of the disk for the last header there; null when there is none. */
export async function findInTail(source: ByteSource, sectorSize: number, signal?: Signal): Promise<number | null> {
  const sectors = Math.floor(source.size / sectorSize);
  const from = Math.max(2, sectors - TAIL / sectorSize);
  if (from >= sectors) return null;
  const bytes = await source.read(from * sectorSize, (sectors - from) * sectorSize, signal);
  for (let lba = sectors - 1; lba >= from; lba -= 1) {
    const at = (lba - from) * sectorSize;
    if (GPT_SIGNATURE.split('').every((character, index) => bytes[at + index] === character.charCodeAt(0))) return lba;
  }
  return null;
}

/** The used entries of a copy. */
export function gptPartitions({ array }: GptCopy, sectorSize: number): Partition[] {
  if (!array) return [];
  const out: Partition[] = [];
  for (const { index, at } of usedEntries(array)) {
    const entry = gptEntry.parse(array.bytes, at);
    const start = safeSector(entry.startingLba, sectorSize);
    const end = safeSector(entry.endingLba, sectorSize);
    out.push({
      number: index + 1,
      start,
      end,
      sectors: Math.max(0, end - start + 1),
      kind: 'data',
      type: null,
      guid: entry.partitionTypeGuid,
      typeName: gptTypeName(entry.partitionTypeGuid),
      id: entry.uniquePartitionGuid,
      // VMware leaves ff in what it does not use
      name: entry.partitionName.replace(/\uffff+$/, ''),
      bootable: (entry.attributes & 4n) !== 0n,
      attributes: `0x${entry.attributes.toString(16)}`,
      chs: null,
      entryAt: array.at + at,
      ebr: null,
    });
  }
  return out;
}

function* usedEntries({ bytes, entryLength }: EntryArray): Generator<{ index: number; at: number }> {
  for (let index = 0, at = 0; at + entryLength <= bytes.length; index += 1, at += entryLength) {
    if (gptEntry.parse(bytes, at).partitionTypeGuid !== NIL_UUID) yield { index, at };
  }
}

/** A sector as a number; what no disk reaches becomes the last one whose bytes can be counted. */
function safeSector(lba: bigint, sectorSize: number): number {
  const last = Math.floor(Number.MAX_SAFE_INTEGER / sectorSize) - 1;
  return lba > BigInt(last) ? last : Number(lba);
}

/** Header and used entries of a copy, with the ids `gpt` or `gpt-backup`. */
export function gptStructures(id: 'gpt' | 'gpt-backup', copy: GptCopy): TableStructure[] {
  const backup = id === 'gpt' ? '' : ', backup';
  const { array } = copy;
  const whole = array && {
    at: array.at,
    length: array.bytes.length,
    entries: Math.floor(array.bytes.length / array.entryLength),
  };
  const header = { structure: gptHeader.id as 'gpt.header', at: copy.at, length: gptHeader.length, array: whole };
  const out: TableStructure[] = [{ id, title: `GPT header${backup}`, ...header }];
  if (!array) return out;
  for (const { index, at } of usedEntries(array)) {
    const title = `GPT entry ${index + 1}${backup}`;
    const shape = { structure: gptEntry.id as 'gpt.entry', at: array.at + at, length: GPT_ENTRY_LENGTH, array: null };
    out.push({ id: `${id}-entry-${index + 1}`, title, ...shape });
  }
  return out;
}

/** Whether two copies say the same of the disk. */
export function saySame(a: GptCopy, b: GptCopy): boolean {
  return (
    a.value.diskGuid === b.value.diskGuid &&
    a.value.firstUsableLba === b.value.firstUsableLba &&
    a.value.lastUsableLba === b.value.lastUsableLba &&
    a.value.partitionEntryArrayCrc32 === b.value.partitionEntryArrayCrc32
  );
}
