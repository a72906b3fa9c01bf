import { createHash } from 'node:crypto';
import { type GuestRun } from '../../../core/chain/guest.ts';
import { refusal } from '../../../core/errors.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import { type OpenedTarget, withTarget } from './target.ts';
import type { Served, TaskContext } from './task.ts';

export interface HashInput {
  target: OpenedTarget;
  served: Served;
  at: number;
  length: number | null;
  algorithms: ('sha256' | 'sha1' | 'md5')[];
}

/** Bytes hashed at once. */
const CHUNK = 4 * 1024 * 1024;
const LOOK_AHEAD = 256 * 1024 * 1024;
const TELL = 80;

/** Hashes a range; the next bytes are read while the last are hashed. @throws refusal where bytes are not to be had. */
export async function hash(
  { target, served, at, length, algorithms }: HashInput,
  { flag, send }: TaskContext<{ done: number; total: number }>,
): Promise<{ size: number; digests: Record<string, string> }> {
  if (algorithms.length === 0) throw refusal('usage', 'No algorithm was chosen.');
  return withTarget(target, served, flag, async (source, disk) => {
    const end = Math.min(at + (length ?? source.size), source.size);
    if (at > source.size) throw refusal('out-of-range', `The range begins at ${at}, behind the end at ${source.size}.`);
    const hashes = [...new Set(algorithms)].map((name) => ({ name, hash: createHash(name) }));
    const zeros = new Uint8Array(CHUNK);
    let done = 0;
    let told = 0;
    const feed = async (bytes: Uint8Array): Promise<void> => {
      for (const { hash: state } of hashes) state.update(bytes);
      done += bytes.length;
      if (Date.now() - told > TELL) {
        told = Date.now();
        send({ done, total: end - at });
        // lets messages out, and the flag's owner in
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const readRun = (run: GuestRun, from: number, size: number): Promise<Uint8Array> => {
      if (run.state === 'zero') return Promise.resolve(zeros.subarray(0, size));
      return source.read(from, size, flag);
    };
    let before: Promise<Uint8Array> | null = null;
    for (let from = at; from < end; from += LOOK_AHEAD) {
      const size = Math.min(LOOK_AHEAD, end - from);
      const whole: GuestRun = { at: from, length: size, state: 'data', owner: null, fileOffset: null };
      for (const run of disk ? await disk.map(from, size, flag) : [whole]) {
        disk?.assertReadable(run);
        for (let place = run.at; place < run.at + run.length; place += CHUNK) {
          throwIfAborted(flag);
          const next = readRun(run, place, Math.min(CHUNK, run.at + run.length - place));
          // its failure is seen when it is awaited, a round later
          next.catch(() => {});
          if (before) await feed(await before);
          before = next;
        }
      }
    }
    if (before) await feed(await before);
    const digests = Object.fromEntries(hashes.map(({ name, hash: state }) => [name, state.digest('hex')]));
    return { size: end - at, digests };
  });
}
