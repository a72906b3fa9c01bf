import { Worker } from 'node:worker_threads';
import { failure } from '../../errors.ts';
import type { BackgroundHasher } from '../sink.ts';

/** What the thread runs: text, so that no bundle has to carry it as a file of its own. */
const SOURCE = `
const { parentPort } = require('node:worker_threads');
const hash = require('node:crypto').createHash('sha256');
const zeros = Buffer.alloc(1024 * 1024);
parentPort.on('message', ({ buffer, offset, length, end }) => {
  if (end) return parentPort.postMessage(hash.digest('hex'));
  if (buffer) hash.update(new Uint8Array(buffer, offset, length));
  else for (let left = length; left > 0; left -= zeros.length) hash.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  parentPort.postMessage(null);
});
`;

/** SHA-256 in a thread of its own: shared memory is hashed where it lies. */
export function hashThread(): BackgroundHasher {
  const worker = new Worker(SOURCE, { eval: true });
  const waiting: { resolve: (digest: string) => void; reject: (thrown: unknown) => void }[] = [];
  worker.on('message', (digest: string | null) => waiting.shift()?.resolve(digest ?? ''));
  worker.on('error', (thrown) => {
    for (const each of waiting.splice(0)) each.reject(failure('gone', 'The thread that hashes ended.', {}, thrown));
  });
  const ask = (message: object): Promise<string> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      worker.postMessage(message);
    });
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
      await worker.terminate();
      return digest;
    },
    close: () => void worker.terminate(),
  };
}
