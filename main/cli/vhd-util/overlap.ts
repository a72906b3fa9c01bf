import { UNALLOCATED } from '../../../core/formats/vhd/constants.ts';

/**
 * Finds blocks that share bytes, as the comparison of each with each does, but from a sorted list: which is the first other
 * block that a block overlaps? Places are sectors in 32 bits, and a block at the very end wraps around to the start.
 */
export class Overlaps {
  readonly #places: Uint32Array;
  readonly #sorted: Uint32Array;
  readonly #length: number;

  /** @param places where each block starts; @param length sectors of a block with its bitmap */
  constructor(places: Uint32Array, length: number) {
    this.#places = places;
    this.#sorted = places.filter((at) => at !== UNALLOCATED).sort();
    this.#length = length;
  }

  /** The lowest other block that `block` overlaps; null when there is none. */
  first(block: number): number | null {
    const at = this.#places[block] ?? UNALLOCATED;
    if (!this.#any(at)) return null;
    const found = this.#places.findIndex((other, index) => {
      return index !== block && other !== UNALLOCATED && this.#overlap(at, other);
    });
    return found < 0 ? null : found;
  }

  #end(at: number): number {
    return (at + this.#length) >>> 0;
  }

  #overlap(at: number, other: number): boolean {
    if (at === other || (at > other && at < this.#end(other))) return true;
    return this.#end(at) > other && this.#end(at) < this.#end(other);
  }

  /**
   * Whether a place overlaps any other. Only its neighbours can; where it wraps around, the first place too, and the last that
   * does not wrap.
   */
  #any(at: number): boolean {
    const index = this.#indexOf(at);
    const others = [index - 1, index + 1, 0, this.#indexOf(2 ** 32 - this.#length) - 1];
    return others.some((other) => {
      const place = other === index ? undefined : this.#sorted[other];
      return place !== undefined && this.#overlap(at, place);
    });
  }

  /** Where the first place not below `at` stands. */
  #indexOf(at: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
