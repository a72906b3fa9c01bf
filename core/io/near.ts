import { asPlatterError } from '../errors.ts';
import type { ByteSource, Signal } from './source.ts';

/** Bytes read where a few were asked for. */
const WINDOW = 16 * 1024;
/** Larger requests go through. */
const SMALL = 4 * 1024;

interface Window {
  at: number;
  bytes: Uint8Array;
}

/**
 * A source for reading many small structures that stand close together: each small read brings in what is around it. It
 * remembers, so it is for one pass over an image's metadata and not to be kept.
 */
export class NearSource implements ByteSource {
  readonly size: number;
  readonly #source: ByteSource;
  #windows: Window[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    const wanted = Math.min(length, this.size - at);
    if (length > SMALL || wanted <= 0) return this.#source.read(at, length, signal);
    const window = await this.#windowAround(at, wanted, signal);
    // a copy: what is kept of it must not keep the window
    return window ? window.bytes.slice(at - window.at, at - window.at + wanted) : this.#source.read(at, wanted, signal);
  }

  /** Null when what is around cannot be read, though the bytes themselves perhaps can. */
  async #windowAround(at: number, length: number, signal?: Signal): Promise<Window | null> {
    const known = this.#windows.find((one) => at >= one.at && at + length <= one.at + one.bytes.length);
    if (known) return known;
    const from = Math.max(0, Math.min(at, this.size - WINDOW));
    try {
      const window = { at: from, bytes: await this.#source.read(from, Math.min(WINDOW, this.size - from), signal) };
      this.#windows = [window, ...this.#windows.slice(0, 1)];
      return window;
    } catch (thrown) {
      if (asPlatterError(thrown).kind !== 'failure') throw thrown;
      return null;
    }
  }
}
