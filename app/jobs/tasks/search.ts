import type { GuestDisk } from '../../../core/chain/guest.ts';
import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import type { SearchPattern } from '../../contract/contract.ts';
import type { SearchHit } from '../../contract/types.ts';
import { compile } from '../search/matcher.ts';
import { type Span, scanSpans } from '../search/scan.ts';
import { type OpenedTarget, withTarget } from './target.ts';
import type { Served, TaskContext } from './task.ts';

export interface SearchInput {
  target: OpenedTarget;
  served: Served;
  pattern: SearchPattern;
  from: number;
  to: number | null;
  limit: number;
}

export interface SearchMessage {
  at: number;
  total: number;
  hits: SearchHit[];
}

/** Bytes read at once. A regular expression gets less, so that each step of it is short. */
const CHUNK = 2 * 1024 * 1024;
const REGEX_CHUNK = 256 * 1024;
/** Guest bytes asked for at once when runs are looked up. */
const LOOK_AHEAD = 1024 * 1024 * 1024;
/** Hits kept of one search. */
const MAX_HITS = 100_000;
/** Milliseconds between two messages. */
const TELL = 80;

/**
 * Searches a file or a guest's disk of any size. Of a guest's disk, runs that nobody holds are not read: they are zeros, and
 * a match that lies in zeros alone is not looked for there. Bytes that are not to be had are skipped and counted.
 */
export async function search(
  { target, served, pattern, from, to, limit }: SearchInput,
  { flag, send }: TaskContext<SearchMessage>,
): Promise<{ hits: number; capped: boolean; skippedHoles: number }> {
  const matcher = compile(pattern, (step) => flag.guard(step));
  return withTarget(target, served, flag, async (source, disk) => {
    const end = Math.min(to ?? source.size, source.size);
    const skipped = { bytes: 0 };
    let hits: SearchHit[] = [];
    let told = 0;
    const tell = (at: number, force = false): void => {
      if (!force && Date.now() - told < TELL) return;
      told = Date.now();
      send({ at: at - from, total: end - from, hits });
      hits = [];
    };
    const spans = disk ? guestSpans(disk, from, end, matcher.longest - 1, flag, skipped, tell) : fileSpans(from, end);
    const result = await scanSpans({
      spans,
      // a guest's span holds no hole: its zeros are the guest's own
      read: async (at, length) =>
        disk ? (await disk.readWithRuns(at, length, flag)).bytes : source.read(at, length, flag),
      matcher,
      chunk: pattern.kind === 'regex' ? REGEX_CHUNK : CHUNK,
      limit: Math.min(limit, MAX_HITS),
      signal: flag,
      onHit: (hit) => hits.push(hit),
      onPlace: tell,
    });
    tell(result.capped ? from : end, true);
    return { ...result, skippedHoles: skipped.bytes };
  });
}

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one, beside one that has to wait
async function* fileSpans(from: number, to: number): AsyncGenerator<Span> {
  if (from < to) yield { from, to };
}

/** What there is to be read of a guest's disk: data, and of long zero runs only `margin` bytes at each end. */
async function* guestSpans(
  disk: GuestDisk,
  from: number,
  to: number,
  margin: number,
  signal: Signal,
  skipped: { bytes: number },
  tell: (at: number) => void,
): AsyncGenerator<Span> {
  // a zero run may go on behind the place up to which runs were asked for
  let zeros = null as Span | null;
  for (let at = from; at < to; at += LOOK_AHEAD) {
    throwIfAborted(signal);
    for (const run of await disk.map(at, Math.min(LOOK_AHEAD, to - at), signal)) {
      const span: Span = { from: run.at, to: run.at + run.length };
      if (run.state === 'zero') {
        zeros = { from: zeros?.from ?? span.from, to: span.to };
        continue;
      }
      if (zeros) yield* edges(zeros, margin);
      zeros = null;
      if (run.state === 'data') yield span;
      else skipped.bytes += run.length;
    }
    tell(Math.min(to, at + LOOK_AHEAD));
  }
  if (zeros) yield* edges(zeros, margin);
}

function* edges({ from, to }: Span, margin: number): Generator<Span> {
  if (to - from <= 2 * margin) {
    yield { from, to };
    return;
  }
  yield { from, to: from + margin };
  yield { from: to - margin, to };
}
