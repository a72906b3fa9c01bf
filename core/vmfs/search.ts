import { asPlatterError } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';
import { FS_LOCAL_MAGIC, FS_MAGIC, LVM_MAGIC } from '../formats/vmfs/constants.ts';
import { BULK, Buffers, inFlight, inPage, readInto } from '../io/bulk.ts';
import type { ByteSource, Signal } from '../io/source.ts';

const SECTOR = 512;
/** Bytes from one sector to the next, in 32-bit words. */
const STEP = SECTOR / 4;

/** Sectors that begin with a header's mark; whether it is one is for judgeLvm and judgeFs. */
export interface HeaderSearch {
  /** Offsets that ascend. */
  lvm: number[];
  fs: number[];
  /** What could not be read, and was passed over. */
  unread: Extent[];
}

export interface SearchOptions {
  /** Bytes to look through; all of them when absent. */
  from?: number;
  to?: number;
  signal?: Signal;
  progress?: (done: number, total: number) => void;
  /** Stretches that hold something, in order; the rest is passed over. All of the disk when absent. */
  held?: (from: number, to: number, signal?: Signal) => AsyncIterable<Extent>;
  /** Memory on a page boundary: with it holes and cold data come past the page cache, several times as fast. */
  memory?: (length: number) => Uint8Array;
}

/** Bytes between two stretches that are read rather than left out. */
const NEAR = 64 * 1024;

/** More hits than this are no headers: they are somebody's test pattern. */
const MAX_HITS = 10_000;

/**
 * Looks at every sector of a disk for the marks of VMFS headers. Requests of 4 MiB, several under way at once: a file
 * system answers for holes as fast as memory is cleared.
 * @throws cancelled
 */
export async function searchHeaders(source: ByteSource, options: SearchOptions = {}): Promise<HeaderSearch> {
  const { signal, progress, memory = (length) => new Uint8Array(length) } = options;
  const from = Math.floor((options.from ?? 0) / SECTOR) * SECTOR;
  const end = Math.min(source.size, options.to ?? source.size);
  const found: HeaderSearch = { lvm: [], fs: [], unread: [] };
  const buffers = new Buffers(memory);
  await inFlight(
    pieces(options.held?.(from, end, signal) ?? [{ offset: from, length: end - from }], from, end),
    async ({ at, length }) => {
      const buffer = buffers.take();
      try {
        const bytes = inPage(buffer, at, length);
        const got = await attempt(source, at, bytes, found.unread, signal);
        collect(bytes.subarray(0, got), at, found);
      } finally {
        buffers.give(buffer);
      }
      progress?.(at + length - from, end - from);
    },
    signal,
  );
  const ascending = (a: number, b: number): number => a - b;
  found.lvm.sort(ascending);
  found.fs.sort(ascending);
  found.unread.sort((a, b) => a.offset - b.offset);
  return found;
}

/** Requests for what is held, on sector boundaries; stretches that lie close together share one. */
async function* pieces(
  held: Iterable<Extent> | AsyncIterable<Extent>,
  from: number,
  end: number,
): AsyncGenerator<{ at: number; length: number }> {
  let at = 0;
  let until = 0;
  for await (const { offset, length } of held) {
    const begin = Math.max(from, Math.floor(offset / SECTOR) * SECTOR);
    const stop = Math.min(end, offset + length);
    if (stop <= begin) continue;
    if (begin > until + NEAR) {
      if (until > at) yield* split(at, until);
      at = begin;
    }
    until = Math.max(until, stop);
    // what is complete goes out at once: a disk of one stretch may be endless
    while (until - at >= BULK) {
      yield { at, length: BULK };
      at += BULK;
    }
  }
  if (until > at) yield* split(at, until);
}

function* split(from: number, to: number): Generator<{ at: number; length: number }> {
  for (let at = from; at < to; at += BULK) yield { at, length: Math.min(BULK, to - at) };
}

/** A stretch that cannot be read is noted and passed over: what is searched for may be elsewhere. */
async function attempt(
  source: ByteSource,
  at: number,
  bytes: Uint8Array,
  unread: Extent[],
  signal: Signal | undefined,
): Promise<number> {
  try {
    return await readInto(source, at, bytes, signal);
  } catch (thrown) {
    if (asPlatterError(thrown).kind !== 'failure') throw thrown;
    unread.push({ offset: at, length: bytes.length });
    return 0;
  }
}

function collect(bytes: Uint8Array, at: number, { lvm, fs }: HeaderSearch): void {
  const add = (list: number[], place: number): void => {
    if (list.length < MAX_HITS) list.push(place);
  };
  // whole words are compared where the memory allows, in the machine's own order of bytes
  if (bytes.byteOffset % 4 === 0 && LITTLE) {
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    for (let index = 0; index < words.length; index += STEP) {
      const word = words[index];
      if (word === LVM_MAGIC) add(lvm, at + index * 4);
      else if (word === FS_MAGIC || word === FS_LOCAL_MAGIC) add(fs, at + index * 4);
    }
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let index = 0; index + 4 <= bytes.length; index += SECTOR) {
    const word = view.getUint32(index, true);
    if (word === LVM_MAGIC) add(lvm, at + index);
    else if (word === FS_MAGIC || word === FS_LOCAL_MAGIC) add(fs, at + index);
  }
}

const LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
