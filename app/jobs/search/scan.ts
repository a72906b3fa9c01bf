import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import type { SearchHit } from '../../contract/types.ts';
import { breathe } from '../tasks/task.ts';
import type { Matcher } from './matcher.ts';

/** A stretch that is to be searched. */
export interface Span {
  from: number;
  to: number;
}

export interface ScanOptions {
  /** Spans in ascending order; one that begins where the last ended is the same stretch. */
  spans: AsyncIterable<Span>;
  read: (at: number, length: number) => Promise<Uint8Array>;
  matcher: Matcher;
  /** Bytes read at once. */
  chunk: number;
  limit: number;
  signal: Signal;
  onHit: (hit: SearchHit) => void;
  /** Told where the search is. */
  onPlace: (at: number) => void;
}

/** Bytes shown around a hit, and how many of them stand before it. */
const CONTEXT = 48;
const BEFORE = 16;
/** Bytes kept before the place from which matches are looked for: for the context, and for what looks behind. */
const KEPT = 256;

/**
 * Finds all matches that do not overlap, each once, however the spans are cut into reads. Answers their number and whether
 * the limit ended the search.
 */
export async function scanSpans(options: ScanOptions): Promise<{ hits: number; capped: boolean }> {
  const { spans, read, chunk, signal } = options;
  const state = new Window(options);
  for await (const { from, to } of spans) {
    if (from !== state.end) {
      if (state.search(true)) return { hits: state.hits, capped: true };
      state.restart(from);
    }
    for (let at = from; at < to; ) {
      throwIfAborted(signal);
      const bytes = await read(at, Math.min(chunk, to - at));
      if (bytes.length === 0) break;
      state.append(bytes);
      at += bytes.length;
      options.onPlace(at);
      if (state.search(false)) return { hits: state.hits, capped: true };
      // hits found in memory alone would not let a message through
      await breathe();
    }
  }
  const capped = state.search(true);
  return { hits: state.hits, capped };
}

class Window {
  hits = 0;
  readonly #options: ScanOptions;
  #bytes: Uint8Array = new Uint8Array();
  /** Offset of the window's first byte. */
  #at = 0;
  /** Matches that start before this offset have been found. */
  #done = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  get end(): number {
    return this.#at + this.#bytes.length;
  }

  restart(at: number): void {
    this.#bytes = new Uint8Array();
    this.#at = at;
    this.#done = Math.max(this.#done, at);
  }

  append(bytes: Uint8Array): void {
    const from = Math.max(0, Math.min(this.#done - KEPT - this.#at, this.#bytes.length));
    const kept = this.#bytes.subarray(from);
    const next = new Uint8Array(kept.length + bytes.length);
    next.set(kept);
    next.set(bytes, kept.length);
    this.#bytes = next;
    this.#at += from;
  }

  /** Looks for matches; those that may go on behind the window wait, unless it is the `last`. True when the limit is reached. */
  search(last: boolean): boolean {
    const { matcher, limit, onHit } = this.#options;
    const to = last ? this.#bytes.length : this.#bytes.length - (matcher.longest - 1);
    let from = this.#done - this.#at;
    while (from < to) {
      const match = matcher.next(this.#bytes, from, to);
      if (!match) break;
      if (this.hits >= limit) return true;
      this.hits += 1;
      onHit(this.#hit(match.at, match.length));
      from = match.at + match.length;
    }
    this.#done = Math.max(this.#done, this.#at + Math.max(from, to));
    return false;
  }

  #hit(at: number, length: number): SearchHit {
    const from = Math.max(0, at - BEFORE);
    const context = this.#bytes.slice(from, from + CONTEXT);
    return { at: this.#at + at, length, context, contextAt: at - from };
  }
}
