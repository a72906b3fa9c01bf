import type { GuestDisk } from '../chain/guest.ts';
import type { OpenChain } from '../chain/open.ts';
import { guestRuns } from '../chain/stream.ts';
import type { Extent } from '../findings/finding.ts';
import { type ByteSource, clampLength, type Signal } from '../io/source.ts';
import type { VolumeOptions } from './volumes.ts';

/** A disk to look for volumes on, and what is known of where it holds anything. */
export interface VmfsSource {
  source: ByteSource;
  options: Pick<VolumeOptions, 'allocated' | 'held'>;
}

/**
 * The disk of an opened chain as the search wants it: a raw image or device is read as it is, straight from the disk; of a
 * VHD only what an image of the chain holds is looked at. Stretches of a missing parent read as nothing: there is no
 * header to be found in them.
 */
export function vmfsSource({ disk, members }: OpenChain): VmfsSource {
  const [leaf] = members;
  if (leaf && members.length === 1 && leaf.image.format !== 'vhd')
    return { source: leaf.image.source, options: { allocated: leaf.summary.diskBytes || disk.size } };
  const allocated = members.reduce((sum, { summary }) => sum + summary.fileSize, 0);
  return { source: new HeldSource(disk), options: { allocated, held: (signal) => heldRuns(disk, signal) } };
}

async function* heldRuns(disk: GuestDisk, signal?: Signal): AsyncGenerator<Extent> {
  for await (const { state, at, length } of guestRuns(disk, 0, disk.size, signal))
    if (state === 'data') yield { offset: at, length };
}

/** A guest's disk whose holes read as zeros. */
class HeldSource implements ByteSource {
  readonly size: number;
  readonly #disk: GuestDisk;

  constructor(disk: GuestDisk) {
    this.size = disk.size;
    this.#disk = disk;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    return (await this.#disk.readWithRuns(at, length, signal)).bytes;
  }

  async readInto(at: number, into: Uint8Array, signal?: Signal): Promise<number> {
    const length = clampLength(at, into.length, this.size);
    await this.#disk.readRunsInto(await this.#disk.map(at, length, signal), into, signal);
    return length;
  }
}
