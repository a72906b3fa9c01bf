import { type ByteSource, type Signal, throwIfAborted } from '../io/source.ts';
import { readSparse, type SparseImage } from '../io/sparse.ts';

/** An image in memory as a source: a disk of 2 TiB costs what is written in it. */
export class SparseSource implements ByteSource {
  readonly size: number;
  readonly #image: SparseImage;

  constructor(image: SparseImage) {
    this.#image = image;
    this.size = image.size;
  }

  read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    return Promise.resolve(readSparse(this.#image, at, length));
  }
}
