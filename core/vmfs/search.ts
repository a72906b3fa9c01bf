import { asPlatterError } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';
import { fileSystemMark } from '../formats/filesystems/marks.ts';
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
  /** Where other file systems and boot records may begin, in no order; empty unless they were asked for. */
  others: Set<number>;
  /** What could not be read, and was passed over. */
  unread: Extent[];
}

export interface SearchOptions {
  /** Bytes to look through; all of them when absent. */
  from?: number;
  to?: number;
  signal?: Signal;
  progress?: (done: number, total: number) => void;
  /** Also marks of other file systems are looked for. */
  others?: boolean;
  /** Stretches that hold something, in order; the rest is passed over. All of the disk when absent. */
  held?: (from: number, to: number, signal?: Signal) => AsyncIterable<Extent> | Iterable<Extent>;
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
  const found: HeaderSearch = { lvm: [], fs: [], others: new Set(), unread: [] };
  const buffers = new Buffers(memory);
  await inFlight(
    pieces(options.held?.(from, end, signal) ?? [{ offset: from, length: end - from }], from, end),
    async ({ at, length }) => {
      const buffer = buffers.take();
      try {
        const bytes = inPage(buffer, at, length);
        const got = await attempt(source, at, bytes, found.unread, signal);
        collect(bytes.subarray(0, got), at, found, options.others ?? false);
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

function collect(bytes: Uint8Array, at: number, { lvm, fs, others }: HeaderSearch, all: boolean): void {
  const add = (list: number[], place: number): void => {
    if (list.length < MAX_HITS) list.push(place);
  };
  const words = wordsOf(bytes);
  for (let index = 0; index < words.length; index += STEP) {
    const word = words[index];
    const place = at + index * 4;
    if (word === LVM_MAGIC) add(lvm, place);
    else if (word === FS_MAGIC || word === FS_LOCAL_MAGIC) add(fs, place);
    if (!all || others.size >= MAX_HITS) continue;
    for (const before of fileSystemMark(words, index)) if (place >= before) others.add(place - before);
  }
}

/** Little-endian words: the bytes themselves, where memory and machine allow it. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const count = bytes.length >> 2;
  if (bytes.byteOffset % 4 === 0 && LITTLE) return new Uint32Array(bytes.buffer, bytes.byteOffset, count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true));
}

const LITTLE = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
