import type { ByteSource, Signal } from '../../io/source.ts';
import { btrfs, ext, linuxRaid, luks, lvm2, swap, xfs, zfs } from './linux.ts';
import { apfs, hfs, iso9660, vmfs } from './others.ts';
import { type FileSystem, type Place, Probe, type Recogniser } from './probe.ts';
import { bitLocker, exfat, fat, ntfs, refs } from './windows.ts';

/** As far as the signatures reach that stand at the start. */
const HEAD = 72 * 1024;

/** What lies around a file system comes before it; FAT, whose marks are weakest, comes last. */
const RECOGNISERS: readonly Recogniser[] = [
  linuxRaid,
  lvm2,
  luks,
  bitLocker,
  ntfs,
  exfat,
  refs,
  xfs,
  ext,
  btrfs,
  hfs,
  apfs,
  swap,
  vmfs,
  zfs,
  iso9660,
  fat,
];

/**
 * Says by its signature what stands on a partition, or on a whole disk; null when nothing known does. Reads some tens of
 * kilobytes, whatever is there.
 * @throws failure where these cannot be read; cancelled.
 */
export async function identifyFileSystem(
  source: ByteSource,
  place: Place,
  signal?: Signal,
): Promise<FileSystem | null> {
  const probe = await Probe.open(source, place, HEAD, signal);
  for (const recognise of RECOGNISERS) {
    const found = await recognise(probe);
    if (found) return found;
  }
  return null;
}
