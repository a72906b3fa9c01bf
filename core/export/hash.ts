import type { GuestDisk } from '../chain/guest.ts';
import { Buffers } from '../io/bulk.ts';
import type { WriteFiles } from '../io/sink.ts';
import type { Signal } from '../io/source.ts';
import { pumpGuest } from './pump.ts';

export interface HashOptions {
  /** Bytes from the start; the whole disk by default. */
  length?: number;
  /** Holes count as zeros. */
  holes?: boolean;
  progress?: ((phase: string, done: number, total: number) => void) | undefined;
  /** What the progress is called. */
  phase?: string;
  signal?: Signal | undefined;
}

/** SHA-256 of a guest's disk. @throws refusal where bytes are lost, or in a hole nobody accepted. */
export async function hashGuest(disk: GuestDisk, files: WriteFiles, options: HashOptions = {}): Promise<string> {
  const length = Math.min(disk.size, options.length ?? disk.size);
  const hasher = files.backgroundHasher();
  try {
    await pumpGuest(
      disk,
      { at: 0, length },
      new Buffers((size) => files.buffer(size)),
      async (parcel) => {
        for (const run of parcel.runs) if (run.state !== 'hole' || !options.holes) disk.assertReadable(run);
        await hasher.update(parcel.bytes, parcel.length);
        options.progress?.(options.phase ?? 'Hashing', parcel.at + parcel.length, length);
      },
      options.signal,
    );
    return await hasher.digest();
  } finally {
    hasher.close();
  }
}
