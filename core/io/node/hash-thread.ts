import { Worker } from 'node:worker_threads';
import { failure } from '../../errors.ts';
import type { BackgroundHasher, PartHasher } from '../sink.ts';

/** What the thread runs: text, so that no bundle has to carry it as a file of its own. */
const SOURCE = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const hash = createHash('sha256');
const zeros = Buffer.alloc(1024 * 1024);
parentPort.on('message', ({ buffer, offset, length, end, pieces }) => {
  if (pieces) {
    const part = createHash('sha256');
    for (const [at, size] of pieces) part.update(new Uint8Array(buffer, at, size));
    return parentPort.postMessage(part.digest('hex'));
  }
  if (end) return parentPort.postMessage(hash.digest('hex'));
  if (buffer) hash.update(new Uint8Array(buffer, offset, length));
  else for (let left = length; left > 0; left -= zeros.length) hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  parentPort.postMessage(null);
});
`;

type Ask = (message: object) => Promise<string>;

function hashWorker(): { ask: Ask; end: () => Promise<number> } {
  const worker = new Worker(SOURCE, { eval: true });
  const waiting: { resolve: (digest: string) => void; reject: (thrown: unknown) => void }[] = [];
  worker.on('message', (digest: string | null) => waiting.shift()?.resolve(digest ?? ''));
  worker.on('error', (thrown) => {
    for (const each of waiting.splice(0)) each.reject(failure('gone', 'The thread that hashes ended.', {}, thrown));
  });
  const ask: Ask = (message) =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
  return { ask, end: () => worker.terminate() };
}

/** SHA-256 in a thread of its own: shared memory is hashed where it lies. */
export function hashThread(): BackgroundHasher {
  const { ask, end } = hashWorker();
  return {
    async update(bytes, length) {
      if (!bytes) await ask({ length });
      else {
        const shared = bytes.buffer instanceof SharedArrayBuffer ? bytes : Uint8Array.from(bytes);
        await ask({ buffer: shared.buffer, offset: shared.byteOffset, length: shared.length });
      }
    },
    async digest() {
      const digest = await ask({ end: true });
      await end();
      return digest;
    },
    close: () => void end(),
  };
}

/** Threads that hash parts in turn; they begin when the first part comes. */
const THREADS = 2;

export function hashThreads(): PartHasher {
  const workers: ReturnType<typeof hashWorker>[] = [];
  let next = 0;
  return {
    async digest(pieces) {
      const buffer = pieces[0]?.buffer;
      const at = next++ % THREADS;
      const worker = (workers[at] ??= hashWorker());
      return worker.ask({ buffer, pieces: pieces.map(({ byteOffset, length }) => [byteOffset, length]) });
    },
    same: (a, b) => Buffer.compare(a, b) === 0,
    close() {
      for (const { end } of workers) void end();
    },
  };
}
