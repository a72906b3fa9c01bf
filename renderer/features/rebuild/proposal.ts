import type { PartitionsAnswer, TablePlanAnswer } from '../../../app/contract/types.ts';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import type { Confidence } from '../../../core/plans/plan.ts';

export type Label = 'auto' | 'mbr' | 'gpt';
export type Rebuild = NonNullable<TablePlanAnswer['rebuild']>;

export const CONFIDENCE: Record<Confidence, string> = {
  certain: 'Every figure is in the volume’s own header, and other witnesses agree.',
  likely: 'What it takes for granted is usual, and not proved.',
  guess: 'Look at the result before it is used.',
};

/** The proposal as a layout of the same disk, so that it is drawn as the table that is there. */
export function asLayout(rebuild: Rebuild, present: PartitionsAnswer): PartitionsAnswer {
  const gpt = rebuild.label === 'gpt';
  const arraySectors = Math.ceil(16_384 / present.sectorSize);
  const backup = { id: 'gpt-backup', title: '', structure: 'gpt.header' as const, at: 0, length: 0, array: null };
  return {
    ...present,
    type: gpt ? 'gpt' : 'mbr',
    source: 'primary',
    firstUsable: gpt ? 2 + arraySectors : null,
    lastUsable: gpt ? present.sectors - arraySectors - 2 : null,
    structures: gpt ? [backup] : [],
    hybrid: [],
    fileSystem: null,
    findings: [],
    partitions: rebuild.partitions.map((one): PartitionOnDisk => {
      const { number, start, end, sectors, type, guid, typeName, name } = one;
      return {
        number,
        start,
        end,
        sectors,
        type,
        guid,
        typeName,
        name,
        kind: one.from?.kind ?? 'data',
        id: null,
        bootable: one.from?.bootable ?? false,
        attributes: null,
        chs: null,
        entryAt: 0,
        ebr: null,
        fileSystem: null,
      };
    }),
  };
}
