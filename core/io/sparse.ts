import { bug } from '../errors.ts';

/** Bytes with a place of their own. */
export interface PlacedBytes {
  /** Offset in the file. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file as what is written in it: extents in ascending order that do not overlap; everything between them is zero. */
export interface SparseImage {
  /** Length in bytes. */
  readonly size: number;
  readonly extents: readonly PlacedBytes[];
}

/** Index of the first extent that ends after `at`; all of them do from there on. */
function firstAfter(extents: readonly PlacedBytes[], at: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const extent = extents[middle];
    if (extent && extent.at + extent.bytes.length <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `length` bytes of an image at `at`, or fewer when it ends before; always a copy. */
export function readSparse(image: SparseImage, at: number, length: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, Math.min(length, image.size - at)));
  for (let i = firstAfter(image.extents, at); i < image.extents.length; i += 1) {
    const extent = image.extents[i];
    if (!extent || extent.at >= at + out.length) break;
    const from = Math.max(at, extent.at);
    const to = Math.min(at + out.length, extent.at + extent.bytes.length);
    out.set(extent.bytes.subarray(from - extent.at, to - extent.at), from - at);
  }
  return out;
}

/** A sparse image in the making: what is written later wins. The bytes given are kept, not copied, and never changed. */
export class SparseBuilder implements SparseImage {
  readonly #extents: PlacedBytes[];
  #size: number;

  constructor(from: SparseImage = { size: 0, extents: [] }) {
    this.#size = from.size;
    this.#extents = [...from.extents];
  }

  get size(): number {
    return this.#size;
  }

  get extents(): readonly PlacedBytes[] {
    return this.#extents;
  }

  /** Writes; the image grows when `bytes` end after it. */
  put(at: number, bytes: Uint8Array): void {
    if (!Number.isSafeInteger(at) || at < 0) throw bug(`bytes placed at ${at}`);
    if (bytes.length === 0) return;
    this.#replace(at, at + bytes.length, [{ at, bytes }]);
    this.#size = Math.max(this.#size, at + bytes.length);
  }

  /** Makes a run zero, as a hole. */
  zero(at: number, length: number): void {
    this.#replace(at, at + length, []);
    this.#size = Math.max(this.#size, at + length);
  }

  /** Cuts the image, or grows it with a hole. */
  resize(size: number): void {
    if (size < this.#size) this.#replace(size, this.#size, []);
    this.#size = size;
  }

  /** What has been written so far, for keeping. */
  image(): SparseImage {
    return { size: this.#size, extents: [...this.#extents] };
  }

  #replace(from: number, to: number, by: PlacedBytes[]): void {
    const first = firstAfter(this.#extents, from);
    let end = first;
    const kept: PlacedBytes[] = [...by];
    for (; end < this.#extents.length; end += 1) {
      const extent = this.#extents[end];
      if (!extent || extent.at >= to) break;
      if (extent.at < from) kept.unshift({ at: extent.at, bytes: extent.bytes.subarray(0, from - extent.at) });
      if (extent.at + extent.bytes.length > to) kept.push({ at: to, bytes: extent.bytes.subarray(to - extent.at) });
    }
    this.#extents.splice(first, end - first, ...kept);
  }
}
