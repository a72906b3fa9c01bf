import type { GuestDisk } from '../chain/guest.ts';
import { guestRuns } from '../chain/stream.ts';
import { asPlatterError } from '../errors.ts';
import type { Extent, Finding } from '../findings/finding.ts';
import { type ByteSource, clampLength, type Signal } from '../io/source.ts';
import type { VmfsVolume } from './found.ts';
import { type Heartbeats, heartbeatsAt, readHeartbeats } from './heartbeats.ts';
import { bestAnswer, type Presented, type SnapshotAnswer, snapshotFinding } from './snapshot.ts';
import type { FsSighting } from './volume.ts';
import { readVolumes, type VolumeOptions } from './volumes.ts';

/** A volume with all that is told of it. */
export interface ReadVolume {
  volume: VmfsVolume;
  /** What ESX would make of it; null when nothing was said of what is presented. */
  snapshot: SnapshotAnswer | null;
  heartbeats: Heartbeats | null;
}

/** What a disk holds of VMFS, read to be shown. */
export interface ReadDisk {
  size: number;
  volumes: ReadVolume[];
  findings: Finding[];
  everySector: boolean;
  unread: Extent[];
}

export interface ReadOptions extends Pick<VolumeOptions, 'search' | 'memory' | 'signal' | 'progress'> {
  /** Bytes that the file system spends on the chain's files. */
  allocated: number;
  /** What a host is shown; nothing is compared when empty. */
  presented: readonly Presented[];
}

/** Reads the volumes of an opened chain's disk, with their heartbeats, and compares them with what is presented. */
export async function readVmfs(disk: GuestDisk, options: ReadOptions): Promise<ReadDisk> {
  const { source, held } = vmfsSource(disk);
  const { presented, signal } = options;
  const read = await readVolumes(source, { ...options, ...(held ? { held } : {}) });
  const volumes: ReadVolume[] = [];
  for (const volume of read.volumes) {
    const { lvm, fs, stale } = volume;
    const snapshot = lvm && bestAnswer(lvm, presented);
    if (lvm && snapshot && !stale) volume.findings.push(...snapshotFinding(lvm, snapshot));
    const heartbeats = fs && !stale ? await heartbeatsOf(source, fs, read.unread, signal) : null;
    volumes.push({ volume, snapshot, heartbeats });
  }
  const { findings, searched: everySector, unread } = read;
  return { size: source.size, volumes, findings, everySector, unread };
}

/** Null where they cannot be read, which is noted. */
async function heartbeatsOf(
  source: ByteSource,
  fs: FsSighting,
  unread: Extent[],
  signal?: Signal,
): Promise<Heartbeats | null> {
  try {
    return await readHeartbeats(source, fs, signal);
  } catch (thrown) {
    if (asPlatterError(thrown).kind !== 'failure') throw thrown;
    unread.push({ offset: heartbeatsAt(fs), length: 512 });
    return null;
  }
}

/**
 * The disk of a chain as the search wants it: a raw image or device is read as it is, straight from the disk; of a VHD only
 * what an image of the chain holds is looked at. Stretches of a missing parent read as nothing: there is no header to be
 * found in them.
 */
function vmfsSource(disk: GuestDisk): { source: ByteSource; held?: VolumeOptions['held'] } {
  const [only, ...more] = disk.layers;
  if (only && more.length === 0 && only.source.size === disk.size) return { source: only.source };
  return { source: new HeldSource(disk), held: (from, to, signal) => heldRuns(disk, from, to, signal) };
}

async function* heldRuns(disk: GuestDisk, from: number, to: number, signal?: Signal): AsyncGenerator<Extent> {
  for await (const { state, at, length } of guestRuns(disk, from, to - from, signal))
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
