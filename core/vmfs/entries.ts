import type { PartitionTable } from '../partitions/table.ts';
import type { PartitionEntry } from './found.ts';

/** Types that say VMFS: of an MBR, and of a GPT for VMFS and for VMFS-L. */
const MBR_TYPE = 0xfb;
const GPT_TYPES = ['aa31e02a-400f-11db-9590-000c2911d1b8', '4eb2ea39-7855-4790-a79e-fae495e21f8d'];

/** The entries of a table in bytes; extended partitions hold others and are left out. */
export function entriesOf({ partitions, sectorSize }: PartitionTable): PartitionEntry[] {
  return partitions
    .filter(({ kind, sectors }) => kind !== 'extended' && sectors > 0)
    .map(({ number, start, sectors, type, guid }) => ({
      number,
      start: start * sectorSize,
      length: sectors * sectorSize,
      vmfs: type === MBR_TYPE || (guid !== null && GPT_TYPES.includes(guid)),
    }));
}
