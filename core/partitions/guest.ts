import type { GuestDisk } from '../chain/guest.ts';
import type { ByteSource } from '../io/source.ts';

/**
 * A guest's disk for reading tables and signatures. Stretches that are not to be had, as those of a missing parent, read as
 * zeros: nothing is recognised there, and the rest of the disk still is.
 */
export function holesAsZeros(disk: GuestDisk): ByteSource {
  const [leaf, ...rest] = disk.layers;
  // a raw disk's bytes stand where its guest's do
  const raw = leaf && rest.length === 0 && leaf.size === leaf.source.size && !disk.incomplete ? leaf.source : null;
  return {
    size: disk.size,
    read: async (at, length, signal) => (await disk.readWithRuns(at, length, signal)).bytes,
    held: async () => (await raw?.held?.()) ?? null,
  };
}
