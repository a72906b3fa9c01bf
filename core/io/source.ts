import { bug, cancelled } from '../errors.ts';
import type { Extent } from '../findings/finding.ts';

/** What an abort looks like to the core: AbortSignal fits, and so does a flag shared between threads. */
export interface Signal {
  readonly aborted: boolean;
}

/** Throws Cancelled when `signal` is raised. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/**
 * Bytes that can be read at any offset: a file, a block device, a disk inside a chain, a partition, a dropped Blob.
 * There is no write: evidence cannot be changed through it.
 */
export interface ByteSource {
  /** Length in bytes; a safe integer. */
  readonly size: number;
  /**
   * Answers exactly `length` bytes at `at`, or fewer when `size` ends before; the answer may be a view of a cache and is
   * not to be written to.
   * @throws PlatterError failure `read-failed` | `gone` with path and offset; cancelled.
   */
  read(at: number, length: number, signal?: Signal): Promise<Uint8Array>;
  /**
   * As `read`, into memory of the caller; answers how many bytes there were. Memory on a page boundary for an offset on one
   * lets the bytes come straight from the disk. For bulk data; use it through `readInto` of core/io/bulk.
   */
  readInto?(at: number, into: Uint8Array, signal?: Signal): Promise<number>;
  /** Stretches that are no holes, ascending; the rest reads as zeros. Null, or no such method, where that is not known. */
  held?(): Promise<Extent[] | null>;
}

/** A source over bytes in memory. */
export class MemorySource implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    return Promise.resolve(this.#bytes.subarray(at, Math.min(at + length, this.size)));
  }
}

/** `length` bytes of `source` from `at`, as a source of their own (a partition is one). */
export class SliceSource implements ByteSource {
  readonly size: number;
  readonly #source: ByteSource;
  readonly #at: number;

  constructor(source: ByteSource, at: number, length: number) {
    if (at < 0 || length < 0) throw bug(`slice ${at}+${length}`);
    this.#source = source;
    this.#at = at;
    this.size = Math.max(0, Math.min(length, source.size - at));
  }

  read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    return this.#source.read(this.#at + at, clampLength(at, length, this.size), signal);
  }
}

/** Counts what is read through it: tests use it to show that opening reads metadata only. */
export class CountedSource implements ByteSource {
  readonly size: number;
  /** Bytes answered so far. */
  bytes = 0;
  /** Calls so far. */
  reads = 0;
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    const answer = await this.#source.read(at, length, signal);
    this.reads += 1;
    this.bytes += answer.length;
    return answer;
  }
}

/** How many of `length` bytes at `at` a source of `size` bytes has. */
export function clampLength(at: number, length: number, size: number): number {
  return Math.max(0, Math.min(length, size - at));
}
