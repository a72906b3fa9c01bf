import { ChunkLoader } from './loader.ts';

/** A run of what was read, as the contract's ByteRun: only what a view must know. */
export interface StoredRun {
  at: number;
  length: number;
  state: 'data' | 'zero' | 'hole' | 'lost';
  owner: number | null;
  fileOffset: number | null;
}

export interface Stored {
  at: number;
  bytes: Uint8Array;
  /** Empty for a file's own bytes. */
  runs: readonly StoredRun[];
}

export type ReadBytes = (at: number, length: number, signal: AbortSignal) => Promise<Stored>;

/** What is known of a byte. */
export const KNOWN = 0;
export const WAITING = 1;
export const HOLE = 2;
export const LOST = 3;
export const FAILED = 4;

export interface Slice {
  bytes: Uint8Array;
  /** One of the states above a byte; null when all are known. */
  states: Uint8Array | null;
}

const CHUNK = 64 * 1024;

/** Bytes of something of any size, read as a view wants them. */
export class ByteStore {
  readonly size: number;
  readonly #chunks: ChunkLoader<Stored>;
  readonly #listeners = new Set<() => void>();
  #version = 0;

  constructor(size: number, read: ReadBytes) {
    this.size = size;
    this.#chunks = new ChunkLoader({
      load: async (first, count, signal) => {
        const at = first * CHUNK;
        const answer = await read(at, Math.min(size, (first + count) * CHUNK) - at, signal);
        return Array.from({ length: count }, (_, index) => cut(answer, (first + index) * CHUNK));
      },
      keep: 256,
      join: 8,
      changed: () => {
        this.#version += 1;
        for (const listener of [...this.#listeners]) listener();
      },
    });
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#chunks.wake();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#chunks.rest();
    };
  };

  /** Grows whenever anything became known. */
  version = (): number => this.#version;

  /** Grows whenever something of the range changed. */
  revision(at: number, length: number): number {
    let sum = 0;
    for (let index = Math.floor(at / CHUNK); index * CHUNK < at + length; index += 1)
      sum += this.#chunks.peek(index)?.revision ?? 0;
    return sum;
  }

  /** Says what is looked at now. */
  want(at: number, length: number): void {
    const end = Math.min(this.size, at + length);
    if (end > at) this.#chunks.want(Math.floor(Math.max(0, at) / CHUNK), Math.floor((end - 1) / CHUNK));
  }

  /** What is known of a range now; what is not is asked for by `want` only. */
  slice(at: number, length: number): Slice {
    const bytes = new Uint8Array(length);
    let states: Uint8Array | null = null;
    const mark = (from: number, to: number, state: number): void => {
      states ??= new Uint8Array(length);
      states.fill(state, Math.max(0, from - at), Math.min(length, to - at));
    };
    for (let index = Math.floor(at / CHUNK); index * CHUNK < at + length; index += 1) {
      const from = Math.max(at, index * CHUNK);
      const to = Math.min(at + length, (index + 1) * CHUNK);
      const chunk = this.#chunks.get(index);
      if (!chunk?.value) {
        mark(from, to, chunk ? FAILED : WAITING);
        continue;
      }
      const data = chunk.value;
      const end = Math.min(to, data.at + data.bytes.length);
      bytes.set(data.bytes.subarray(from - data.at, Math.max(from, end) - data.at), from - at);
      if (end < to) mark(Math.max(from, end), to, FAILED);
      for (const run of runsIn(data.runs, from, to))
        if (run.state === 'hole' || run.state === 'lost')
          mark(Math.max(from, run.at), Math.min(to, run.at + run.length), run.state === 'hole' ? HOLE : LOST);
    }
    return { bytes, states };
  }

  /** The run a byte is in; null when not known (or a file's own byte). */
  runAt(at: number): StoredRun | null {
    const data = this.#chunks.peek(Math.floor(at / CHUNK))?.value;
    return (data && runsIn(data.runs, at, at + 1)[0]) ?? null;
  }

  /** Why a byte could not be read; null when it could, or nobody tried. */
  errorAt(at: number): string | null {
    return this.#chunks.peek(Math.floor(at / CHUNK))?.error ?? null;
  }

  /** Forgets everything: the file is read anew. */
  clear(): void {
    this.#chunks.clear();
  }
}

/** The part of an answer that one chunk holds. */
function cut(answer: Stored, at: number): Stored {
  const from = at - answer.at;
  const bytes = answer.bytes.subarray(from, from + CHUNK);
  return { at, bytes, runs: runsIn(answer.runs, at, at + bytes.length) };
}

/** Runs (in order, apart) that touch the range. */
function runsIn(runs: readonly StoredRun[], from: number, to: number): StoredRun[] {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[middle];
    if (run && run.at + run.length <= from) low = middle + 1;
    else high = middle;
  }
  const out = [];
  for (let index = low; index < runs.length; index += 1) {
    const run = runs[index];
    if (!run || run.at >= to) break;
    out.push(run);
  }
  return out;
}
