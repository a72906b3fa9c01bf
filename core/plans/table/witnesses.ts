import { identifyFileSystem } from '../../formats/filesystems/identify.ts';
import type { FileSystem } from '../../formats/filesystems/probe.ts';
import type { ByteSource, Signal } from '../../io/source.ts';
import type { PartitionTable } from '../../partitions/table.ts';
import type { VmfsVolume } from '../../vmfs/found.ts';
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
  for (const { start, length, lvm, fs, stale } of volumes) {
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
        reason: lvm
          ? `a VMFS header stands 1 MiB behind sector ${at}, and names ${whole ?? 'no'} sectors.`
          : `a VMFS file system header stands where that of a volume from sector ${at} does.`,
        confidence: lvm && lvm.faults.length === 0 && whole !== null ? (fs ? 'certain' : 'likely') : 'guess',
      });
    }
  }
  return out;
}

const MAX_FOUND = 128;

/**
 * File systems at the sectors where partitions usually begin, and behind one another: each is asked for its size, and the
 * next is looked for where it ends. What volumes cover is left alone.
 */
export async function lostFileSystems(
  source: ByteSource,
  { sectorSize, sectors }: PartitionTable,
  covered: readonly Lost[],
  signal?: Signal,
): Promise<Lost[]> {
  const step = (1024 * 1024) / sectorSize;
  const ahead = [63, 64, 128, step, 2048].filter((at) => at < sectors);
  for (const { end } of covered) if (end !== null) ahead.push(...behind(end, step));
  const seen = new Set<number>();
  const out: Lost[] = [];
  while (ahead.length > 0 && out.length < MAX_FOUND) {
    const at = Math.min(...ahead);
    ahead.splice(ahead.indexOf(at), 1);
    const over = [...covered, ...out].some(({ start, end }) => at >= start && at <= (end ?? start));
    if (at >= sectors || seen.has(at) || over) continue;
    seen.add(at);
    const place = { at: at * sectorSize, length: (sectors - at) * sectorSize };
    const found = await identifyFileSystem(source, place, signal);
    const one = found && asLost(found, at, sectorSize);
    if (!one || (one.end !== null && one.end >= sectors)) continue;
    if ([...covered, ...out].some(({ start, end }) => one.start <= (end ?? start) && start <= (one.end ?? one.start)))
      continue;
    out.push(one);
    if (one.end !== null) ahead.push(...behind(one.end, step));
  }
  return out;
}

/** Where a partition may begin behind another: at once, on the next MiB, on the next track of a cylinder. */
function behind(end: number, step: number): number[] {
  const cylinder = Math.ceil((end + 1) / 16_065) * 16_065;
  return [end + 1, Math.ceil((end + 1) / step) * step, cylinder, cylinder + 63];
}

function asLost({ type, title, size }: FileSystem, start: number, sectorSize: number): Lost | null {
  if (type === 'vmfs' || type === 'iso9660') return null;
  const sectors = size === null ? null : Math.ceil(size / sectorSize);
  return {
    start,
    end: sectors === null ? null : start + sectors - 1,
    ...(TYPES[type] ?? LINUX),
    version: null,
    reason: `${title} begins at sector ${start}${sectors === null ? '' : `, and takes ${sectors} sectors`}.`,
    confidence: sectors === null ? 'guess' : 'likely',
  };
}
