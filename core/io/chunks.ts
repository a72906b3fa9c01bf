import { type ByteSource, type Signal, throwIfAborted } from './source.ts';

/** Bytes handed on at once: large enough for the disk's full speed, small enough to keep two of them. */
export const CHUNK = 4 * 1024 * 1024;

/** Loads what `plans` ask for, one ahead of the consumer: while it works on one, the next is being read. */
export async function* readAhead<P, R>(
  plans: Iterable<P> | AsyncIterable<P>,
  load: (plan: P) => Promise<R>,
): AsyncGenerator<R> {
  let pending: Promise<R> | undefined;
  for await (const plan of plans) {
    const next = load(plan);
    // it is awaited in its turn; until then its failure is nobody's unhandled one
    next.catch(() => {});
    if (pending) yield await pending;
    pending = next;
  }
  if (pending) yield await pending;
}

/** The bytes of a range in order, read one chunk ahead. */
export function sourceChunks(
  source: ByteSource,
  { at: from, length: count }: { at: number; length: number },
  signal?: Signal,
): AsyncGenerator<Uint8Array> {
  const end = Math.min(source.size, from + count);
  const plans = function* (): Generator<{ at: number; length: number }> {
    for (let at = from; at < end; at += CHUNK) {
      throwIfAborted(signal);
      yield { at, length: Math.min(CHUNK, end - at) };
    }
  };
  return readAhead(plans(), ({ at, length }) => source.read(at, length, signal));
}
