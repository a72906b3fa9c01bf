import type { OpenChain } from '../chain/open.ts';
import { failure, refusal } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';
import { buildVhd } from '../formats/vhd/build/build.ts';
import { CREATORS, type Creator } from '../formats/vhd/build/spec.ts';
import { FOOTER_LENGTH, msToVhdTime, SECTOR } from '../formats/vhd/constants.ts';
import { Buffers } from '../io/bulk.ts';
import type { ByteSink, WriteFiles } from '../io/sink.ts';
import type { Signal } from '../io/source.ts';
import { readSparse } from '../io/sparse.ts';
import type { ExportFormat } from './formats.ts';
import { hashGuest } from './hash.ts';
import { type Parcel, pumpGuest } from './pump.ts';
import { BlockWriter, type DiskWriter, FlatWriter } from './writers.ts';

export interface ExportOptions {
  format: ExportFormat;
  /** Id of the new image; a raw one has none. */
  newId: string;
  /** Whose habits a VHD follows. */
  flavour: 'xenserver' | 'hyperv';
  /** Fixed, whole MiB, as Azure takes it. */
  azure?: boolean;
  /** A missing parent's stretches are written as zeros and listed. */
  holes: boolean;
  /** Hash the guest's bytes in the same pass. */
  hash: boolean;
  /** A stretch of the disk, as a partition is, and not all of it; for raw images. */
  range?: Extent | undefined;
  progress?: ((phase: string, done: number, total: number) => void) | undefined;
  signal?: Signal | undefined;
}

export interface Exported {
  virtualSize: number;
  fileSize: number;
  /** Of the guest's bytes, holes counted as zeros. */
  /** Null when it was not asked for. */
  guestSha256: string | null;
  /** Of the file. */
  holes: Extent[];
}

const MIB = 1024 * 1024;

/**
 * Writes the guest's view of a chain, or a stretch of it, as one image at `path`, which must not exist, hashing it in the
 * same pass. Holes are listed as guest offsets.
 * @throws refusal for what is lost, or for holes nobody asked for.
 */
export async function exportGuest(
  chain: OpenChain,
  path: string,
  files: WriteFiles,
  options: ExportOptions,
): Promise<Exported> {
  const { disk } = chain;
  const { signal, progress } = options;
  const range = options.range ?? { offset: 0, length: disk.size };
  const size = options.azure ? Math.ceil(disk.size / MIB) * MIB : range.length;
  const sink = await files.create(path);
  const holes: Extent[] = [];
  const hasher = options.hash ? files.backgroundHasher() : null;
  try {
    const writer = writerFor(sink, size, files.now(), options);
    const take = async ({ at, length, bytes, runs }: Parcel): Promise<void> => {
      for (const run of runs) {
        if (run.state === 'lost' || (run.state === 'hole' && !options.holes)) disk.assertReadable(run);
        if (run.state === 'hole') noteHole(holes, run);
      }
      await Promise.all([hasher?.update(bytes, length), bytes ? writer.write(at - range.offset, bytes) : null]);
      progress?.('Writing', at + length - range.offset, range.length);
    };
    const stretch = { at: range.offset, length: range.length };
    await pumpGuest(disk, stretch, new Buffers((length) => files.buffer(length)), take, signal);
    await writer.finish();
    await sink.sync();
    return { virtualSize: size, fileSize: sink.size, guestSha256: (await hasher?.digest()) ?? null, holes };
  } finally {
    hasher?.close();
    await sink.close();
  }
}

function noteHole(holes: Extent[], { at, length }: { at: number; length: number }): void {
  const last = holes[holes.length - 1];
  if (last && last.offset + last.length === at) last.length += length;
  else holes.push({ offset: at, length });
}

function writerFor(sink: ByteSink, size: number, now: number, options: ExportOptions): DiskWriter {
  const creator: Creator = options.flavour === 'hyperv' ? CREATORS.hyperV : CREATORS.tapdisk;
  const common = { virtualSize: size, id: options.newId, timeStamp: msToVhdTime(now), creator };
  switch (options.format) {
    case 'raw':
      return new FlatWriter(sink, size, null);
    case 'vhd-fixed': {
      const empty = buildVhd({ kind: 'fixed', ...common });
      return new FlatWriter(sink, size, readSparse(empty, size, FOOTER_LENGTH));
    }
    case 'vhd-dynamic':
      return new BlockWriter(sink, { kind: 'dynamic', ...common, dataAlign: 4096 });
  }
}

/** Hashes the guest's view as it is read back from what was written. @throws failure when it is not what was written. */
export async function proveExport(
  chain: OpenChain,
  expected: string,
  path: string,
  files: WriteFiles,
  options: Pick<ExportOptions, 'progress' | 'signal'> & { virtualSize: number },
): Promise<void> {
  // padding to whole MiB was not in the source
  const { virtualSize, progress, signal } = options;
  const back = await hashGuest(chain.disk, files, { length: virtualSize, phase: 'Reading back', progress, signal });
  if (back !== expected) {
    throw failure('write-failed', `${path} does not read back as it was written.`, {
      path,
      hint: 'Distrust the device, and write to another.',
    });
  }
}

/** @throws refusal when a guest of this size cannot be an image of this format. */
export function refuseFormat(size: number, format: ExportFormat): void {
  if (size % SECTOR !== 0)
    throw refusal('unsupported', `The guest's disk of ${size} bytes is no whole number of sectors.`);
  if (size === 0) throw refusal('unsupported', 'The guest’s disk is empty.');
  if (format === 'vhd-dynamic' && size > 0xffff_ffff * SECTOR * 1024)
    throw refusal('unsupported', 'The disk is too large for a VHD.');
}
