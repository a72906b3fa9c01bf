import { fsHeader } from '../formats/vmfs/fs.ts';
import { heartbeat, lvmExtent, lvmHeader, lvmVolume } from '../formats/vmfs/lvm.ts';
import { formatCount } from '../structure/text.ts';
import type { VmfsVolume } from './found.ts';
import { heartbeatShape, heartbeatsAt } from './heartbeats.ts';
import { extentTablePlace, type VmfsFault } from './volume.ts';

/** A structure of a volume as it stands on the disk. */
export interface VmfsPart {
  /** Unique on the disk: `vmfs-1-lvm`, `vmfs-1-fs`. */
  id: string;
  title: string;
  /** Table that decodes it, or an entry of it. */
  structure: string;
  /** One structure, or a table of them one after another. */
  kind: 'structure' | 'table';
  at: number;
  length: number;
  note: string | null;
  faults: VmfsFault[];
}

/** Physical extents of one device that are believed. */
const MAX_EXTENTS = 8192;

/** Where the structures of volumes stand, volume by volume. */
export function vmfsParts(volumes: readonly VmfsVolume[]): VmfsPart[] {
  return volumes.flatMap((volume, index) => partsOf(volume, index + 1, volumes.length));
}

function partsOf({ lvm, fs, stale }: VmfsVolume, number: number, count: number): VmfsPart[] {
  const name = fs?.value.label ? `“${fs.value.label}”` : count > 1 ? `volume ${number}` : null;
  const note = stale ? [name, 'stale'].filter((part) => part !== null).join(', ') : name;
  const part = (
    id: string,
    title: string,
    structure: string,
    kind: VmfsPart['kind'],
    at: number,
    length: number,
    more: string | null = null,
    faults: VmfsFault[] = [],
  ): VmfsPart => {
    const notes = [more, note].filter((one) => one !== null).join(', ');
    return { id: `vmfs-${number}-${id}`, title, structure, kind, at, length, note: notes || null, faults };
  };
  const out: VmfsPart[] = [];
  if (lvm) {
    const { at, start, value, volumeAt, faults } = lvm;
    const of = (structure: string): VmfsFault[] => faults.filter((fault) => fault.structure === structure);
    out.push(part('lvm', 'LVM header', lvmHeader.id, 'structure', at, lvmHeader.length, null, of(lvmHeader.id)));
    if (lvm.volume)
      out.push(
        part(
          'volume',
          'Volume descriptor',
          lvmVolume.id,
          'structure',
          volumeAt,
          lvmVolume.length,
          null,
          of(lvmVolume.id),
        ),
      );
    // the entries of LVM 6 vary in length and number; those of the other versions are as many as the header says
    const extents = Math.min(value.numPEs, MAX_EXTENTS);
    const { table } = extentTablePlace(value);
    if (extents > 0 && faults.every(({ field }) => field !== 'lastPE'))
      out.push(
        part(
          'extents',
          'Physical extents',
          lvmExtent.id,
          'table',
          start + table,
          extents * lvmExtent.length,
          `${formatCount(extents)} entries`,
        ),
      );
  }
  if (fs) {
    out.push(part('fs', 'File system header', fsHeader.id, 'structure', fs.at, fsHeader.length, null, fs.faults));
    const { stride, slots } = heartbeatShape(fs);
    out.push(
      part(
        'heartbeats',
        'Heartbeats',
        heartbeat.id,
        'table',
        heartbeatsAt(fs),
        stride * slots,
        `${formatCount(slots)} slots`,
      ),
    );
  }
  return out;
}
