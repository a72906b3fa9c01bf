import { asPlatterError } from '../../../core/errors.ts';

export interface LoaderOptions<T> {
  /** Reads neighbouring chunks, `count` of them or fewer at the end of all. */
  load: (first: number, count: number, signal: AbortSignal) => Promise<T[]>;
  /** Chunks kept; those nobody looked at longest go first. */
  keep: number;
  /** Neighbours asked for in one request. */
  join: number;
  /** Called whenever a chunk became known. */
  changed: () => void;
}

export interface Loaded<T> {
  /** Null when it could not be read. */
  value: T | null;
  error: string | null;
  /** Grows with each change of the chunk. */
  revision: number;
}

/** Requests under way at a time: one that is answered, one that waits behind it. */
const MAX_ASKED = 2;
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
 * Chunks of something long, read when a view wants them and kept for a while. Neighbours are asked for together, and a view that
 * moves on before its chunks came lets go of the request.
 */
export class ChunkLoader<T> {
  readonly #options: LoaderOptions<T>;
  /** In order of use. */
  readonly #chunks = new Map<number, Loaded<T>>();
  #wanted: { first: number; last: number } | null = null;
  #asked: Request[] = [];
  #scheduled: ReturnType<typeof setTimeout> | null = null;
  #resting = false;

  constructor(options: LoaderOptions<T>) {
    this.#options = options;
  }

  /** What is known of a chunk; null when nothing is yet. */
  get(index: number): Loaded<T> | null {
    const chunk = this.#chunks.get(index);
    if (!chunk) return null;
    this.#chunks.delete(index);
    this.#chunks.set(index, chunk);
    return chunk;
  }

  /** As `get`, and does not count as use. */
  peek(index: number): Loaded<T> | null {
    return this.#chunks.get(index) ?? null;
  }

  /** Says which chunks are looked at now; what nobody looks at any more is not waited for. */
  want(first: number, last: number): void {
    this.#wanted = { first, last };
    if (this.#missing().length > 0) this.#schedule();
  }

  /** Stops reading until somebody looks again. */
  rest(): void {
    this.#resting = true;
    if (this.#scheduled !== null) clearTimeout(this.#scheduled);
    this.#scheduled = null;
    for (const { stop } of this.#asked) stop.abort();
    this.#asked = [];
  }

  wake(): void {
    this.#resting = false;
    if (this.#missing().length > 0) this.#schedule();
  }

  /** Forgets everything, and reads what is looked at anew. */
  clear(): void {
    this.rest();
    this.#chunks.clear();
    this.#options.changed();
    this.wake();
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
    if (this.#resting || !this.#wanted) return;
    const { first, last } = this.#wanted;
    for (const request of this.#asked)
      if (request.first > last || request.first + request.count <= first) request.stop.abort();
    this.#asked = this.#asked.filter(({ stop }) => !stop.signal.aborted);
    const waiting = this.#asked;
    const missing = this.#missing().filter(
      (index) => !waiting.some((request) => index >= request.first && index < request.first + request.count),
    );
    while (this.#asked.length < MAX_ASKED) {
      const from = missing.shift();
      if (from === undefined) return;
      let count = 1;
      while (count < this.#options.join && missing[0] === from + count) {
        missing.shift();
        count += 1;
      }
      void this.#request({ first: from, count, stop: new AbortController() });
    }
  }

  async #request(request: Request): Promise<void> {
    this.#asked.push(request);
    const { first, count, stop } = request;
    try {
      const values = await this.#options.load(first, count, stop.signal);
      if (stop.signal.aborted) return;
      for (let index = 0; index < count; index += 1) this.#put(first + index, values[index] ?? null, null);
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (stop.signal.aborted || error.kind === 'cancelled') return;
      if (error.code === 'connection-lost') {
        this.#schedule(RETRY);
        return;
      }
      for (let index = 0; index < count; index += 1) this.#put(first + index, null, error.message);
    } finally {
      this.#asked = this.#asked.filter((other) => other !== request);
    }
    this.#options.changed();
    this.#ask();
  }

  #put(index: number, value: T | null, error: string | null): void {
    const revision = (this.#chunks.get(index)?.revision ?? 0) + 1;
    this.#chunks.delete(index);
    this.#chunks.set(index, { value, error, revision });
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= this.#options.keep) break;
      this.#chunks.delete(oldest);
    }
  }
}
