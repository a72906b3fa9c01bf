import { fsName } from '../../../core/formats/vmfs/fs.ts';
import type { SnapshotVerdict } from '../../../core/vmfs/snapshot.ts';
import type { VmfsVolumeSummary } from '../../../core/vmfs/summary.ts';

/** "ss2-cstar-zs0.2 (VMFS-3)", or what else it is known by. */
export function volumeName({ fs, lvm }: Pick<VmfsVolumeSummary, 'fs' | 'lvm'>): string {
  if (fs) {
    const kind = fsName(Number.parseInt(fs.magic, 16), fs.majorVersion);
    return fs.label === '' ? `${kind} ${fs.uuid}` : `${fs.label} (${kind})`;
  }
  return lvm?.volume ? `an extent of ${lvm.volume.name || lvm.volume.uuid}` : 'a volume without a name';
}

/** How a volume was found, and how far that goes. */
export const FOUND: Record<VmfsVolumeSummary['found'], { word: string; tip: string }> = {
  'table': { word: 'by the table', tip: 'An entry of the partition table begins where its headers say.' },
  'usual-place': { word: 'in a usual place', tip: 'No entry leads there; headers stand where ESX usually puts them.' },
  'search': { word: 'by search', tip: 'No entry leads there; its headers were found by looking at every sector.' },
};

export const VERDICTS: Record<SnapshotVerdict, { health: 'ok' | 'warning' | 'error'; title: string }> = {
  'match': { health: 'ok', title: 'ESX mounts it' },
  'snapshot': { health: 'error', title: 'ESX takes it for a snapshot' },
  'lun-differs': { health: 'warning', title: 'The LUN differs' },
  'snapshot-model-tail-only': { health: 'warning', title: 'The product differs' },
};
