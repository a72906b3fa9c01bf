import type { Finding } from '../findings/finding.ts';
import type { FsSighting, LvmDevice } from './volume.ts';

/** A partition, as the table of the disk has it. */
export interface PartitionEntry {
  number: number;
  /** In bytes. */
  start: number;
  length: number;
  /** Whether its type says VMFS. */
  vmfs: boolean;
}

/** A VMFS volume, or one extent of it, on one disk. */
export interface VmfsVolume {
  /** Where its partition begins, in bytes; null where only a logical volume is here, as in a copy of `.vh.sf`. */
  start: number | null;
  /** Exact length of its partition; null where no header tells. */
  length: number | null;
  lvm: LvmDevice | null;
  fs: FsSighting | null;
  found: 'table' | 'usual-place' | 'search';
  /** The entry that begins where the volume does. */
  partition: PartitionEntry | null;
  /** File system that begins where the volume's partition does: a volume has nothing there. Null where there is none. */
  replacedBy: string | null;
  /** Of a live one: the header of a volume around it that was changed before, and may be live all the same. */
  around: number | null;
  /** What speaks for its being left over from before; null for a live one. */
  stale: { by: number; why: string } | null;
  findings: Finding[];
}

/** Offset of the first header of a volume that is there. */
export function headerAt({ lvm, fs }: VmfsVolume): number {
  return lvm?.at ?? fs?.at ?? 0;
}
