import { CHUNK, readAhead } from '../io/chunks.ts';
import type { Signal } from '../io/source.ts';
import type { GuestDisk, GuestRun } from './guest.ts';

/** A stretch of the guest's disk on its way to a hash or a file. */
export interface GuestChunk {
  at: number;
  length: number;
  /** Null for a run without bytes: zeros, a hole, or lost; `runs` has exactly one entry then. */
  bytes: Uint8Array | null;
  runs: GuestRun[];
}

/** Mapped at once. Bitmaps of that many bytes of disk fit into the layers' caches. */
const WINDOW = 64 * 1024 * 1024;
/** Shorter runs without bytes travel as zeros among their neighbours. */
const LONG = 64 * 1024;

/** Runs of a range in order, mapped piece by piece so that a disk of any size takes little memory. */
export async function* guestRuns(
  disk: GuestDisk,
  at: number,
  length: number,
  signal?: Signal,
): AsyncGenerator<GuestRun> {
  const end = Math.min(disk.size, at + length);
  let last: GuestRun | undefined;
  for (let from = at; from < end; ) {
    // a table that says "nothing" of petabytes says so once
    const span = Math.max(WINDOW, disk.uniformUntil(from) - from);
    for (const run of await disk.map(from, Math.min(span, end - from), signal)) {
      if (last && continues(last, run)) last.length += run.length;
      else {
        if (last) yield last;
        last = run;
      }
    }
    from += span;
  }
  if (last) yield last;
}

function continues(last: GuestRun, run: GuestRun): boolean {
  return (
    last.state === run.state &&
    last.owner === run.owner &&
    (last.fileOffset === null
      ? run.fileOffset === null
      : run.fileOffset !== null && last.fileOffset + last.length === run.fileOffset)
  );
}

/**
 * The disk, or a range of it, in order, read one chunk ahead. Runs that nobody holds come without bytes, however long they are, so that
 * 2 TiB of nothing cost nothing to read. Holes and lost runs are told by their state: the caller decides.
 */
export function guestChunks(
  disk: GuestDisk,
  { at: from, length: count }: { at: number; length: number },
  signal?: Signal,
): AsyncGenerator<GuestChunk> {
  return readAhead(runGroups(guestRuns(disk, from, count, signal)), async (runs): Promise<GuestChunk> => {
    const first = runs[0];
    const last = runs[runs.length - 1];
    const at = first?.at ?? 0;
    const length = last ? last.at + last.length - at : 0;
    const empty = runs.length === 1 && first?.state !== 'data';
    return { at, length, bytes: empty ? null : await disk.readRuns(runs, signal), runs };
  });
}

/** Groups of neighbouring runs, each a chunk long at most; a long run without bytes is a group of its own. */
export async function* runGroups(all: AsyncIterable<GuestRun>): AsyncGenerator<GuestRun[]> {
  let group: GuestRun[] = [];
  let room = CHUNK;
  for await (const run of all) {
    if (run.state !== 'data' && run.length >= LONG) {
      if (group.length > 0) yield group;
      yield [run];
      group = [];
      room = CHUNK;
      continue;
    }
    for (let done = 0; done < run.length; ) {
      const length = Math.min(room, run.length - done);
      const fileOffset = run.fileOffset === null ? null : run.fileOffset + done;
      group.push({ ...run, at: run.at + done, length, fileOffset });
      done += length;
      room -= length;
      if (room === 0) {
        yield group;
        group = [];
        room = CHUNK;
      }
    }
  }
  if (group.length > 0) yield group;
}
