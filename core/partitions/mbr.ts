import { BOOTABLE, type Chs, chsFor, type Mbr, type MbrPartition, mbr, mbrTypeName } from '../formats/mbr/layout.ts';
import type { ByteSource, Signal } from '../io/source.ts';
import type { ChsJudgement, Partition, PartitionChs, TableStructure } from './table.ts';

/** Bytes of a boot record, whatever the sector size is. */
const RECORD = 512;
const ENTRIES_AT = 446;
const PROTECTIVE = 0xee;
/** Extended partitions in a chain; no tool makes more than some dozens, and reading has to end. */
const MAX_EBRS = 1024;

export function isExtended(type: number): boolean {
  return type === 0x05 || type === 0x0f || type === 0x85;
}

/** Sector 0 as a master boot record, whether or not it is one. */
export interface BootRecord {
  bytes: Uint8Array;
  value: Mbr;
  signatureOk: boolean;
  /** Entries that have a length. */
  used: { slot: number; entry: MbrPartition }[];
  /** Every entry is active or not, as all systems want it. */
  statusOk: boolean;
  protective: MbrPartition | null;
}

/** Null for a disk shorter than a boot record. */
export async function readBootRecord(source: ByteSource, at: number, signal?: Signal): Promise<BootRecord | null> {
  if (at + RECORD > source.size) return null;
  const bytes = (await source.read(at, RECORD, signal)).slice();
  if (bytes.length < RECORD) return null;
  const value = mbr.parse(bytes);
  const all = [value.partition1, value.partition2, value.partition3, value.partition4];
  const used = all.map((entry, slot) => ({ slot, entry })).filter(({ entry }) => entry.sectorCount > 0);
  return {
    bytes,
    value,
    signatureOk: bytes[510] === 0x55 && bytes[511] === 0xaa,
    used,
    statusOk: all.every(({ status }) => status === 0 || status === BOOTABLE),
    protective: used.find(({ entry }) => entry.type === PROTECTIVE)?.entry ?? null,
  };
}

/** Whether entries can be those of a table: some, each begins and ends on the disk, and none lies over another. */
export function areLikely(used: BootRecord['used'], sectors: number): boolean {
  if (used.length === 0) return false;
  const runs = used.map(({ entry }) => entry).sort((a, b) => a.firstLba - b.firstLba);
  return runs.every(
    ({ type, firstLba, sectorCount }, index) =>
      type !== 0 &&
      firstLba > 0 &&
      firstLba + sectorCount <= sectors &&
      firstLba + sectorCount <= (runs[index + 1]?.firstLba ?? Number.MAX_SAFE_INTEGER),
  );
}

/** Something about the chain of extended boot records that is not right. */
export interface ChainFault {
  kind: 'loop' | 'broken' | 'hidden-entry' | 'too-long';
  /** Sector of the record it is about. */
  sector: number;
  /** Sector that links there. */
  from: number;
}

export interface MbrPartitions {
  partitions: Partition[];
  structures: TableStructure[];
  faults: ChainFault[];
}

/**
 * Primaries, and the logical partitions of every extended one, numbered as Linux does. The start of a data entry counts
 * from its own record, that of a link from the first record of the chain.
 */
export async function readMbrPartitions(
  source: ByteSource,
  record: BootRecord,
  sectorSize: number,
  signal?: Signal,
): Promise<MbrPartitions> {
  const out: MbrPartitions = {
    partitions: [],
    structures: [recordStructure('mbr', 'Master boot record', 0)],
    faults: [],
  };
  const extended: MbrPartition[] = [];
  for (const { slot, entry } of record.used) {
    const kind = isExtended(entry.type) ? 'extended' : 'data';
    if (kind === 'extended') extended.push(entry);
    out.partitions.push(partition(slot + 1, kind, entry, entry.firstLba, ENTRIES_AT + slot * 16, null));
  }
  const seen = new Set<number>();
  for (const entry of extended) await readChain(source, entry, sectorSize, seen, out, signal);
  return out;
}

async function readChain(
  source: ByteSource,
  outer: MbrPartition,
  sectorSize: number,
  seen: Set<number>,
  out: MbrPartitions,
  signal?: Signal,
): Promise<void> {
  const first = outer.firstLba;
  const end = first + outer.sectorCount;
  let length = outer.sectorCount;
  let from = 0;
  for (let sector = first; ; ) {
    if (seen.has(sector)) return void out.faults.push({ kind: 'loop', sector, from });
    if (seen.size >= MAX_EBRS) return void out.faults.push({ kind: 'too-long', sector, from });
    seen.add(sector);
    const record = await readBootRecord(source, sector * sectorSize, signal);
    if (!record?.signatureOk) return void out.faults.push({ kind: 'broken', sector, from });
    const number = out.structures.length;
    out.structures.push(recordStructure(`ebr-${number}`, `Extended boot record ${number}`, sector * sectorSize));
    for (const { slot, entry } of record.used) {
      if (isExtended(entry.type)) continue;
      const start = sector + entry.firstLba;
      // Linux trusts the third and fourth entry only where they lie inside
      const inside = entry.firstLba + entry.sectorCount <= length && start >= first && start + entry.sectorCount <= end;
      if (slot >= 2 && !inside) {
        out.faults.push({ kind: 'hidden-entry', sector, from: slot + 1 });
        continue;
      }
      const at = sector * sectorSize + ENTRIES_AT + slot * 16;
      const logical = out.partitions.filter(({ kind }) => kind === 'logical').length;
      out.partitions.push(partition(5 + logical, 'logical', entry, start, at, sector));
    }
    const link = record.used.find(({ entry }) => isExtended(entry.type))?.entry;
    if (!link) return;
    from = sector;
    sector = first + link.firstLba;
    length = link.sectorCount;
  }
}

function recordStructure(id: string, title: string, at: number): TableStructure {
  return { id, title, structure: 'mbr.sector', at, length: RECORD, array: null };
}

function partition(
  number: number,
  kind: Partition['kind'],
  entry: MbrPartition,
  start: number,
  entryAt: number,
  ebr: number | null,
): Partition {
  const end = start + entry.sectorCount - 1;
  return {
    number,
    start,
    end,
    sectors: entry.sectorCount,
    kind,
    type: entry.type,
    guid: null,
    typeName: mbrTypeName(entry.type),
    id: null,
    name: '',
    bootable: entry.status === BOOTABLE,
    attributes: null,
    chs: judgeChs(entry, start, end),
    entryAt,
    ebr,
  };
}

/** Heads and sectors a track that BIOSes, and the tools before LBA, have used. */
const GEOMETRIES: readonly (readonly [heads: number, sectors: number])[] = [
  [16, 63],
  [32, 63],
  [64, 63],
  [128, 63],
  [240, 63],
  [64, 32],
  [128, 32],
  [2, 18],
  [16, 17],
];

function judgeChs({ firstChs: first, lastChs: last }: MbrPartition, start: number, end: number): PartitionChs {
  return { first, last, judgement: worse(judge(first, start), judge(last, end)) };

  function judge(chs: Chs, lba: number): ChsJudgement {
    if (chs.cylinder + chs.head + chs.sector === 0) return 'empty';
    const usual = chsFor(lba);
    const far = lba >= 1024 * 255 * 63;
    if (equal(chs, usual)) return far ? 'too-far' : 'fits';
    // 1023/255/63 and 1023/254/63 both stand for it, and so do the last track's own sectors
    if (chs.cylinder === 1023 && lba >= 1023 * 16 * 63) return 'too-far';
    for (const [heads, sectors] of GEOMETRIES) {
      const cylinder = Math.floor(lba / (heads * sectors));
      const head = Math.floor(lba / sectors) % heads;
      if (equal(chs, { cylinder, head, sector: (lba % sectors) + 1 })) return 'other-geometry';
    }
    return 'differs';
  }
}

const RANK: ChsJudgement[] = ['fits', 'too-far', 'empty', 'other-geometry', 'differs'];

function worse(a: ChsJudgement, b: ChsJudgement): ChsJudgement {
  return RANK.indexOf(a) >= RANK.indexOf(b) ? a : b;
}

function equal(a: Chs, b: Chs): boolean {
  return a.cylinder === b.cylinder && a.head === b.head && a.sector === b.sector;
}
