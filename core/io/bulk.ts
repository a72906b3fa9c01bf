import type { ByteSource, Signal } from './source.ts';
import { throwIfAborted } from './source.ts';

/** Bytes moved by one request. */
export const BULK = 4 * 1024 * 1024;
/** Requests under way at once: enough to keep a disk busy, few enough for little memory. */
export const IN_FLIGHT = 4;
/** Bytes between two runs that are read, and written back as they are, rather than skipped. */
const GAP = 64 * 1024;

/** One run of bytes to be moved. */
export interface Move {
  from: { file: string; offset: number };
  to: { file: string; offset: number };
  bytes: number;
}

/** Neighbouring moves that one read and one write serve. */
export interface Batch {
  from: { file: string; offset: number; length: number };
  to: { file: string; offset: number; length: number };
  pieces: { from: number; to: number; length: number }[];
  /** Bytes of the pieces together; less than the target's length when there are gaps. */
  bytes: number;
}

/** Gathers moves in their order, so that a fragmented child costs sequential requests; long ones are split. */
export function* batches(moves: Iterable<Move>, limit = BULK): Generator<Batch> {
  let open: Batch | null = null;
  for (const { from, to, bytes } of moves) {
    for (let done = 0; done < bytes; ) {
      const [source, target] = [from.offset + done, to.offset + done];
      // a request ends where the target's pages do, so that the next one starts on a page
      const length = Math.min(bytes - done, limit - (bytes - done > limit ? target % 4096 : 0));
      if (open && joins(open, from.file, to.file, source, target, length, limit)) {
        open.from.length = source + length - open.from.offset;
        open.to.length = target + length - open.to.offset;
        open.pieces.push({ from: source, to: target, length });
        open.bytes += length;
      } else {
        if (open) yield open;
        open = {
          from: { file: from.file, offset: source, length },
          to: { file: to.file, offset: target, length },
          pieces: [{ from: source, to: target, length }],
          bytes: length,
        };
      }
      done += length;
    }
  }
  if (open) yield open;
}

function joins(
  { from, to }: Batch,
  sourceFile: string,
  targetFile: string,
  source: number,
  target: number,
  length: number,
  limit: number,
): boolean {
  const near = (end: number, at: number): boolean => at >= end && at - end <= GAP;
  return (
    from.file === sourceFile &&
    to.file === targetFile &&
    near(from.offset + from.length, source) &&
    near(to.offset + to.length, target) &&
    source + length - from.offset <= limit &&
    target + length - to.offset <= limit
  );
}

/** Does `work` for each item, several at a time; the first failure ends it once those under way are done. */
export async function inFlight<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  signal?: Signal,
  width = IN_FLIGHT,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  try {
    for await (const item of items) {
      throwIfAborted(signal);
      if (failed.length > 0) break;
      const task: Promise<void> = work(item)
        .catch((thrown: unknown) => void failed.push(thrown))
        .finally(() => running.delete(task));
      running.add(task);
      if (running.size >= width) await Promise.race(running);
    }
  } finally {
    await Promise.all(running);
  }
  if (failed.length > 0) throw failed[0];
}

/** Memory that requests use in turn. */
export class Buffers {
  readonly #make: (length: number) => Uint8Array;
  readonly #free: Uint8Array[] = [];

  /** @param make memory on a page boundary, where the system has such. */
  constructor(make: (length: number) => Uint8Array) {
    this.#make = make;
  }

  /** Memory of {@link BULK} bytes and some pages; give it back. */
  take(): Uint8Array {
    return this.#free.pop() ?? this.#make(BULK + 4 * PAGE);
  }

  give(buffer: Uint8Array): void {
    this.#free.push(buffer);
  }
}

const PAGE = 4096;

/** Where in page-aligned memory bytes of offset `at` go, so that both are equally far into a page. */
export function inPage(buffer: Uint8Array, at: number, length: number): Uint8Array {
  return buffer.subarray(at % PAGE, (at % PAGE) + length);
}

/** Fills `into` from `at`; answers how many bytes there were. */
export async function readInto(source: ByteSource, at: number, into: Uint8Array, signal?: Signal): Promise<number> {
  if (source.readInto) return source.readInto(at, into, signal);
  const bytes = await source.read(at, into.length, signal);
  into.set(bytes);
  return bytes.length;
}

/** Compares words where both lie on a word boundary. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  if (a.byteOffset % 8 === 0 && b.byteOffset % 8 === 0 && a.length % 8 === 0) {
    const x = new Int32Array(a.buffer, a.byteOffset, a.length / 4);
    const y = new Int32Array(b.buffer, b.byteOffset, b.length / 4);
    for (let index = 0; index < x.length; index += 1) if (x[index] !== y[index]) return false;
    return true;
  }
  return a.every((byte, index) => byte === b[index]);
}
