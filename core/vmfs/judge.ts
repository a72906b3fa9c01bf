import type { Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { FS_AT, LVM_AT, USUAL_DATA_OFFSET } from '../formats/vmfs/constants.ts';
import { fsHeader } from '../formats/vmfs/fs.ts';
import { lvmHeader, lvmVolume } from '../formats/vmfs/lvm.ts';
import type { Structure } from '../structure/structure.ts';
import { formatBytes, formatCount, formatOffset } from '../structure/text.ts';
import { headerAt, type PartitionEntry, type VmfsVolume } from './found.ts';
import { fsPlace, isHead, ties, type VmfsFault } from './volume.ts';

const SECTOR = 512;

/**
 * Gives each volume its findings and says which are left over; answers the findings that belong to none.
 * @param nested volumes that stand on virtual disks in others
 */
export function judgeVolumes(
  size: number,
  volumes: readonly VmfsVolume[],
  partitions: readonly PartitionEntry[],
  nested: ReadonlySet<VmfsVolume>,
): Finding[] {
  for (const volume of volumes) markReplaced(volume);
  markStale(volumes, nested);
  for (const volume of volumes) volume.findings.push(...volumeFindings(volume, size));
  return emptyPartitions(size, volumes, partitions);
}

function volumeFindings(volume: VmfsVolume, size: number): Finding[] {
  const { lvm, fs, stale, start } = volume;
  const out: Finding[] = [];
  const place = headerAt(volume);
  if (stale) {
    out.push(makeFinding('vmfs.stale-header', 'cosmetic', stale.why, { offset: place, length: SECTOR }));
    return out;
  }
  // what is left over may be damaged: only a live volume's faults are anybody's loss
  for (const fault of [...(lvm?.faults ?? []), ...(fs?.faults ?? [])]) out.push(damaged(fault));
  if (!lvm && fs && start !== null)
    out.push(
      makeFinding(
        'vmfs.header-damaged',
        'decision',
        `A file system header stands at ${formatOffset(fs.at)}, but there is no LVM header at ${formatOffset(start + LVM_AT)}, where it would be if the data began ${formatBytes(USUAL_DATA_OFFSET)} into the partition. The size of the volume is not known.`,
        { offset: start + LVM_AT, length: SECTOR, field: 'magic', structure: lvmHeader.id },
      ),
    );
  if (lvm && !fs && isHead(lvm)) out.push(missingFs(volume));
  if (lvm?.volume && fs && !ties(lvm, fs) && lvm.volume.name !== '')
    out.push(
      makeFinding(
        'vmfs.header-damaged',
        'decision',
        `The file system says that it is on the volume ${fs.value.lvmUuid}; the LVM header says ${lvm.volume.uuid}. One of them is from another time.`,
        { offset: fs.at + fsHeader.field('lvmUuid').offset, length: 16, field: 'lvmUuid', structure: fsHeader.id },
      ),
    );
  out.push(...sizeFindings(volume, size));
  return out;
}

function damaged({ structure, field, at, message }: VmfsFault): Finding {
  const table = [lvmHeader, lvmVolume, fsHeader].find(({ id }) => id === structure) as Structure<object> | undefined;
  const info = table?.fields.find(({ name }) => name === field);
  return makeFinding('vmfs.header-damaged', 'decision', message, {
    offset: at + (info?.offset ?? 0),
    length: info?.length ?? SECTOR,
    field,
    structure,
  });
}

function missingFs({ lvm }: VmfsVolume): Finding {
  const at = lvm && fsPlace(lvm);
  const unknown = lvm?.volume?.name === '';
  const where = at === null ? 'where the header says' : `at ${formatOffset(at)}`;
  return makeFinding(
    'vmfs.fs-missing',
    'decision',
    `There is no file system header ${where}, 2 MiB into the volume.${unknown ? ' The volume table is empty, too: this may be an extent other than the first.' : ''}`,
    { offset: at, length: SECTOR, structure: fsHeader.id, field: 'magic' },
  );
}

function sizeFindings({ lvm, start, length, partition }: VmfsVolume, size: number): Finding[] {
  if (!lvm || length === null || start === null) return [];
  const parts = {
    offset: lvm.at + lvmHeader.field('totalBytes').offset,
    length: 8,
    field: 'totalBytes',
    structure: lvmHeader.id,
  };
  const mine = `The volume was made on ${formatCount(length / SECTOR)} sectors`;
  if (start + length > size)
    return [
      makeFinding(
        'vmfs.size-mismatch',
        'decision',
        `${mine}, which end ${formatBytes(start + length - size)} behind the end of this disk.`,
        { ...parts, severity: 'error' },
      ),
    ];
  if (partition && partition.length !== length) {
    const how = partition.length < length ? 'too small for it' : 'larger than it';
    return [
      makeFinding(
        'vmfs.size-mismatch',
        'no-loss',
        `${mine}; partition ${partition.number} has ${formatCount(partition.length / SECTOR)}, ${how}. It was grown, or the entry is wrong: the volume’s own figure is the better witness.`,
        parts,
      ),
    ];
  }
  // the source is the partition itself: a few sectors too many are what a copy may have
  if (!partition && start === 0 && size !== length)
    return [
      makeFinding(
        'vmfs.size-mismatch',
        'no-loss',
        `${mine}; this image of the partition has ${formatCount(Math.floor(size / SECTOR))}.`,
        parts,
      ),
    ];
  return [];
}

/** Entries that say VMFS, with no header where theirs would be. */
function emptyPartitions(
  size: number,
  volumes: readonly VmfsVolume[],
  partitions: readonly PartitionEntry[],
): Finding[] {
  return partitions
    .filter(({ vmfs, start }) => vmfs && !volumes.some((volume) => volume.start === start))
    .map(({ number, start }) => {
      const at = start + LVM_AT;
      const why =
        at + SECTOR > size
          ? 'that is behind the end of this disk'
          : `nor a file system header at ${formatOffset(start + USUAL_DATA_OFFSET + FS_AT)}`;
      return makeFinding(
        'vmfs.header-damaged',
        'decision',
        `Partition ${number} is of the type VMFS, but there is no LVM header at ${formatOffset(at)}: ${why}.`,
        { offset: at, length: SECTOR, field: 'magic', structure: lvmHeader.id },
      );
    });
}

/** Where another file system begins, and the table does not say VMFS, that was made over the volume. */
function markReplaced(volume: VmfsVolume): void {
  const { replacedBy, partition, start } = volume;
  if (replacedBy === null || start === null || partition?.vmfs) return;
  const why = `${replacedBy} begins at ${formatOffset(start)}, where a VMFS partition has nothing but zeros: it was made over the volume.`;
  volume.stale = { by: start, why };
}

/** Of volumes that share sectors only one can be live; the one around is told where that is not proved. */
function markStale(volumes: readonly VmfsVolume[], nested: ReadonlySet<VmfsVolume>): void {
  for (const [index, one] of volumes.entries())
    for (const other of volumes.slice(index + 1)) {
      if (one.stale || other.stale || !overlap(one, other)) continue;
      const inner = [one, other].find((each) => nested.has(each) && isWithin(each, each === one ? other : one));
      const older = inner ?? weaker(one, other);
      const newer = older === one ? other : one;
      const virtual = `This volume stands on a virtual disk in the datastore at ${formatOffset(headerAt(newer))}: the partition table of that disk is in front of it.`;
      older.stale = { by: headerAt(newer), why: inner ? virtual : reason(older, newer) };
      if (isWithin(newer, older) && older.fs && !newer.partition) newer.around = headerAt(older);
    }
}

/** Whether a volume begins in the data of another. */
export function isWithin({ start }: Pick<VmfsVolume, 'start'>, outer: VmfsVolume): boolean {
  if (start === null || outer.start === null || outer.lvm === null || outer.length === null) return false;
  return start > outer.start + USUAL_DATA_OFFSET && start < outer.start + outer.length;
}

function overlap(a: VmfsVolume, b: VmfsVolume): boolean {
  const end = ({ start, length, fs }: VmfsVolume): number =>
    length === null || start === null ? (fs?.at ?? 0) + SECTOR : start + length;
  const begin = (volume: VmfsVolume): number => volume.start ?? headerAt(volume);
  return begin(a) < end(b) && begin(b) < end(a);
}

/** The one of two that is left over: what the table witnesses is live, then what was changed last, then what is whole. */
function weaker(a: VmfsVolume, b: VmfsVolume): VmfsVolume {
  const rank = (volume: VmfsVolume): (number | bigint)[] => [
    volume.lvm ? 1 : 0,
    volume.partition?.vmfs && volume.partition.length === volume.length ? 1 : 0,
    volume.lvm?.value.modTime ?? 0n,
    volume.fs && volume.lvm && ties(volume.lvm, volume.fs) ? 1 : 0,
    volume.partition ? 1 : 0,
  ];
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other ? a : b;
  }
  return b;
}

function reason(older: VmfsVolume, newer: VmfsVolume): string {
  const inside = isWithin(older, newer)
    ? ' It stands inside that volume’s data: it may also belong to a virtual disk in it.'
    : '';
  const by = formatOffset(headerAt(newer));
  if (!older.lvm) return `A file system header without an LVM header, inside the volume at ${by}.${inside}`;
  if (newer.partition && !older.partition)
    return `This volume shares sectors with the one at ${by}, which is in the partition table.${inside}`;
  return `This volume shares sectors with the one at ${by}, which was changed later.${inside}`;
}
