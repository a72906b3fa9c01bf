import type { TableStructure } from '../../../core/partitions/table.ts';
import type { VmfsVolumeSummary } from '../../../core/vmfs/summary.ts';

/** A structure that stands in a partition; `at` counts from the partition's start. */
export interface KnownStructure {
  id: string;
  title: string;
  /** Table that decodes it. */
  structure: string;
  at: number;
}

/** Structures with a table of fields inside a stretch of the disk, none over another, in order of place. */
export function structuresIn(
  { at, length }: { at: number; length: number },
  records: readonly Pick<TableStructure, 'id' | 'title' | 'structure' | 'at'>[],
  volumes: readonly Pick<VmfsVolumeSummary, 'lvm' | 'fs'>[],
): KnownStructure[] {
  const all: KnownStructure[] = records.map(({ id, title, structure, at: place }) => ({
    id,
    title,
    structure,
    at: place,
  }));
  for (const { lvm, fs } of volumes) {
    if (lvm)
      all.push({ id: `lvm-${lvm.headerOffset}`, title: 'LVM header', structure: 'vmfs.lvm', at: lvm.headerOffset });
    if (fs) all.push({ id: `fs-${fs.offset}`, title: 'File system header', structure: 'vmfs.fs', at: fs.offset });
  }
  return all
    .filter((one) => one.at >= at && one.at < at + length)
    .map((one) => ({ ...one, at: one.at - at }))
    .sort((a, b) => a.at - b.at);
}
