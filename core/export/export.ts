import type { OpenChain } from '../chain/open.ts';
import { guestChunks } from '../chain/stream.ts';
import { failure, refusal } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';
import { buildVhd } from '../formats/vhd/build/build.ts';
import { CREATORS, type Creator } from '../formats/vhd/build/spec.ts';
import { FOOTER_LENGTH, msToVhdTime, SECTOR } from '../formats/vhd/constants.ts';
import type { ByteSink, WriteFiles } from '../io/sink.ts';
import { type Signal, throwIfAborted } from '../io/source.ts';
import { readSparse } from '../io/sparse.ts';
import { BlockWriter, type DiskWriter, FlatWriter } from './writers.ts';

export const EXPORT_FORMATS = ['raw', 'vhd-dynamic', 'vhd-fixed'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

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
  progress?: (phase: string, done: number, total: number) => void;
  signal?: Signal;
}

export interface Exported {
  virtualSize: number;
  fileSize: number;
  /** Of the guest's bytes, holes counted as zeros. */
  guestSha256: string;
  /** Of the file. */
  holes: Extent[];
}

const MIB = 1024 * 1024;
/** Zeros are hashed from one shared buffer. */
const ZEROS = new Uint8Array(MIB);

/**
 * Writes the guest's view of a chain as one image at `path`, which must not exist, hashing it in the same pass; then reads
 * the image back and compares the hash.
 * @throws refusal for what is lost, or for holes nobody asked for; failure when what is read back differs.
 */
export async function exportGuest(
  chain: OpenChain,
  path: string,
  files: WriteFiles,
  options: ExportOptions,
): Promise<Exported> {
  const { disk } = chain;
  const { signal, progress } = options;
  const size = options.azure ? Math.ceil(disk.size / MIB) * MIB : disk.size;
  const sink = await files.create(path);
  const holes: Extent[] = [];
  const hasher = files.hasher();
  try {
    const writer = writerFor(sink, size, files.now(), options);
    for await (const { at, length, bytes, runs } of guestChunks(disk, { at: 0, length: disk.size }, signal)) {
      throwIfAborted(signal);
      for (const run of runs) {
        if (run.state === 'lost' || (run.state === 'hole' && !options.holes)) disk.assertReadable(run);
        if (run.state === 'hole') holes.push({ offset: run.at, length: run.length });
      }
      if (bytes) {
        hasher.update(bytes);
        await writer.write(at, bytes);
      } else {
        hashZeros(hasher, length);
      }
      progress?.('Writing', at + length, disk.size);
    }
    await writer.finish();
    await sink.sync();
    const guestSha256 = hasher.digest();
    return { virtualSize: size, fileSize: sink.size, guestSha256, holes };
  } finally {
    await sink.close();
  }
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
  options: { virtualSize: number; progress?: ExportOptions['progress']; signal?: Signal },
): Promise<void> {
  const hasher = files.hasher();
  const { disk } = chain;
  // padding to whole MiB was not in the source
  const length = Math.min(disk.size, options.virtualSize);
  for await (const { at, length: part, bytes } of guestChunks(disk, { at: 0, length }, options.signal)) {
    if (bytes) hasher.update(bytes);
    else hashZeros(hasher, part);
    options.progress?.('Reading back', at + part, length);
  }
  if (hasher.digest() !== expected) {
    throw failure('write-failed', `${path} does not read back as it was written.`, {
      path,
      hint: 'Distrust the device, and write to another.',
    });
  }
}

function hashZeros(hasher: { update(bytes: Uint8Array): void }, length: number): void {
  for (let left = length; left > 0; left -= ZEROS.length)
    hasher.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
}

/** @throws refusal when a guest of this size cannot be an image of this format. */
export function refuseFormat(size: number, format: ExportFormat): void {
  if (size % SECTOR !== 0)
    throw refusal('unsupported', `The guest's disk of ${size} bytes is no whole number of sectors.`);
  if (size === 0) throw refusal('unsupported', 'The guest’s disk is empty.');
  if (format === 'vhd-dynamic' && size > 0xffff_ffff * SECTOR * 1024)
    throw refusal('unsupported', 'The disk is too large for a VHD.');
}
