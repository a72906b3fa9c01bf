import type { OpenFile } from '../../../core/io/files.ts';
import { asErrno, Errno } from './errno.ts';
import type { System } from './system.ts';

const SECTOR = 512;
/** A longer read than this is refused: nothing legal needs it, and a damaged length could ask for anything. */
const MAX_READ = 64 * 1024 * 1024;

/**
 * An open file with vhd-util's way of reading: all bytes asked for or a failure, EPIPE at or past the end, EIO where the
 * end comes in between, and EINVAL for what direct I/O does not do (places and lengths that are no whole sectors).
 */
export class Device {
  readonly identity: string;
  readonly #file: OpenFile;
  readonly #isDevice: boolean;
  readonly #direct: boolean;

  private constructor(file: OpenFile, identity: string, isDevice: boolean, direct: boolean) {
    this.#file = file;
    this.identity = identity;
    this.#isDevice = isDevice;
    this.#direct = direct;
  }

  /** @param direct whether vhd-util opens it for direct I/O: always, but for `read -C`, which also wants a regular file. */
  static async open(system: System, name: string, direct = true): Promise<Device> {
    const seen = await system.stat(name);
    // a folder opens, and then its first read fails
    if (seen.kind === 'folder') throw new Errno('EISDIR');
    if (seen.kind !== 'file' && !direct) throw new Errno('EINVAL');
    return new Device(await system.open(name), seen.identity, seen.kind === 'block-device', direct);
  }

  get size(): number {
    return this.#file.size;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** `length` bytes at `at`, an unsigned 64-bit number that the system takes as signed. */
  async read(at: bigint, length: number): Promise<Uint8Array> {
    const place = this.#place(at);
    if (place < this.size && this.#direct && (place % SECTOR !== 0 || length % SECTOR !== 0)) throw new Errno('EINVAL');
    return this.readAnywhere(place, length);
  }

  /** As read, at any place: where vhd-util fails only for its direct I/O, we do not. */
  async readAnywhere(at: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array();
    if (at >= this.size) throw new Errno('EPIPE');
    if (at + length > this.size) throw new Errno(this.#isDevice ? 'EPIPE' : 'EIO');
    if (length > MAX_READ) throw new Errno('ENOMEM');
    try {
      return await this.#file.read(at, length);
    } catch (thrown) {
      throw asErrno(thrown);
    }
  }

  /** As much of `length` bytes at `at` as there is. */
  async readSome(at: number, length: number): Promise<Uint8Array> {
    return this.readAnywhere(at, Math.max(0, Math.min(length, this.size - at)));
  }

  /** A place to seek to: nothing beyond 2^63. Past the safe integers there is no file, so the exact number is all one. */
  #place(at: bigint): number {
    const signed = BigInt.asIntN(64, at);
    if (signed < 0n) throw new Errno('EINVAL');
    return Number(signed);
  }
}
