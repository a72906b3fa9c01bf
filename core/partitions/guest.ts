import type { GuestDisk } from '../chain/guest.ts';
import type { ByteSource } from '../io/source.ts';

/**
 * A guest's disk for reading tables and signatures. Stretches that are not to be had, as those of a missing parent, read as
 * zeros: nothing is recognised there, and the rest of the disk still is.
 */
export function holesAsZeros(disk: GuestDisk): ByteSource {
  return { size: disk.size, read: async (at, length, signal) => (await disk.readWithRuns(at, length, signal)).bytes };
}
