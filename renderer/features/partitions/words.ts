import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import type { FileSystem } from '../../../core/formats/filesystems/probe.ts';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import type { ChsJudgement } from '../../../core/partitions/table.ts';
import { formatSize, plural } from '../../ui/format.ts';

/** "0x83 Linux", "Linux filesystem". */
export function typeText({ type, typeName, guid }: PartitionOnDisk): { code: string | null; name: string } {
  if (type !== null) return { code: `0x${type.toString(16).padStart(2, '0')}`, name: typeName };
  return { code: null, name: typeName === 'unknown' && guid !== null ? guid : typeName };
}

/** What stands on a partition, in a few words; null where nothing known does. */
export function contentText({ fileSystem, kind, name, bootable }: PartitionOnDisk): string | null {
  if (kind === 'extended') return 'holds the logical partitions';
  const said = [
    fileSystem ? fileSystemText(fileSystem) : null,
    name === '' ? null : `“${name}”`,
    bootable ? 'bootable' : null,
  ];
  const text = said.filter((one) => one !== null).join(', ');
  return text === '' ? null : text;
}

/** "ext4 root". */
export function fileSystemText({ title, label }: FileSystem): string {
  return label === null ? title : `${title} ${label}`;
}

export const STATES: Record<NonNullable<FileSystem['state']>, string> = {
  'clean': 'clean',
  'dirty': 'not cleanly unmounted',
  'needs-recovery': 'its journal has to be replayed',
};

export const CHS: Record<ChsJudgement, string> = {
  'fits': 'fits the LBA at 255 heads and 63 sectors',
  'other-geometry': 'fits the LBA in another usual geometry',
  'too-far': 'says “too far for CHS”, as it is',
  'empty': 'empty; the LBA counts',
  'differs': 'differs from the LBA in every usual geometry',
};

/** What the disk's table is, in one line. */
export function tableText(answer: PartitionsAnswer): string {
  const { type, sectorSize, source, partitions, hybrid, diskId, structures } = answer;
  if (type === 'none') return 'no partition table';
  const records = structures.filter(({ id }) => id.startsWith('ebr-')).length;
  const backup = structures.some(({ id }) => id === 'gpt-backup');
  const name =
    type === 'mbr'
      ? `MBR${records > 0 ? ` and ${plural(records, 'extended record')}` : ''}`
      : `GPT${source === 'backup' ? ', read from its backup' : backup ? ' with its backup' : ', no backup found'}${hybrid.length > 0 ? ', hybrid MBR' : ''}`;
  const count = plural(partitions.length, 'partition');
  return [name, count, diskId === null ? null : `id ${diskId}`, `${formatSize(sectorSize)} sectors`]
    .filter((one) => one !== null)
    .join(' · ');
}
