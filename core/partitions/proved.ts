import type { GptHeader } from '../formats/gpt/layout.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import { type GptCopy, isGood, readGptCopy, saySame } from './gpt.ts';
import type { PartitionTable } from './table.ts';

/** Sectors a table gives to partitions, and how many entries it has. */
export interface TableRoom {
  first: number;
  last: number;
  entries: number;
}

/** What one copy of a GPT proves by its checksums, as far as another is made from it. */
export interface ProvedGpt {
  /** The header's whole sector, as it stands. */
  header: Uint8Array;
  value: GptHeader;
  /** All entries, used or not. */
  array: Uint8Array;
  /** Bytes. */
  entryLength: number;
  /** Where each header says its entries are; null for a copy whose header does not hold, or says something else. */
  entriesLba: { primary: number | null; backup: number | null };
  /** Copies that are whole and say this. */
  whole: { primary: boolean; backup: boolean };
  /** The disk does not end where the table says: the backup goes to the new end. */
  moved: boolean;
  room: TableRoom;
}

/** The copy of a GPT that a table was read from, where header and entries hold; null for any other table. @throws as readTable. */
export async function provedGpt(
  source: ByteSource,
  { type, source: from, valid, sectorSize, sectors, structures }: PartitionTable,
  signal?: Signal,
): Promise<ProvedGpt | null> {
  if (type !== 'gpt' || !valid) return null;
  const copyOf = async (id: 'gpt' | 'gpt-backup'): Promise<GptCopy | null> => {
    const at = structures.find((one) => one.id === id)?.at;
    return at === undefined ? null : readGptCopy(source, at / sectorSize, sectorSize, signal);
  };
  const copies = { primary: await copyOf('gpt'), backup: await copyOf('gpt-backup') };
  const proved = copies[from];
  if (!proved?.array || !isGood(proved)) return null;
  const says = (copy: GptCopy | null): copy is GptCopy => copy !== null && copy.headerOk && saySame(copy, proved);
  const { value, array } = proved;
  const last = sectors - 1;
  const moved = copies.backup && says(copies.backup) ? copies.backup.lba !== last : value.alternateLba !== BigInt(last);
  const whole = { primary: isGood(copies.primary), backup: isGood(copies.backup) && says(copies.backup) };
  const usual = usableSectors(sectors, sectorSize, array.bytes.length);
  const [first, end] = [Number(value.firstUsableLba), Number(value.lastUsableLba)];
  return {
    header: (await source.read(proved.at, sectorSize, signal)).slice(),
    value,
    array: array.bytes,
    entryLength: array.entryLength,
    entriesLba: {
      primary: says(copies.primary) ? Number(copies.primary.value.partitionEntryLba) : null,
      backup: says(copies.backup) && !moved ? Number(copies.backup.value.partitionEntryLba) : null,
    },
    whole,
    moved,
    room: {
      first: whole.primary ? first : Math.max(first, usual.first),
      last: moved ? usual.last : whole.backup ? end : Math.min(end, usual.last),
      entries: Math.floor(array.bytes.length / array.entryLength),
    },
  };
}

/** First and last sector a GPT leaves to partitions whose entries take so many bytes. */
export function usableSectors(
  sectors: number,
  sectorSize: number,
  arrayLength: number,
): Pick<TableRoom, 'first' | 'last'> {
  const array = Math.ceil(arrayLength / sectorSize);
  return { first: 2 + array, last: sectors - array - 2 };
}
