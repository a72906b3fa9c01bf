import { identifyFileSystem } from '../formats/filesystems/identify.ts';
import type { FileSystem } from '../formats/filesystems/probe.ts';
import type { ByteSource } from '../io/source.ts';
import { readTable } from './read.ts';
import type { Partition, PartitionTable, TableOptions } from './table.ts';

/** A partition with what stands on it. */
export interface PartitionOnDisk extends Partition {
  /** Null where nothing known stands, and for an extended partition. */
  fileSystem: FileSystem | null;
}

/** A disk's table and file systems. */
export interface DiskLayout extends Omit<PartitionTable, 'partitions'> {
  partitions: PartitionOnDisk[];
  /** What stands on the whole disk, where there is no table. */
  fileSystem: FileSystem | null;
}

/** Partitions whose content is looked at; a table may have many thousands. */
const MAX_LOOKED_AT = 512;

/** Reads the table of a disk and recognises what stands on each partition. @throws as readTable. */
export async function readLayout(source: ByteSource, options: TableOptions = {}): Promise<DiskLayout> {
  const { signal } = options;
  const table = await readTable(source, options);
  const partitions: PartitionOnDisk[] = [];
  for (const partition of table.partitions) {
    const { start, sectors, kind } = partition;
    const look = kind !== 'extended' && sectors > 0 && partitions.length < MAX_LOOKED_AT;
    const place = { at: start * table.sectorSize, length: sectors * table.sectorSize };
    partitions.push({ ...partition, fileSystem: look ? await identifyFileSystem(source, place, signal) : null });
  }
  const whole = table.type === 'none' ? await identifyFileSystem(source, { at: 0, length: source.size }, signal) : null;
  return { ...table, partitions, fileSystem: whole };
}
