import { identifyFileSystem } from '../../formats/filesystems/identify.ts';
import type { FileSystem } from '../../formats/filesystems/probe.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import type { PartitionTable } from '../../partitions/table.ts';
import type { VmfsVolume } from '../../vmfs/found.ts';
import { type FsSighting, type LvmDevice, ties } from '../../vmfs/volume.ts';
import type { Confidence } from '../plan.ts';

/** Something that stands on a disk and wants a partition; places are sectors. */
export interface Lost {
  start: number;
  /** Last sector; null when nothing tells it. */
  end: number | null;
  type: number;
  guid: string;
  /** Of VMFS's LVM; null for other file systems. */
  version: number | null;
  reason: string;
  confidence: Confidence;
}

const LOCAL_GUID = '4eb2ea39-7855-4790-a79e-fae495e21f8d';
const VMFS_GUID = 'aa31e02a-400f-11db-9590-000c2911d1b8';
const LINUX = { type: 0x83, guid: '0fc63daf-8483-4772-8e79-3d69d8477de4' };
const WINDOWS = { type: 0x07, guid: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7' };
const TYPES: Record<string, { type: number; guid: string }> = {
  ntfs: WINDOWS,
  exfat: WINDOWS,
  refs: WINDOWS,
  bitlocker: WINDOWS,
  fat12: { ...WINDOWS, type: 0x01 },
  fat16: { ...WINDOWS, type: 0x06 },
  fat32: { ...WINDOWS, type: 0x0c },
  swap: { type: 0x82, guid: '0657fd6d-a4ab-43c4-84e5-0933c84b4f4f' },
  lvm2: { type: 0x8e, guid: 'e6d6d379-f507-44c2-a23c-238f2a3df928' },
  hfs: { type: 0xaf, guid: '48465300-0000-11aa-aa11-00306543ecac' },
  hfsplus: { type: 0xaf, guid: '48465300-0000-11aa-aa11-00306543ecac' },
  apfs: { type: 0xaf, guid: '7c3457ef-0000-11aa-aa11-00306543ecac' },
  'linux-raid': { type: 0xfd, guid: 'a19d880f-05fc-4d3b-a006-743f0f84911e' },
};

/** Live volumes of a disk, in sectors, and why the others are left out. */
export function lostVolumes(
  volumes: readonly VmfsVolume[],
  { sectorSize, sectors }: PartitionTable,
  leftOut: string[],
): Lost[] {
  const out: Lost[] = [];
  for (const { start, length, lvm, fs, stale, around } of volumes) {
    if (start === null || start === 0) continue;
    const at = start / sectorSize;
    if (stale) leftOut.push(`The VMFS header for sector ${at} is left over from before: ${stale.why}`);
    else if (!Number.isInteger(at)) leftOut.push(`The VMFS header for byte ${start} begins within a sector.`);
    else if (length !== null && start + length > sectors * sectorSize)
      leftOut.push(
        `The VMFS volume at sector ${at} ends behind the end of this disk: the image is cut short, or not its disk.`,
      );
    else {
      const whole = length !== null && length % sectorSize === 0 ? length / sectorSize : null;
      const local = fs?.value.magic === 0x2fab_f15f;
      out.push({
        start: at,
        end: whole === null ? null : at + whole - 1,
        type: 0xfb,
        guid: local ? LOCAL_GUID : VMFS_GUID,
        version: lvm?.value.majorVersion ?? 0,
        reason: `${
          lvm
            ? `a VMFS header stands 1 MiB behind sector ${at}, and names ${whole ?? 'no'} sectors.`
            : `a VMFS file system header stands where that of a volume from sector ${at} does.`
        }${around === null ? '' : ` The volume whose header is at byte ${around} lies around it and was changed before: if that one is live, this is on a virtual disk in it.`}`,
        confidence: lvm && around === null ? confidenceOf(lvm, fs, whole !== null) : 'guess',
      });
    }
  }
  return out;
}

/** A file system that names another volume is from another time than the header, and one of them is left over. */
function confidenceOf(lvm: LvmDevice, fs: FsSighting | null, sized: boolean): Confidence {
  if (lvm.faults.length > 0 || !sized) return 'guess';
  const other = fs !== null && lvm.volume !== null && lvm.volume.name !== '' && !ties(lvm, fs);
  return fs === null || other ? 'likely' : 'certain';
}

const MAX_FOUND = 128;

/** What stands on a disk beside VMFS, and what is left out of it. */
export interface OtherWitnesses {
  /** Bytes at which something may begin, from a search of the disk. */
  marks: readonly number[];
  leftOut: string[];
  signal?: Signal | undefined;
}

/**
 * File systems at the sectors where partitions usually begin, behind one another, and where a search saw their marks: each is
 * asked for its size. What volumes and file systems before them cover is left alone.
 */
export async function lostFileSystems(
  source: ByteSource,
  { sectorSize, sectors }: Pick<PartitionTable, 'sectorSize' | 'sectors'>,
  covered: readonly Pick<Lost, 'start' | 'end'>[],
  { marks, leftOut, signal }: OtherWitnesses,
): Promise<Lost[]> {
  const step = (1024 * 1024) / sectorSize;
  const usualStarts = new Set([63, 64, 128, step, 2048]);
  const usual = new Set(usualStarts);
  const ahead = new Places([...usual, ...marks.filter((at) => at % sectorSize === 0).map((at) => at / sectorSize)]);
  const expect = (end: number): void => {
    for (const at of behind(end, step)) {
      usual.add(at);
      ahead.add(at);
    }
  };
  for (const { end } of covered) if (end !== null) expect(end);
  const out: Lost[] = [];
  const over = (from: number, to: number): Pick<Lost, 'start' | 'end'> | undefined =>
    [...covered, ...out].find(({ start, end }) => from <= (end ?? start) && start <= to);
  for (let at = ahead.next(); at !== null && out.length < MAX_FOUND; at = ahead.next()) {
    if (at === 0 || at >= sectors) continue;
    const earlier = over(at, at);
    // where partitions usually begin something may be older, or younger, than what lies over it; elsewhere it is in a file
    const rival = out.find((one) => one === earlier);
    if (earlier && !(rival && at !== rival.start && usualStarts.has(at))) continue;
    const place = { at: at * sectorSize, length: (sectors - at) * sectorSize };
    const found = await identifyFileSystem(source, place, signal);
    const one = found && asLost(found, at, sectorSize, usual.has(at) || at % 8 === 0);
    if (!one) continue;
    if (rival) {
      rival.confidence = 'guess';
      leftOut.push(
        `What stands at sector ${at} lies within what was found at sector ${rival.start}: which of them is left over is not told. ${one.reason}`,
      );
      continue;
    }
    if (one.end !== null && one.end >= sectors) {
      if (usual.has(at)) leftOut.push(`What stands at sector ${at} ends behind the end of this disk. ${one.reason}`);
      continue;
    }
    const other = over(one.start, one.end ?? one.start);
    if (other) {
      leftOut.push(`What stands at sector ${at} lies over what was found at sector ${other.start}. ${one.reason}`);
      continue;
    }
    out.push(one);
    if (one.end !== null) expect(one.end);
  }
  return out;
}

/**
 * Entries that are too short for the file system that begins in them: its own size is the better witness, so long as it lies over
 * nothing else.
 * @param found what takes the place of entries already
 */
export async function outgrown(
  source: ByteSource,
  { partitions, sectorSize, sectors }: PartitionTable,
  found: readonly Pick<Lost, 'start' | 'end'>[],
  { leftOut, signal }: Omit<OtherWitnesses, 'marks'>,
): Promise<Lost[]> {
  const out: Lost[] = [];
  for (const { kind, start, end, number, type, guid } of partitions.slice(0, MAX_FOUND)) {
    if (kind !== 'data' || end < start || start >= sectors || found.some((one) => one.start === start)) continue;
    const place = { at: start * sectorSize, length: (sectors - start) * sectorSize };
    const here = await identifyFileSystem(source, place, signal);
    const one = here && asLost(here, start, sectorSize, true);
    // NTFS's copy of its first sector is one that some writers leave out
    if (!one || one.end === null || one.end - (here.type === 'ntfs' ? 1 : 0) <= end) continue;
    const last = one.end;
    const others = [...partitions.filter((entry) => entry.number !== number), ...found];
    const over = others.some((other) => other.start <= last && start <= (other.end ?? other.start));
    if (over || last >= sectors) {
      leftOut.push(
        `Partition ${number} ends at sector ${end}, and ${over ? 'another partition' : 'the end of this disk'} stands where ${one.reason}`,
      );
      continue;
    }
    out.push({ ...one, type: type ?? one.type, guid: guid ?? one.guid });
  }
  return out;
}

/** Sectors that are still to be looked at, each once, from the first on. */
class Places {
  readonly #sorted: number[];
  readonly #seen = new Set<number>();

  constructor(places: readonly number[]) {
    this.#sorted = [...new Set(places)].sort((a, b) => b - a);
  }

  add(place: number): void {
    if (this.#seen.has(place) || this.#sorted.includes(place)) return;
    const index = this.#sorted.findIndex((at) => at < place);
    this.#sorted.splice(index < 0 ? this.#sorted.length : index, 0, place);
  }

  next(): number | null {
    const place = this.#sorted.pop();
    if (place === undefined) return null;
    this.#seen.add(place);
    return place;
  }
}

/** Where a partition may begin behind another: at once, on the next MiB, on the next track of a cylinder. */
function behind(end: number, step: number): number[] {
  const cylinder = Math.ceil((end + 1) / 16_065) * 16_065;
  return [end + 1, Math.ceil((end + 1) / step) * step, cylinder, cylinder + 63];
}

function asLost({ type, title, size }: FileSystem, start: number, sectorSize: number, expected: boolean): Lost | null {
  if (type === 'vmfs' || type === 'iso9660') return null;
  // NTFS keeps a copy of its first sector behind its last
  const sectors = size === null ? null : Math.ceil(size / sectorSize) + (type === 'ntfs' ? 1 : 0);
  return {
    start,
    end: sectors === null ? null : start + sectors - 1,
    ...(TYPES[type] ?? LINUX),
    version: null,
    reason: `${title} begins at sector ${start}${sectors === null ? '' : `, and takes ${sectors} sectors`}.`,
    confidence: sectors === null || !expected ? 'guess' : 'likely',
  };
}
