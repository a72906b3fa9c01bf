import { asPlatterError } from '../errors.ts';
import type { Extent, Finding } from '../findings/finding.ts';
import { identifyFileSystem } from '../formats/filesystems/identify.ts';
import { FS_AT, LVM_AT, USUAL_DATA_OFFSET } from '../formats/vmfs/constants.ts';
import { type ByteSource, type Signal, SliceSource } from '../io/source.ts';
import { readTable } from '../partitions/read.ts';
import { entriesOf } from './entries.ts';
import { headerAt, type PartitionEntry, type VmfsVolume } from './found.ts';
import { isWithin, judgeVolumes } from './judge.ts';
import { searchHeaders } from './search.ts';
import { type FsSighting, fsPlace, type LvmDevice, readFs, readLvm } from './volume.ts';

const SECTOR = 512;

/** What a disk holds of VMFS. */
export interface VmfsDisk {
  /** By offset, stale ones too. */
  volumes: VmfsVolume[];
  /** What is wrong and belongs to no volume. */
  findings: Finding[];
  /** Whether every sector was looked at. */
  searched: boolean;
  /** Bytes at which other file systems and boot records may begin, in ascending order; empty unless they were asked for. */
  others: number[];
  /** What could not be read. */
  unread: Extent[];
}

export interface VolumeOptions {
  /** Entries of the disk's table; read from the disk when absent. */
  partitions?: readonly PartitionEntry[];
  /** `auto`: every sector where looking is quick, and what no volume covers where the table is gone or wrong. */
  search?: 'auto' | 'always' | 'never';
  /** Also marks of other file systems are noted, wherever it is searched. */
  others?: boolean;
  /** Bytes that the file system spends on the image: what they leave of its size is holes, and quick to look through. */
  allocated?: number;
  /** Stretches that hold something; what the source itself knows of them when absent. */
  held?: (from: number, to: number, signal?: Signal) => AsyncIterable<Extent> | Iterable<Extent>;
  /** As in {@link searchHeaders}. */
  memory?: (length: number) => Uint8Array;
  signal?: Signal;
  progress?: (done: number, total: number) => void;
}

/** First sectors that VMFS partitions usually have: partition images, ESX 3 and 4, VMFS-5 and 6, ESXi 5's boot disk. */
const USUAL_STARTS = [0, 63, 128, 2048, 10_229_760, 7_546_880, 15_472_640].map((lba) => lba * SECTOR);

/** Bytes of data, and of holes, that are looked through unasked: a few seconds at most. */
const QUICK_DATA = 1024 ** 3;
const QUICK_HOLES = 256 * 1024 ** 3;

/**
 * Finds the VMFS volumes of a disk: where its table says, in the usual places, and at any sector where that is wanted.
 * The file system's header is where the LVM header says that data begins, never at a fixed place.
 * What cannot be read is noted and passed over.
 * @throws failure where the table cannot be read; cancelled.
 */
export async function readVolumes(source: ByteSource, options: VolumeOptions = {}): Promise<VmfsDisk> {
  const { signal } = options;
  const partitions = options.partitions ?? entriesOf(await readTable(source, { signal }));
  const unread: Extent[] = [];
  const found = new Map<number, { device: LvmDevice; how: VmfsVolume['found'] }>();
  const addLvm = async (at: number, how: VmfsVolume['found'], expected: boolean): Promise<void> => {
    if (found.has(at)) return;
    const device = await passing(at, unread, () => readLvm(source, at, expected, signal));
    if (device) found.set(at, { device, how });
  };
  for (const { start, vmfs } of partitions) await addLvm(start + LVM_AT, 'table', vmfs);
  for (const start of USUAL_STARTS) await addLvm(start + LVM_AT, 'usual-place', true);

  const places = new Map<number, VmfsVolume['found']>([[FS_AT, 'usual-place']]);
  for (const { start, vmfs } of partitions) if (vmfs) places.set(start + USUAL_DATA_OFFSET + FS_AT, 'table');
  for (const start of USUAL_STARTS)
    if (!places.has(start + USUAL_DATA_OFFSET + FS_AT)) places.set(start + USUAL_DATA_OFFSET + FS_AT, 'usual-place');

  const { size } = source;
  const others: number[] = [];
  const held = options.held ?? (options.search === 'never' ? undefined : await stretches(source));
  const look = async (from: number, to: number): Promise<void> => {
    const progress = (done: number): void => options.progress?.(from + done, size);
    const hits = await searchHeaders(source, { ...options, ...(held && { held }), from, to, progress });
    for (const at of hits.lvm) await addLvm(at, 'search', false);
    for (const at of hits.fs) if (!places.has(at)) places.set(at, 'search');
    others.push(...hits.others);
    unread.push(...hits.unread);
  };
  const devices = (): LvmDevice[] => [...found.values()].map(({ device }) => device);
  const reach = reachOfSearch(size, devices(), { ...options, ...(held && { held }), partitions });
  if (reach === 'all') await look(0, size);
  let searched = reach !== 'none';
  if (reach === 'uncovered')
    for (let at = 0; at < size; ) {
      const { covered, next } = coverAt(at, devices());
      const to = Math.min(size, at + SLICE, next);
      if (covered === null) await look(at, to);
      else searched = false;
      at = covered ?? to;
    }

  const volumes: VmfsVolume[] = [];
  const claimed = new Set<number>();
  for (const { device, how } of found.values()) {
    const at = fsPlace(device);
    const fs = at === null ? null : await passing(at, unread, () => readFs(source, at, signal));
    if (fs) claimed.add(fs.at);
    const { start, length } = device;
    volumes.push(volume(start, length, device, fs, how, partitions));
  }
  for (const [at, how] of places) {
    if (claimed.has(at)) continue;
    const fs = await passing(at, unread, () => readFs(source, at, signal));
    // a file system whose LVM header is gone: its data began where it always does, or this is a view of the volume itself
    const start = at - FS_AT - USUAL_DATA_OFFSET;
    if (fs) volumes.push(volume(start < 0 ? null : start, null, null, fs, how, partitions));
  }
  volumes.sort((a, b) => headerAt(a) - headerAt(b));
  for (const one of volumes) {
    if (one.start === null || one.start === 0) continue;
    one.replacedBy = await passing(one.start, unread, () => replacing(source, one, signal));
  }
  const nested = new Set<VmfsVolume>();
  for (const one of volumes)
    if (await passing(one.start ?? 0, unread, () => ofVirtualDisk(source, one, volumes, signal))) nested.add(one);
  return {
    volumes,
    findings: judgeVolumes(size, volumes, partitions, nested),
    searched,
    others: others.sort((a, b) => a - b),
    unread,
  };
}

/** Title of the file system that was made where a volume was: formatting leaves VMFS's headers, a MiB on, as they are. */
async function replacing(
  source: ByteSource,
  { start, length, partition }: VmfsVolume,
  signal?: Signal,
): Promise<string | null> {
  const at = start ?? 0;
  // nothing but zeros is where a volume's partition begins
  const head = await source.read(at, LVM_AT, signal);
  if (head.every((byte) => byte === 0)) return null;
  const room = partition?.length ?? length ?? source.size - at;
  const found = await identifyFileSystem(source, { at, length: Math.min(room, source.size - at) }, signal);
  return found === null || found.type === 'vmfs' ? null : found.title;
}

/** Sectors of a virtual disk in front of its first partition. */
const FIRST_PARTITIONS = [63, 64, 128, 2048];

/** Whether a volume stands in another's data behind a partition table that names it: on a virtual disk in that datastore. */
async function ofVirtualDisk(
  source: ByteSource,
  { start }: VmfsVolume,
  volumes: readonly VmfsVolume[],
  signal?: Signal,
): Promise<boolean> {
  if (start === null || !volumes.some((other) => isWithin({ start }, other))) return false;
  for (const sectors of FIRST_PARTITIONS) {
    const at = start - sectors * SECTOR;
    if (at <= 0) continue;
    const { partitions } = await readTable(new SliceSource(source, at, source.size - at), { signal });
    if (partitions.some((entry) => entry.start === sectors)) return true;
  }
  return false;
}

/** What a source knows of its holes; undefined where it knows nothing. */
async function stretches(source: ByteSource): Promise<VolumeOptions['held']> {
  const all = await source.held?.();
  if (!all) return undefined;
  return function* (from, to) {
    for (const { offset, length } of all) if (offset + length > from && offset < to) yield { offset, length };
  };
}

/** A place that cannot be read is noted, and holds nothing. */
async function passing<R>(at: number, unread: Extent[], read: () => Promise<R | null>): Promise<R | null> {
  try {
    return await read();
  } catch (thrown) {
    if (asPlatterError(thrown).kind !== 'failure') throw thrown;
    unread.push({ offset: at, length: SECTOR });
    return null;
  }
}

/**
 * Where every sector is looked at. All of a disk where that is quick; else, where the table is gone or names a VMFS partition
 * that is not there, what no volume covers.
 */
function reachOfSearch(
  size: number,
  volumes: readonly LvmDevice[],
  { search = 'auto', allocated = size, partitions = [], held }: VolumeOptions,
): 'all' | 'uncovered' | 'none' {
  if (search === 'never') return 'none';
  if (search === 'always' || (allocated <= QUICK_DATA && (held || size <= QUICK_HOLES))) return 'all';
  const lost = partitions.some(({ vmfs, start }) => vmfs && !volumes.some((device) => device.start === start));
  return partitions.length === 0 || lost ? 'uncovered' : 'none';
}

/** Looked through before it is asked again what volumes cover. */
const SLICE = 1024 ** 3;

/** End of the volume that covers a place, null where none does, and where the next one begins. */
function coverAt(at: number, volumes: readonly LvmDevice[]): { covered: number | null; next: number } {
  let covered: number | null = null;
  let next = Number.POSITIVE_INFINITY;
  for (const { start, length } of volumes) {
    if (start > at) next = Math.min(next, start);
    else if (start + (length ?? 0) > at) covered = Math.max(covered ?? 0, start + (length ?? 0));
  }
  return { covered, next };
}

function volume(
  start: number | null,
  length: number | null,
  lvm: LvmDevice | null,
  fs: FsSighting | null,
  found: VmfsVolume['found'],
  partitions: readonly PartitionEntry[],
): VmfsVolume {
  const partition = partitions.find((entry) => entry.start === start) ?? null;
  return { start, length, lvm, fs, found, partition, replacedBy: null, around: null, stale: null, findings: [] };
}
