import { createHash } from 'node:crypto';
import { guestChunks } from '../../../core/chain/stream.ts';
import { refusal } from '../../../core/errors.ts';
import { CHUNK, sourceChunks } from '../../../core/io/chunks.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import { type OpenedTarget, withTarget } from './target.ts';
import { breathe, type Served, type TaskContext } from './task.ts';

export interface HashInput {
  target: OpenedTarget;
  served: Served;
  at: number;
  length: number | null;
  algorithms: ('sha256' | 'sha1' | 'md5')[];
}

const TELL = 80;

/** Hashes a range, zeros that nobody holds included. @throws refusal where bytes are not to be had. */
export async function hash(
  { target, served, at, length, algorithms }: HashInput,
  { flag, send }: TaskContext<{ done: number; total: number }>,
): Promise<{ size: number; digests: Record<string, string> }> {
  if (algorithms.length === 0) throw refusal('usage', 'No algorithm was chosen.');
  return withTarget(target, served, flag, async (source, disk) => {
    if (at > source.size) throw refusal('out-of-range', `The range begins at ${at}, behind the end at ${source.size}.`);
    const total = Math.min(length ?? source.size, source.size - at);
    const hashes = [...new Set(algorithms)].map((name) => ({ name, state: createHash(name) }));
    let done = 0;
    let told = 0;
    const feed = async (bytes: Uint8Array): Promise<void> => {
      throwIfAborted(flag);
      for (const { state } of hashes) state.update(bytes);
      done += bytes.length;
      if (Date.now() - told < TELL) return;
      told = Date.now();
      send({ done, total });
      await breathe();
    };
    const range = { at, length: total };
    if (disk) {
      const zeros = new Uint8Array(CHUNK);
      for await (const chunk of guestChunks(disk, range, flag)) {
        for (const run of chunk.runs) disk.assertReadable(run);
        if (chunk.bytes) await feed(chunk.bytes);
        else
          for (let left = chunk.length; left > 0; left -= CHUNK) await feed(zeros.subarray(0, Math.min(left, CHUNK)));
      }
    } else for await (const bytes of sourceChunks(source, range, flag)) await feed(bytes);
    const digests = Object.fromEntries(hashes.map(({ name, state }) => [name, state.digest('hex')]));
    return { size: total, digests };
  });
}
