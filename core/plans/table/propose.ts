import { gptTypeName } from '../../formats/gpt/layout.ts';
import { mbrTypeName } from '../../formats/mbr/layout.ts';
import { usualRoom } from '../../partitions/build.ts';
import type { TableRoom } from '../../partitions/proved.ts';
import type { Partition, PartitionTable } from '../../partitions/table.ts';
import type { Confidence } from '../plan.ts';
import type { Lost } from './witnesses.ts';

export type TableLabel = 'msdos' | 'gpt';

/** A partition as the table would have it; places are sectors. */
export interface ProposedPartition {
  number: number;
  start: number;
  /** Last sector; it belongs to the partition. */
  end: number;
  sectors: number;
  /** Type byte of an MBR; null in a GPT. */
  type: number | null;
  /** Type GUID of a GPT; null in an MBR. */
  guid: string | null;
  typeName: string;
  name: string;
  /** Where the figures come from. */
  reason: string;
  confidence: Confidence;
  /** It stands so in the present table, and nothing speaks against it. */
  kept: boolean;
  /** The entry of the present table it takes the place of, or that it is; or one of a chain that the table no longer names. */
  from: Partition | null;
}

/** The table a disk should have. */
export interface Proposal {
  label: TableLabel;
  /** Bytes; every place is counted in it. */
  sectorSize: number;
  partitions: ProposedPartition[];
  reason: string;
  confidence: Confidence;
  /** What was found and is left out, and why. */
  leftOut: string[];
}

const VMFS_MBR = 0xfb;
const VMFS_GUID = 'aa31e02a-400f-11db-9590-000c2911d1b8';
const MAX_MBR = 2 ** 32;
/** Sectors of a cylinder at 255 heads and 63 sectors a track. */
const CYLINDER = 255 * 63;
const RANK: Record<Confidence, number> = { certain: 2, likely: 1, guess: 0 };

/**
 * Joins what the table says with what stands on the disk: entries that nothing speaks against are kept, those of a volume get
 * the volume's own size, and what no entry names is added.
 */
export function proposeTable(
  table: PartitionTable,
  lost: readonly Lost[],
  wanted: 'auto' | 'mbr' | 'gpt',
  protective: boolean,
  gptRoom: TableRoom,
): Proposal {
  const leftOut: string[] = [];
  const kept = table.partitions.filter((entry) => keeps(entry, table, lost, leftOut));
  const placed: { one: Lost; from: Partition | null }[] = [];
  for (const one of lost) {
    const from = kept.find(({ kind, start }) => kind !== 'extended' && start === one.start) ?? null;
    const others = kept.filter((entry) => entry !== from && entry.kind !== 'extended');
    // an entry that is given a volume's own size ends where that does
    const endOf = ({ start, end }: Partition): number => lost.find((other) => other.start === start)?.end ?? end;
    const over = others.find((entry) => one.start <= endOf(entry) && entry.start <= (one.end ?? one.start));
    if (over) leftOut.push(`What stands at sector ${one.start} lies over partition ${over.number}, which is kept.`);
    else placed.push({ one, from });
  }
  const { label, why } = chooseLabel(
    table,
    kept,
    placed.map(({ one }) => one),
    wanted,
    protective,
  );
  const room = label === 'gpt' ? gptRoom : { first: 1, last: Math.min(table.sectors, MAX_MBR) - 1, entries: 4 };
  const partitions: ProposedPartition[] = [];
  for (const entry of kept)
    if (!placed.some(({ from }) => from === entry)) partitions.push(keptEntry(entry, label, table));
  for (const { one, from } of placed) {
    const next = [...kept, ...placed.map((other) => other.one)]
      .map(({ start }) => start)
      .filter((start) => start > one.start)
      .sort((a, b) => a - b)[0];
    const end = one.end ?? Math.min(room.last, (next ?? room.last + 1) - 1);
    if (one.start < room.first || end > room.last || end < one.start) {
      leftOut.push(
        `What stands at sector ${one.start} ends at ${end}, and a ${label === 'gpt' ? 'GPT' : 'MBR'} of this disk reaches from ${room.first} to ${room.last}.`,
      );
      continue;
    }
    const number = from?.number ?? freeNumber(partitions, placed, room.entries);
    if (number === null) {
      leftOut.push(`There is no free entry for what stands at sector ${one.start}.`);
      continue;
    }
    partitions.push(foundEntry(one, end, number, from, label, table));
  }
  partitions.sort((a, b) => a.number - b.number);
  const fresh = partitions.filter(({ kept }) => !kept);
  const confidence = fresh.reduce<Confidence>(
    (worst, entry) => (RANK[entry.confidence] < RANK[worst] ? entry.confidence : worst),
    'certain',
  );
  const reasons = fresh.map(({ number, reason }) => `Partition ${number}: ${reason}`);
  return { label, sectorSize: table.sectorSize, partitions, reason: [why, ...reasons].join(' '), confidence, leftOut };
}

const KEPT = 'It stands in the present table, and nothing speaks against it.';

/** An entry stays unless it says VMFS where no volume begins, and a volume that was found needs its room. */
function keeps(entry: Partition, table: PartitionTable, lost: readonly Lost[], leftOut: string[]): boolean {
  if (entry.kind === 'extended' || lost.some(({ start }) => start === entry.start)) return true;
  const vmfs = entry.type === VMFS_MBR || entry.guid === VMFS_GUID;
  const over = lost.find(({ start, end }) => start <= entry.end && entry.start <= (end ?? start));
  const outside = entry.start >= table.sectors;
  if (!(over && (vmfs || outside))) return true;
  leftOut.push(
    `Partition ${entry.number} of the present table begins at ${entry.start}, where no volume does; the one at ${over.start} takes its place.`,
  );
  return false;
}

function chooseLabel(
  table: PartitionTable,
  kept: readonly Partition[],
  lost: readonly Lost[],
  wanted: 'auto' | 'mbr' | 'gpt',
  protective: boolean,
): { label: TableLabel; why: string } {
  if (wanted !== 'auto') return { label: wanted === 'gpt' ? 'gpt' : 'msdos', why: 'The kind of table was asked for.' };
  if (table.type === 'gpt') return { label: 'gpt', why: `The ${table.source} GPT is there.` };
  if (kept.length > 0) {
    const why =
      table.type === 'none' ? 'MBR: extended boot records stand on the disk.' : 'The MBR that is there is kept.';
    return { label: 'msdos', why };
  }
  const { sectors, sectorSize } = table;
  const { first, last } = usualRoom(table);
  if (lost.some(({ start, end }) => start < first || (end ?? 0) > last)) {
    if (lost.every(({ end }) => (end ?? 0) < MAX_MBR))
      return { label: 'msdos', why: 'MBR: what was found leaves no room for the copies of a GPT.' };
  }
  if (protective) return { label: 'gpt', why: 'GPT: the first sector has the entry that stands in front of one.' };
  if (lost.some(({ end }) => (end ?? 0) >= MAX_MBR))
    return { label: 'gpt', why: 'GPT: an MBR reaches no further than 2 TiB.' };
  if (lost.length > 4) return { label: 'gpt', why: 'GPT: there are more than four partitions.' };
  if (lost.some(({ version }) => version === 6)) return { label: 'gpt', why: 'GPT: VMFS-6 is made on no other.' };
  const step = (1024 * 1024) / sectorSize;
  if (lost.some(({ version }) => version !== null) && lost.every(({ start }) => start % step === 0))
    return { label: 'gpt', why: 'GPT: it begins on a whole MiB, where ESXi 5 and later begin theirs.' };
  if (lost.every(({ version, start }) => version === null && start % step === 0) && sectors >= MAX_MBR)
    return { label: 'gpt', why: 'GPT: the disk is larger than 2 TiB.' };
  return { label: 'msdos', why: 'MBR: what was found begins where hosts that make one begin.' };
}

function keptEntry(entry: Partition, label: TableLabel, table: PartitionTable): ProposedPartition {
  const { number, start, end, sectors, type, guid, typeName, name } = entry;
  const other = label === 'gpt' ? guid === null : type === null;
  const vmfs = type === VMFS_MBR || guid === VMFS_GUID;
  return {
    number,
    start,
    end,
    sectors,
    type: label === 'gpt' ? null : other ? (vmfs ? VMFS_MBR : 0x83) : type,
    guid: label === 'msdos' ? null : other ? (vmfs ? VMFS_GUID : '0fc63daf-8483-4772-8e79-3d69d8477de4') : guid,
    typeName,
    name,
    ...witnessOf(entry, table),
    from: entry,
  };
}

function witnessOf(
  { kind, start, ebr }: Partition,
  { type, valid }: PartitionTable,
): Pick<ProposedPartition, 'reason' | 'confidence' | 'kept'> {
  if (type === 'gpt' && !valid)
    return { reason: 'It stands in a copy whose checksum does not hold.', confidence: 'guess', kept: false };
  if (type !== 'none') return { reason: KEPT, confidence: 'certain', kept: true };
  if (kind === 'extended')
    return { reason: `a chain of extended boot records begins at sector ${start}.`, confidence: 'likely', kept: false };
  return { reason: `the extended boot record at sector ${ebr ?? start} names it.`, confidence: 'likely', kept: false };
}

function foundEntry(
  one: Lost,
  end: number,
  number: number,
  from: Partition | null,
  label: TableLabel,
  table: PartitionTable,
): ProposedPartition {
  const gpt = label === 'gpt';
  const same = from !== null && from.end === end && (gpt ? from.guid === one.guid : from.type === one.type);
  const base = {
    number,
    start: one.start,
    end,
    sectors: end - one.start + 1,
    type: gpt ? null : one.type,
    guid: gpt ? one.guid : null,
    typeName: gpt ? gptTypeName(one.guid) : mbrTypeName(one.type),
    name: from?.name ?? '',
    from,
  };
  if (same && table.type !== 'none') return { ...base, reason: KEPT, confidence: 'certain', kept: true };
  const said = from && from.end !== end ? ` The entry ends at ${from.end}; the header is the better witness.` : '';
  const open = one.end === null ? ' Nothing tells its end: it goes up to what comes next.' : '';
  return {
    ...base,
    reason: `${one.reason}${witness(end, table)}${said}${open}`,
    confidence: one.end === null ? 'guess' : one.confidence,
    kept: false,
  };
}

/** What else speaks for an end. */
function witness(end: number, table: PartitionTable): string {
  if ((end + 1) % CYLINDER === 0) return ` It ends on cylinder ${(end + 1) / CYLINDER} of 255 heads and 63 sectors.`;
  if (end === usualRoom(table).last) return ' It ends on the last sector a GPT leaves.';
  if (end === table.sectors - 1) return ' It ends with the disk.';
  return '';
}

function freeNumber(
  taken: readonly ProposedPartition[],
  placed: readonly { from: Partition | null }[],
  entries: number,
): number | null {
  const used = new Set([...taken.map(({ number }) => number), ...placed.map(({ from }) => from?.number)]);
  for (let number = 1; number <= entries; number += 1) if (!used.has(number)) return number;
  return null;
}
