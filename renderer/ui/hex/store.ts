import { asPlatterError } from '../../../core/errors.ts';

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

interface Chunk {
  /** Grows with each change of the chunk. */
  revision: number;
  data: Stored | null;
  /** Why it could not be read. */
  error: string | null;
  used: number;
}

const CHUNK = 64 * 1024;
/** Neighbouring chunks asked for in one request. */
const MAX_JOINED = 8;
/** Requests under way at a time: one that is answered, one that waits behind it. */
const MAX_ASKED = 2;
/** Chunks kept. */
const MAX_KEPT = 256;
/** Views say what they want in bunches, a frame at a time; in milliseconds. */
const BUNCH = 8;
/** A host that is gone for a moment is asked again after this. */
const RETRY = 1_000;

interface Request {
  first: number;
  count: number;
  stop: AbortController;
}

/**
 * Bytes of something of any size, read in chunks when a view wants them and kept for a while. A view that moves on before
 * its bytes came lets go of the request.
 */
export class ByteStore {
  readonly size: number;
  readonly #read: ReadBytes;
  readonly #chunks = new Map<number, Chunk>();
  readonly #listeners = new Set<() => void>();
  #wanted: { first: number; last: number } | null = null;
  #asked: Request[] = [];
  #clock = 0;
  #version = 0;
  #scheduled: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(size: number, read: ReadBytes) {
    this.size = size;
    this.#read = read;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#closed = false;
    if (this.#missing().length > 0) this.#schedule();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  };

  /** Grows whenever anything became known. */
  version = (): number => this.#version;

  /** Grows whenever something of the range changed. */
  revision(at: number, length: number): number {
    let sum = 0;
    for (const index of chunksOf(at, length)) sum += this.#chunks.get(index)?.revision ?? 0;
    return sum;
  }

  /** Says what is looked at now; what nobody looks at any more is not waited for. */
  want(at: number, length: number): void {
    if (length <= 0) return;
    const first = Math.floor(Math.max(0, at) / CHUNK);
    const last = Math.floor((Math.min(this.size, at + length) - 1) / CHUNK);
    if (last < first) return;
    this.#wanted = { first, last };
    if (this.#missing().length > 0) this.#schedule();
  }

  /** What is known of a range now; what is not is asked for by `want` only. */
  slice(at: number, length: number): Slice {
    const bytes = new Uint8Array(length);
    let states: Uint8Array | null = null;
    const mark = (from: number, to: number, state: number): void => {
      states ??= new Uint8Array(length);
      states.fill(state, Math.max(0, from - at), Math.min(length, to - at));
    };
    for (const index of chunksOf(at, length)) {
      const from = Math.max(at, index * CHUNK);
      const to = Math.min(at + length, (index + 1) * CHUNK);
      const chunk = this.#chunks.get(index);
      if (!chunk?.data) {
        mark(from, to, chunk?.error ? FAILED : WAITING);
        continue;
      }
      const { data } = chunk;
      chunk.used = this.#clock += 1;
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
    const { data } = this.#chunks.get(Math.floor(at / CHUNK)) ?? {};
    return (data && runsIn(data.runs, at, at + 1)[0]) ?? null;
  }

  /** Why a byte could not be read; null when it could, or nobody tried. */
  errorAt(at: number): string | null {
    return this.#chunks.get(Math.floor(at / CHUNK))?.error ?? null;
  }

  /** Forgets everything: the file is read anew. */
  clear(): void {
    this.#rest();
    this.#closed = false;
    this.#chunks.clear();
    this.#changed();
    if (this.#wanted) this.#schedule();
  }

  #rest(): void {
    this.#closed = true;
    if (this.#scheduled !== null) clearTimeout(this.#scheduled);
    this.#scheduled = null;
    for (const { stop } of this.#asked) stop.abort();
    this.#asked = [];
  }

  #schedule(wait = BUNCH): void {
    this.#scheduled ??= setTimeout(() => {
      this.#scheduled = null;
      this.#ask();
    }, wait);
  }

  #missing(): number[] {
    if (!this.#wanted) return [];
    const out = [];
    for (let index = this.#wanted.first; index <= this.#wanted.last; index += 1)
      if (!this.#chunks.has(index)) out.push(index);
    return out;
  }

  #ask(): void {
    if (this.#closed || !this.#wanted) return;
    const { first, last } = this.#wanted;
    for (const request of this.#asked)
      if (request.first > last || request.first + request.count <= first) request.stop.abort();
    this.#asked = this.#asked.filter(({ stop }) => !stop.signal.aborted);
    const waiting = new Set(this.#asked.flatMap((request) => indices(request.first, request.count)));
    const missing = this.#missing().filter((index) => !waiting.has(index));
    while (this.#asked.length < MAX_ASKED) {
      const from = missing.shift();
      if (from === undefined) return;
      let count = 1;
      while (count < MAX_JOINED && missing[0] === from + count) {
        missing.shift();
        count += 1;
      }
      void this.#request({ first: from, count, stop: new AbortController() });
    }
  }

  async #request(request: Request): Promise<void> {
    this.#asked.push(request);
    const { first, count, stop } = request;
    const at = first * CHUNK;
    try {
      const answer = await this.#read(at, Math.min(this.size, (first + count) * CHUNK) - at, stop.signal);
      if (stop.signal.aborted) return;
      for (const index of indices(first, count)) this.#put(index, cut(answer, index * CHUNK), null);
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (stop.signal.aborted || error.kind === 'cancelled') return;
      if (error.code === 'connection-lost') {
        this.#schedule(RETRY);
        return;
      }
      for (const index of indices(first, count)) this.#put(index, null, error.message);
    } finally {
      this.#asked = this.#asked.filter((other) => other !== request);
    }
    this.#changed();
    this.#ask();
  }

  #put(index: number, data: Stored | null, error: string | null): void {
    const revision = (this.#chunks.get(index)?.revision ?? 0) + 1;
    this.#chunks.set(index, { revision, data, error, used: (this.#clock += 1) });
    if (this.#chunks.size <= MAX_KEPT) return;
    const oldest = [...this.#chunks].sort((a, b) => a[1].used - b[1].used).slice(0, MAX_KEPT / 4);
    for (const [known] of oldest) this.#chunks.delete(known);
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}

function chunksOf(at: number, length: number): number[] {
  if (length <= 0) return [];
  const first = Math.floor(at / CHUNK);
  return indices(first, Math.floor((at + length - 1) / CHUNK) - first + 1);
}

function indices(first: number, count: number): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index);
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
