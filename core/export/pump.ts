import type { GuestDisk, GuestRun } from '../chain/guest.ts';
import { guestRuns, runGroups } from '../chain/stream.ts';
import { type Buffers, inFlight, inPage } from '../io/bulk.ts';
import type { Signal } from '../io/source.ts';

/** A stretch of the guest's disk on its way. */
export interface Parcel {
  at: number;
  length: number;
  /** Null for a run without bytes; `runs` has exactly one entry then. Memory that is used again afterwards. */
  bytes: Uint8Array | null;
  runs: GuestRun[];
}

/** A run without bytes is handed over in pieces: hashing gigabytes of zeros takes seconds, too, and may be given up. */
const STRETCH = 256 * 1024 * 1024;

async function* inStretches(groups: AsyncIterable<GuestRun[]>): AsyncGenerator<GuestRun[]> {
  for await (const runs of groups) {
    const [run, ...others] = runs;
    if (!run || others.length > 0 || run.state === 'data' || run.length <= STRETCH) yield runs;
    else
      for (let from = 0; from < run.length; from += STRETCH)
        yield [{ ...run, at: run.at + from, length: Math.min(STRETCH, run.length - from) }];
  }
}

/**
 * Reads a range of a disk, several requests at a time, and hands the parcels over in order. What `take` does before it first
 * waits is in order too; its promises may overlap.
 */
export async function pumpGuest(
  disk: GuestDisk,
  { at, length }: { at: number; length: number },
  buffers: Buffers,
  take: (parcel: Parcel) => Promise<void>,
  signal?: Signal,
): Promise<void> {
  let turn: Promise<void> = Promise.resolve();
  await inFlight(
    inStretches(runGroups(guestRuns(disk, at, length, signal))),
    async (runs) => {
      const before = turn;
      let pass = (): void => undefined;
      turn = new Promise((resolve) => (pass = resolve));
      const buffer = buffers.take();
      try {
        const first = runs[0];
        const last = runs[runs.length - 1];
        if (!first || !last) return;
        const parcel: Parcel = { at: first.at, length: last.at + last.length - first.at, bytes: null, runs };
        if (runs.length > 1 || first.state === 'data') {
          parcel.bytes = inPage(buffer, parcel.at, parcel.length);
          await disk.readRunsInto(runs, parcel.bytes, signal);
        }
        await before;
        const taken = take(parcel);
        pass();
        await taken;
      } finally {
        await before;
        pass();
        buffers.give(buffer);
      }
    },
    signal,
  );
}
