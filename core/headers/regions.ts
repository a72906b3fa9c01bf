import type { Extent } from '../findings/finding.ts';
import { USUAL_DATA_OFFSET } from '../formats/vmfs/constants.ts';
import type { PartitionTable } from '../partitions/table.ts';
import type { VmfsVolume } from '../vmfs/found.ts';

/** A stretch of the disk, in bytes, and what it holds, for people. */
export interface HeaderRegion {
  offset: number;
  length: number;
  holds: string[];
}

const MIB = 1024 ** 2;
const VOLUME = 'VMFS headers and metadata from ';
/** Sectors at the end: the backup of a GPT with its array. */
const TAIL_SECTORS = 33;
/** From where data begins, 17 MiB into the partition, to the end of the metadata: 24 MiB, in VMFS-6 25. */
const METADATA = 7 * MIB;
/** A header that says more than this is not believed. */
const MAX_DATA_OFFSET = 64 * MIB;

/**
 * What a disk cannot be mounted without: its table, headers and metadata of its live VMFS volumes, and its last sectors.
 * Clipped to the disk, merged where they touch, by offset.
 */
export function headerRegions(size: number, table: PartitionTable, volumes: readonly VmfsVolume[]): HeaderRegion[] {
  const { sectorSize } = table;
  const wanted: HeaderRegion[] = [{ offset: 0, length: 34 * sectorSize, holds: ['first sectors'] }];
  for (const { at, length, title, array } of table.structures) {
    wanted.push({ offset: at, length: Math.max(length, sectorSize), holds: [title] });
    if (array) wanted.push({ offset: array.at, length: array.length, holds: [`${title}: entries`] });
  }
  for (const volume of volumes) {
    if (volume.stale !== null) continue;
    const { offset, length } = volumeRegion(volume);
    wanted.push({ offset, length, holds: [`${VOLUME}${offset}`] });
  }
  const tail = TAIL_SECTORS * sectorSize;
  wanted.push({ offset: Math.max(0, size - tail), length: tail, holds: ['last sectors'] });
  return merged(wanted, size);
}

/** From a volume's first sector to the end of its metadata, in bytes of the disk. */
export function volumeRegion({ start, lvm }: VmfsVolume): Extent {
  const told = Number(lvm?.value.dataOffset ?? USUAL_DATA_OFFSET);
  const data = told > 0 && told <= MAX_DATA_OFFSET ? told : USUAL_DATA_OFFSET;
  const length = Math.max(data, USUAL_DATA_OFFSET) + METADATA + (lvm?.value.majorVersion === 6 ? MIB : 0);
  // without its header nothing says which version it is, so the longer form is kept
  return { offset: start ?? 0, length: lvm ? length : length + MIB };
}

/** Where the volumes begin, in bytes, whose headers a region holds by its own account. */
export function volumesIn(holds: readonly string[]): number[] {
  return holds.filter((text) => text.startsWith(VOLUME)).map((text) => Number(text.slice(VOLUME.length)));
}

function merged(wanted: readonly HeaderRegion[], size: number): HeaderRegion[] {
  const out: HeaderRegion[] = [];
  for (const { offset, length, holds } of wanted.toSorted((a, b) => a.offset - b.offset)) {
    const end = Math.min(size, offset + length);
    if (offset < 0 || end <= offset) continue;
    const last = out.at(-1);
    if (last && offset <= last.offset + last.length) {
      last.length = Math.max(last.length, end - last.offset);
      last.holds.push(...holds);
    } else out.push({ offset, length: end - offset, holds: [...holds] });
  }
  return out;
}
