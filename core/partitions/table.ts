import type { Finding } from '../findings/finding.ts';
import type { Chs } from '../formats/mbr/layout.ts';
import type { Signal } from '../io/source.ts';

/**
 * What three bytes of cylinder, head and sector are worth: `fits` 255 heads and 63 sectors, `other-geometry` some other usual
 * translation, `too-far` for them, `empty`, or `differs` from the LBA under every one of these.
 */
export type ChsJudgement = 'fits' | 'other-geometry' | 'too-far' | 'empty' | 'differs';

export interface PartitionChs {
  first: Chs;
  last: Chs;
  judgement: ChsJudgement;
}

/** One entry of a table. Places are sectors of the disk, from its start. */
export interface Partition {
  /** As Linux numbers it: primaries by their slot, logical ones from 5, GPT entries by their place in the array. */
  number: number;
  start: number;
  /** Last sector; it belongs to the partition. */
  end: number;
  sectors: number;
  kind: 'data' | 'extended' | 'logical';
  /** Type byte of an MBR; null in a GPT. */
  type: number | null;
  /** Type GUID of a GPT, lower case; null in an MBR. */
  guid: string | null;
  /** What the type means: "VMware VMFS"; "unknown" for others. */
  typeName: string;
  /** The partition's own id in a GPT; null in an MBR. */
  id: string | null;
  /** Name for people in a GPT; empty in an MBR. */
  name: string;
  /** Active in an MBR, legacy bootable in a GPT. */
  bootable: boolean;
  /** Attributes of a GPT entry as 0x hex; null in an MBR. */
  attributes: string | null;
  /** Null in a GPT. */
  chs: PartitionChs | null;
  /** Byte offset of the entry on the disk. */
  entryAt: number;
  /** Sector of the extended boot record the entry is in; null for all others. */
  ebr: number | null;
}

/** A structure of a table as it stands on the disk. */
export interface TableStructure {
  /** Unique on the disk: `mbr`, `ebr-1`, `gpt`, `gpt-entry-1`, `gpt-backup`, `gpt-backup-entry-1`. */
  id: string;
  /** For people: "Extended boot record 1". */
  title: string;
  /** Table that decodes it. */
  structure: 'mbr.sector' | 'gpt.header' | 'gpt.entry';
  /** Byte offset on the disk. */
  at: number;
  length: number;
  /** The array an entry is in, as a run of bytes; null for what is no GPT header. */
  array: { at: number; length: number; entries: number } | null;
}

/** The partition table of a disk. */
export interface PartitionTable {
  /** Bytes; every place is counted in it. */
  sectorSize: number;
  /** Of the disk. */
  sectors: number;
  type: 'mbr' | 'gpt' | 'none';
  /** Which copy of a GPT was read; `primary` for all else. */
  source: 'primary' | 'backup';
  /** The table can be read as its format wants it: signatures and checksums hold. Not that its entries are right. */
  valid: boolean;
  /** Signature of an MBR as 8 hex digits, id of a GPT; null when there is no table. */
  diskId: string | null;
  /** Sectors a GPT gives to partitions; null in an MBR. */
  firstUsable: number | null;
  lastUsable: number | null;
  /** In order of number. */
  partitions: Partition[];
  /** Entries of the MBR in front of a GPT, but for the protective one: a hybrid MBR has some. */
  hybrid: Partition[];
  /** In order of place. */
  structures: TableStructure[];
  findings: Finding[];
}

export interface TableOptions {
  /** Bytes; by itself 512, or 4096 where a GPT says so, or the file systems that an MBR names. */
  sectorSize?: number | undefined;
  /**
   * Where a whole backup of a GPT stands that nothing leads to; it counts where no other copy does, and is looked for when
   * absent. Null: no backup counts.
   */
  backup?: { lba: number; sectorSize: number } | null | undefined;
  signal?: Signal | undefined;
}
