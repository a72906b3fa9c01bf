import { failure } from '../../../core/errors.ts';
import { type ByteSource, clampLength, type Signal, throwIfAborted } from '../../../core/io/source.ts';

/** A dropped file's bytes. There is no way to write through it. */
export class BlobSource implements ByteSource {
  readonly size: number;
  readonly #blob: Blob;
  readonly #name: string;

  constructor(file: File) {
    this.size = file.size;
    this.#blob = file;
    this.#name = file.name;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const end = at + clampLength(at, length, this.size);
    try {
      return new Uint8Array(await this.#blob.slice(at, end).arrayBuffer());
    } catch (thrown) {
      // browsers refuse a file that changed since it was dropped
      const hint = 'The file may have changed or gone since it was dropped; drop it again.';
      throw failure('read-failed', `${this.#name} could not be read.`, { path: this.#name, offset: at, hint }, thrown);
    }
  }
}
