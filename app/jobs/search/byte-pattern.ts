/** A run of positions, each of which allows some byte values. */
export class BytePattern {
  readonly length: number;
  /** One row of 256 for each position: 1 where the byte is allowed. */
  readonly #allowed: Uint8Array;
  /** The bytes, when each position allows exactly one. */
  readonly #exact: Buffer | null;
  /** How far the pattern moves on when this byte stands at its end (Horspool). */
  readonly #shift: Int32Array;

  constructor(positions: readonly (readonly number[])[]) {
    this.length = positions.length;
    this.#allowed = new Uint8Array(256 * positions.length);
    this.#shift = new Int32Array(256).fill(positions.length);
    for (const [index, bytes] of positions.entries())
      for (const byte of bytes) {
        this.#allowed[index * 256 + byte] = 1;
        if (index < positions.length - 1) this.#shift[byte] = positions.length - 1 - index;
      }
    const single = positions.every((bytes) => bytes.length === 1);
    this.#exact = single ? Buffer.from(positions.map((bytes) => bytes[0] ?? 0)) : null;
  }

  /** Where it stands first from `from` on; -1 when nowhere. */
  indexIn(window: Uint8Array, from: number): number {
    if (this.#exact) {
      const view = Buffer.from(window.buffer, window.byteOffset, window.byteLength);
      return view.indexOf(this.#exact, from);
    }
    const { length } = this;
    const allowed = this.#allowed;
    const last = length - 1;
    for (let end = from + last; end < window.length; end += this.#shift[window[end] ?? 0] ?? 1) {
      let index = last;
      while (index >= 0 && allowed[index * 256 + (window[end - last + index] ?? 0)] === 1) index -= 1;
      if (index < 0) return end - last;
    }
    return -1;
  }
}
