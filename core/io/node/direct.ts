import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { systemPath } from './names.ts';

const PAGE = 4096;
/** Smaller requests go through the page cache: straight to the disk they would wait for it. */
const LEAST = 256 * 1024;

/** Memory that begins on a page: only its views may go straight to a disk. */
const aligned = new WeakSet<ArrayBufferLike>();

/** What the global of the same name makes: memory in pages. */
declare const WebAssembly: {
  Memory: new (size: { initial: number; maximum: number; shared: boolean }) => { buffer: SharedArrayBuffer };
};

/** Memory on a page boundary, shared between threads. */
export function pagedMemory(length: number): Uint8Array {
  const pages = Math.ceil(length / 65_536);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  aligned.add(buffer);
  return new Uint8Array(buffer, 0, length);
}

/** The part of a request that can go straight to the disk: whole pages, in memory as far into a page as in the file. */
export function straight(bytes: Uint8Array, at: number): { from: number; to: number } | null {
  if (bytes.length < LEAST || !aligned.has(bytes.buffer) || (bytes.byteOffset - at) % PAGE !== 0) return null;
  const from = (PAGE - (at % PAGE)) % PAGE;
  const to = from + Math.floor((bytes.length - from) / PAGE) * PAGE;
  return to - from >= LEAST ? { from, to } : null;
}

/**
 * A second handle of a file, past the page cache. Linux keeps both ways of one file in step; a file system that does not
 * know it is asked once.
 */
export class Direct {
  readonly #file: string;
  readonly #flags: number;
  #handle: Promise<FileHandle | null> | null = null;

  constructor(file: string, flags: number) {
    this.#file = file;
    this.#flags = flags;
  }

  #open(): Promise<FileHandle | null> {
    const { O_DIRECT } = constants as { O_DIRECT?: number };
    this.#handle ??=
      O_DIRECT === undefined
        ? Promise.resolve(null)
        : open(systemPath(this.#file), this.#flags | O_DIRECT).catch(() => null);
    return this.#handle;
  }

  /** Moves the middle of a request; answers how far into it that began and ended, or null when all of it is still to do. */
  async move(bytes: Uint8Array, at: number, how: 'read' | 'write'): Promise<{ from: number; to: number } | null> {
    const part = straight(bytes, at);
    const handle = part && (await this.#open());
    if (!part || !handle) return null;
    const { from } = part;
    let done = from;
    try {
      while (done < part.to) {
        const moved =
          how === 'read'
            ? (await handle.read(bytes, done, part.to - done, at + done)).bytesRead
            : (await handle.write(bytes, done, part.to - done, at + done)).bytesWritten;
        done += moved;
        if (moved === 0 || moved % PAGE !== 0) break;
      }
    } catch (thrown) {
      // this disk or file system wants another alignment: from now on through the cache
      if ((thrown as NodeJS.ErrnoException).code !== 'EINVAL') throw thrown;
      await handle.close();
      this.#handle = Promise.resolve(null);
      return null;
    }
    return { from, to: done };
  }

  async close(): Promise<void> {
    await (await this.#handle)?.close();
    this.#handle = null;
  }
}
