/** Where a command's output goes. */
export interface Io {
  /** A promise is waited for, so that a slow reader holds us back. */
  stdout: (chunk: Uint8Array | string) => void | Promise<void>;
  stderr: (text: string) => void;
  /** Relative names start here. */
  cwd: string;
  /** Whether a file may be looked at, for a host that shows some folders only; all may when absent. */
  visible?: (path: string) => Promise<boolean>;
}

/** Text that may hold raw bytes of the image: a string goes out as UTF-8, bytes as they are. */
export type Piece = string | Uint8Array;

const BUFFER = 4096;

/**
 * Standard output as C's stdio gives it to a pipe or a file: text gathers in a buffer of 4 KiB, raw blocks go out at once.
 * So where vhd-util mixes the two, the text comes after the blocks, and loops written for it see the same bytes.
 */
export class Output {
  readonly #io: Io;
  #held: Uint8Array[] = [];
  #length = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  /** One line or part of it. */
  async print(...pieces: Piece[]): Promise<void> {
    for (const piece of pieces) {
      const bytes = typeof piece === 'string' ? encoder.encode(piece) : piece;
      this.#held.push(bytes);
      this.#length += bytes.length;
    }
    if (this.#length >= BUFFER) await this.#flush(this.#length - (this.#length % BUFFER));
  }

  async line(...pieces: Piece[]): Promise<void> {
    await this.print(...pieces, '\n');
  }

  /** A block of data, past the text that is held. */
  async block(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#io.stdout(bytes);
  }

  /** One line on standard error. */
  complain(text: string): void {
    this.#io.stderr(`${text}\n`);
  }

  /** What is held, at the end of the command. */
  async end(): Promise<void> {
    await this.#flush(this.#length);
  }

  async #flush(length: number): Promise<void> {
    if (length === 0) return;
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const bytes of this.#held) {
      all.set(bytes, at);
      at += bytes.length;
    }
    this.#held = length < at ? [all.subarray(length)] : [];
    this.#length = at - length;
    await this.#io.stdout(all.subarray(0, length));
  }
}

const encoder = new TextEncoder();

/** A number as vhd-util prints it: decimal, or with -x hexadecimal, where zero has no 0x. */
export function number(value: number | bigint, hex: boolean): string {
  const big = BigInt(value);
  return hex && big !== 0n ? `0x${big.toString(16)}` : big.toString();
}

/** Hexadecimal with 0x, zero too. */
export function hexNumber(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** Hexadecimal with 0x and eight digits. */
export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
