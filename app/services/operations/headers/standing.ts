import { refusal } from '../../../../core/errors.ts';
import type { Extent } from '../../../../core/findings/finding.ts';
import { identifyFileSystem } from '../../../../core/formats/filesystems/identify.ts';
import { NIL_VMFS_ID } from '../../../../core/formats/vmfs/codecs.ts';
import { FS_AT, LVM_AT, USUAL_DATA_OFFSET } from '../../../../core/formats/vmfs/constants.ts';
import { fsHeader } from '../../../../core/formats/vmfs/fs.ts';
import { lvmHeader } from '../../../../core/formats/vmfs/lvm.ts';
import { volumeRegion } from '../../../../core/headers/regions.ts';
import { pagedMemory } from '../../../../core/io/node/direct.ts';
import type { ByteSource, Signal } from '../../../../core/io/source.ts';
import { readTable } from '../../../../core/partitions/read.ts';
import type { PartitionTable } from '../../../../core/partitions/table.ts';
import { formatCount, formatOffset } from '../../../../core/structure/text.ts';
import { entriesOf } from '../../../../core/vmfs/entries.ts';
import { headerAt, type PartitionEntry, type VmfsVolume } from '../../../../core/vmfs/found.ts';
import { searchHeaders } from '../../../../core/vmfs/search.ts';
import { readVolumes } from '../../../../core/vmfs/volumes.ts';
import { volumeId } from './backup.ts';
import type { Backup } from './saved.ts';

const SECTOR = 512;
/** Places at which file systems are looked for, and of those that are gone with it, how many are named. */
const MOST_PLACES = 512;
const MOST_NAMED = 8;
/** Signature of an MBR that nobody gave one. */
const NO_ID = '00000000';

/** A stretch in which the disk has something else than the backup. */
export interface Change extends Extent {
  /** What is overwritten is more than zeros. */
  held: boolean;
}

/** A disk, what it would be, and what changes between the two. */
export interface Restoration {
  path: string;
  now: ByteSource;
  then: ByteSource;
  changes: readonly Change[];
  /** Bytes that the file system spends on it. */
  allocated: number;
}

/** What speaks against a restoration. */
export interface Judgement {
  risks: string[];
  /** Something that is not the backup's own would be lost, or nobody can tell. */
  lossy: boolean;
  /** Bytes of the backup's own volumes, as they stand there, get back to what they were. */
  turnedBack: boolean;
}

/**
 * Compares what a backup writes with what stands on the disk. Ids of volumes are the best witness of whose disk it is, then
 * the table's; a disk that was wiped has neither.
 * @throws refusal where the disk is another, or headers of a volume that the backup knows nothing of would be overwritten.
 */
export async function judgeRestoration(backup: Backup, disk: Restoration, signal?: Signal): Promise<Judgement> {
  const { now, then, changes } = disk;
  const table = await readTable(now, { signal });
  const after = await readTable(then, { signal });
  const partitions = entriesOf(table);
  const { volumes } = await readVolumes(now, {
    partitions,
    allocated: disk.allocated || now.size,
    memory: pagedMemory,
    ...(signal ? { signal } : {}),
  });
  await refuseUntrue(backup, then, disk.path, signal);
  const own = volumes.filter((volume) => isNoted(volume, backup));
  const others = volumes.filter((volume) => volume.stale === null && !own.includes(volume));
  for (const volume of others) await refuseOverwritten(volume, backup, disk, signal);

  const risks: string[] = [];
  const { disk: noted } = backup;
  const sameTable = noted !== null && noted.id !== null && noted.id !== NO_ID && table.diskId === noted.id;
  const otherTable = table.diskId !== null && noted !== null && noted.id !== null && table.diskId !== noted.id;
  if (otherTable && own.length === 0)
    throw otherDisk(backup, disk.path, `its table has the id ${noted.id}, the one here ${table.diskId}`);
  if (changes.length > 0) {
    if (otherTable) risks.push(replacedTable(table));
    else risks.push(...droppedPartitions(table, after));
  }
  const gone = await overwritten([...partitions, ...entriesOf(after)], own, table.type === 'none', disk, signal);
  risks.push(...gone);
  let lossy = gone.length > 0;
  if (noted && changes.length > 0 && !sameTable && own.length === 0) {
    const names = others.map((volume) => `the VMFS volume ${volumeId(volume)} at ${formatOffset(headerAt(volume))}`);
    if (names.length > 0)
      risks.push(`${names.slice(0, MOST_NAMED).join(', ')}: stands here, and is not in the backup.`);
    if (names.length > 0 || gone.length > 0 || changes.some(({ held }) => held)) {
      lossy = true;
      risks.push(
        `Nothing shows that this is the disk the backup was made of: neither its volumes nor its table’s id are here, but other bytes stand where it is written. It was made of ${noted.path}.`,
      );
    }
  }
  const turnedBack = own.some((volume) => {
    const data = dataOf(volume);
    return data !== null && changes.some((change) => change.held && overlap(change, data));
  });
  return { risks, lossy, turnedBack };
}

/** @throws refusal where a disk cannot be the one, by its size alone. */
export function refuseOtherSize(backup: Backup, path: string, size: number): void {
  const { parts, disk: noted } = backup;
  if (noted && noted.size !== size)
    throw otherDisk(backup, path, `that one had ${noted.size} bytes, ${path} has ${size}`);
  const end = Math.max(0, ...parts.map(({ offset, length }) => offset + length));
  if (end > size)
    throw refusal(
      'unsupported',
      `The backup reaches to ${formatOffset(end)}, but the disk ends at ${formatOffset(size)}.`,
      { path },
    );
}

function otherDisk({ disk: noted }: Backup, path: string, what: string): Error {
  return refusal('unsupported', `The backup is of another disk: ${what}.`, {
    path,
    ...(noted && { hint: `It was made of ${noted.path}.` }),
  });
}

/** Whether it is one of the backup's, where that has it: a copy in a file of another volume says nothing of the disk. */
function isNoted(volume: VmfsVolume, { parts, disk: noted }: Backup): boolean {
  const { lvm, fs } = volume;
  const id = lvm?.value.deviceUuid ?? fs?.value.uuid ?? NIL_VMFS_ID;
  if (!noted || id === NIL_VMFS_ID) return false;
  if (!noted.volumes.includes(id) && (lvm || !(noted.fileSystems ?? []).includes(id))) return false;
  const at = headerAt(volume);
  return parts.some(({ offset, length, volumes }) => volumes.length > 0 && at >= offset && at < offset + length);
}

/** What a volume takes behind its first MiB, which is not its own; null where its length is not known. */
function dataOf({ start, length }: VmfsVolume): Extent | null {
  return start === null || length === null ? null : { offset: start + LVM_AT, length: length - LVM_AT };
}

/** The volumes that a manifest names are those whose headers are in its files, where it says. @throws refusal */
async function refuseUntrue(
  { parts, disk: noted }: Backup,
  then: ByteSource,
  path: string,
  signal?: Signal,
): Promise<void> {
  if (!noted) return;
  const missing = new Set(noted.volumes);
  const fault = (what: string): Error =>
    refusal('unsupported', `The manifest of the backup cannot be believed: ${what}.`, {
      path,
      hint: 'Take another backup of this disk.',
    });
  for (const { part, start } of parts.flatMap((one) => one.volumes.map((at) => ({ part: one, start: at })))) {
    const ids: string[] = [];
    for (const [at, header] of [
      [start + LVM_AT, lvmHeader],
      [start + USUAL_DATA_OFFSET + FS_AT, fsHeader],
      // a view of the volume itself, without what stands before it
      [start + FS_AT, fsHeader],
    ] as const) {
      if (at + SECTOR > part.offset + part.length) continue;
      const bytes = await then.read(at, SECTOR, signal);
      ids.push(header === lvmHeader ? lvmHeader.parse(bytes).deviceUuid : fsHeader.parse(bytes).uuid);
    }
    if (!ids.some((id) => noted.volumes.includes(id)))
      throw fault(`it names no volume at ${formatOffset(start)}, where it says that it has the headers of one`);
    for (const id of ids) missing.delete(id);
  }
  for (const id of missing) throw fault(`it names the volume ${id}, of which it has no headers`);
}

/** @throws refusal where headers or metadata of a live volume would be changed, and the backup does not hold them itself. */
async function refuseOverwritten(
  volume: VmfsVolume,
  backup: Backup,
  { path, now, then, changes }: Restoration,
  signal?: Signal,
): Promise<void> {
  const id = volumeId(volume);
  const { offset, length } = volumeRegion(volume);
  // the first MiB of a volume is not its own: it only tells where it begins
  const from = volume.start === null ? offset : offset + LVM_AT;
  if (id === null || !changes.some((change) => overlap(change, { offset: from, length: offset + length - from })))
    return;
  // the first manifests did not note the file systems: without its LVM header a volume may be theirs
  if (!volume.lvm && backup.disk && !backup.disk.fileSystems) return;
  const at = headerAt(volume);
  const saved = backup.parts.some((part) => at >= part.offset && at + SECTOR <= part.offset + part.length);
  // one that was left over when the backup was made is in it
  if (saved && same(await now.read(at, SECTOR, signal), await then.read(at, SECTOR, signal))) return;
  throw otherDisk(
    backup,
    path,
    `the VMFS volume ${id} stands here, with its header at ${formatOffset(at)}, and is not in it; its headers or metadata would be overwritten`,
  );
}

/** Sentences on the table that gives way to that of the backup. */
function replacedTable({ type, diskId, partitions, sectorSize }: PartitionTable): string {
  const named = partitions
    .slice(0, MOST_NAMED)
    .map(({ number, start, end, typeName }) => `${number} (${typeName}, sectors ${start} to ${end})`);
  if (partitions.length > MOST_NAMED) named.push(`and ${formatCount(partitions.length - MOST_NAMED)} more`);
  const has = named.length === 0 ? 'no partitions' : `the partitions ${named.join(', ')}`;
  return `Another table stands here than when the backup was made: ${type === 'gpt' ? 'a GPT' : 'an MBR'} with the id ${diskId} and ${has}, in sectors of ${sectorSize} bytes. The volumes say that it is the same disk: this table is replaced, and kept for undo.`;
}

/** Partitions that are in the table now, and not in that of the backup. */
function droppedPartitions(table: PartitionTable, after: PartitionTable): string[] {
  const kept = new Set(entriesOf(after).map(({ start, length }) => `${start}+${length}`));
  const dropped = entriesOf(table).filter(({ start, length }) => !kept.has(`${start}+${length}`));
  if (dropped.length === 0) return [];
  const named = dropped
    .slice(0, MOST_NAMED)
    .map(({ number, start, length }) => `${number} (${formatOffset(start)} to ${formatOffset(start + length)})`);
  return [
    `The table of the backup has ${dropped.length === 1 ? 'a partition' : 'partitions'} no longer that stand${dropped.length === 1 ? 's' : ''} in the one here: ${named.join(', ')}.`,
  ];
}

/** What is said of each file system that is written into; VMFS is judged by its volumes. */
async function overwritten(
  entries: readonly PartitionEntry[],
  own: readonly VmfsVolume[],
  whole: boolean,
  { now, then, changes }: Restoration,
  signal?: Signal,
): Promise<string[]> {
  const places = new Map<number, number>();
  const add = (at: number, length: number): void => {
    if (at < now.size && !places.has(at)) places.set(at, length);
  };
  for (const { start, length } of entries) if (touched({ offset: start, length }, changes)) add(start, length);
  if (whole && changes.length > 0) add(0, now.size);
  for (const { offset, length, held } of changes) {
    if (!held) continue;
    const { others } = await searchHeaders(now, {
      from: offset,
      to: offset + length,
      others: true,
      ...(signal && { signal }),
    });
    for (const at of others) add(at, now.size - at);
  }
  const inOwn = own.flatMap((volume) => dataOf(volume) ?? []);
  const out: string[] = [];
  let reach = 0;
  for (const [at, length] of [...places].sort(([a], [b]) => a - b).slice(0, MOST_PLACES)) {
    // copies inside one that was named already, and what is in files of the backup's own volumes
    if (at < reach || inOwn.some((data) => overlap(data, { offset: at, length: 1 }))) continue;
    const found = await identifyFileSystem(now, { at, length }, signal);
    if (!found || found.type === 'vmfs') continue;
    const extent = { offset: at, length: Math.min(found.size ?? length, length, now.size - at) };
    if (!touched(extent, changes)) continue;
    reach = at + extent.length;
    const still = await identifyFileSystem(then, { at, length }, signal);
    const survives = still?.type === found.type && still.id === found.id;
    const name = `${found.title}${found.label === null ? '' : ` “${found.label}”`} at ${formatOffset(at)}`;
    out.push(
      survives
        ? `What is written lies in another file system: ${name}.`
        : `Another file system is overwritten, its superblock too: ${name}.`,
    );
  }
  return out.length > MOST_NAMED
    ? [...out.slice(0, MOST_NAMED), `${formatCount(out.length - MOST_NAMED)} more file systems are overwritten.`]
    : out;
}

function touched(extent: Extent, changes: readonly Change[]): boolean {
  return changes.some((change) => overlap(change, extent));
}

function overlap(a: Extent, b: Extent): boolean {
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
