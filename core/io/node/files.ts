import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { failure, PlatterError, refusal } from '../../errors.ts';
import type { Extent } from '../../findings/finding.ts';
import type { FileInfo, FileKind, Files, OpenFile } from '../files.ts';
import { clampLength, type Signal, throwIfAborted } from '../source.ts';
import { isCached } from './cached.ts';
import { Direct, straight } from './direct.ts';
import { heldStretches } from './held.ts';
import { nameFromBytes, systemPath } from './names.ts';

/** The real file system, read-only. */
export const nodeFiles: Files = {
  async info(file) {
    try {
      return await describe(file, await stat(systemPath(file)));
    } catch (thrown) {
      if (isGone(thrown)) return null;
      throw osFailure(thrown, file);
    }
  },
  open: (file) => openReadOnly(file),
  async list(folder) {
    try {
      const entries = await readdir(systemPath(folder), { withFileTypes: true, encoding: 'buffer' });
      return entries.map((entry) => ({
        name: nameFromBytes(entry.name),
        kind: entry.isSymbolicLink() ? 'link' : kindOf(entry),
      }));
    } catch (thrown) {
      throw osFailure(thrown, folder);
    }
  },
  async real(file) {
    try {
      return nameFromBytes(await realpath(systemPath(file), { encoding: 'buffer' }));
    } catch (thrown) {
      if (isGone(thrown)) return null;
      throw osFailure(thrown, file);
    }
  },
  resolve: (...parts) => path.resolve(...parts),
  folderOf: (file) => path.dirname(file),
  nameOf: (file) => path.basename(file),
};

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isBlockDevice(): boolean;
}

function kindOf(entry: Kinds): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isBlockDevice() ? 'block-device' : 'other';
}

async function describe(file: string, stats: Stats): Promise<FileInfo> {
  const kind = kindOf(stats);
  return {
    path: file,
    kind,
    size: kind === 'block-device' ? await deviceSize(file, stats) : stats.size,
    diskBytes: stats.blocks * 512,
    modified: stats.mtimeMs,
    identity: `${stats.dev}:${stats.ino}`,
    links: stats.nlink,
  };
}

/** A block device's size comes from the system: `stat` says 0. */
async function deviceSize(file: string, stats: Stats): Promise<number> {
  // Linux packs the numbers as glibc's makedev does
  const rdev = BigInt(stats.rdev);
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & ~0xfffn);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & ~0xffn);
  const place = `/sys/dev/block/${major}:${minor}/size`;
  try {
    return Number((await readFile(place, 'latin1')).trim()) * 512;
  } catch (thrown) {
    throw failure('read-failed', `The size of ${file} is not known: ${place} cannot be read.`, { path: file }, thrown);
  }
}

const { O_RDONLY, O_NONBLOCK } = constants;
// O_NOATIME is Linux's; where it is absent the flag is 0 and times may move
const O_NOATIME = (constants as { O_NOATIME?: number }).O_NOATIME ?? 0;

/** Files whose access time we could not keep still (only the owner may); asked for by whoever reports it. */
export const accessTimeMoved = new Set<string>();

/**
 * Opens evidence: `lstat` first, so that no FIFO, socket or character device is ever opened (opening those can block, or
 * do something); then read-only, leaving the access time alone where the system lets us.
 */
async function openReadOnly(file: string): Promise<OpenFile> {
  let handle: FileHandle | undefined;
  try {
    const seen = await lstat(systemPath(file));
    const stats = seen.isSymbolicLink() ? await behindLink(file) : seen;
    const kind = kindOf(stats);
    if (kind === 'folder')
      throw refusal('special-file', `${file} is a folder.`, { path: file, hint: 'Open it as a folder.' });
    if (kind === 'other') {
      throw refusal('special-file', `${file} is a pipe, a socket or a character device, and is not opened.`, {
        path: file,
      });
    }
    handle = await openQuietly(file);
    const now = await handle.stat();
    if (now.dev !== stats.dev || now.ino !== stats.ino)
      throw failure('gone', `${file} was replaced while it was opened.`, { path: file });
    const info = await describe(file, now);
    return new NodeFile(file, handle, info.size);
  } catch (thrown) {
    await handle?.close();
    throw osFailure(thrown, file);
  }
}

async function behindLink(file: string): Promise<Stats> {
  try {
    return await stat(systemPath(file));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown;
    throw refusal('not-found', `${file}: the link leads to a file that is not there.`, { path: file, os: code });
  }
}

async function openQuietly(file: string): Promise<FileHandle> {
  const flags = O_RDONLY | O_NONBLOCK;
  if (O_NOATIME !== 0) {
    try {
      return await open(systemPath(file), flags | O_NOATIME);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') throw thrown;
      accessTimeMoved.add(file);
    }
  }
  return open(systemPath(file), flags);
}

class NodeFile implements OpenFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #direct: Direct;
  #cached: Promise<boolean> | null = null;

  constructor(file: string, handle: FileHandle, size: number) {
    this.path = file;
    this.#handle = handle;
    this.#direct = new Direct(file, O_RDONLY | (accessTimeMoved.has(file) ? 0 : O_NOATIME));
    this.size = size;
  }

  async readInto(at: number, into: Uint8Array, signal?: Signal): Promise<number> {
    throwIfAborted(signal);
    const wanted = clampLength(at, into.length, this.size);
    const bytes = into.subarray(0, wanted);
    const large = straight(bytes, at) !== null && !(await this.#isCached());
    const middle = large ? await this.#attempt(at, () => this.#direct.move(bytes, at, 'read')) : null;
    if (!middle) return this.#fill(bytes, at, 0, wanted);
    await this.#fill(bytes, at, 0, middle.from);
    return this.#fill(bytes, at, middle.to, wanted);
  }

  /** Asked once: what is in memory is not read from the disk again, and the rest does not go through the cache. */
  #isCached(): Promise<boolean> {
    this.#cached ??= this.#handle
      .stat()
      .then((stats) => stats.isFile() && isCached(this.path, Math.min(this.size, stats.blocks * 512)));
    return this.#cached;
  }

  async held(): Promise<Extent[] | null> {
    const stats = await this.#handle.stat();
    return stats.isFile() ? heldStretches(this.path, stats.blocks * 512) : null;
  }

  async #attempt<T>(at: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw osFailure(thrown, this.path, at);
    }
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const wanted = clampLength(at, length, this.size);
    const buffer = Buffer.allocUnsafeSlow(wanted);
    await this.#fill(buffer, at, 0, wanted);
    // not the Buffer itself: its slice() is a view, where everybody else's is a copy
    return new Uint8Array(buffer.buffer, 0, wanted);
  }

  /** Fills `into` from `from` to `to` with what stands there behind `at`; answers `to`. */
  async #fill(into: Uint8Array, at: number, from: number, to: number): Promise<number> {
    let done = from;
    while (done < to) {
      const { bytesRead } = await this.#attempt(at + done, () => this.#handle.read(into, done, to - done, at + done));
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    if (done < to) {
      throw failure(
        'short-read',
        `${this.path} ended at ${at + done} while it was read; it had ${this.size} bytes when opened.`,
        {
          path: this.path,
          offset: at + done,
        },
      );
    }
    return to;
  }

  async close(): Promise<void> {
    await this.#direct.close();
    await this.#handle.close();
  }
}

/** There is nothing by that name, or no file can have it: names come from images, where anything may stand. */
function isGone(thrown: unknown): boolean {
  return GONE.has((thrown as NodeJS.ErrnoException).code ?? '');
}

const GONE = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

const WORDS: Record<string, string> = {
  EACCES: 'permission is denied',
  EPERM: 'the system does not permit it',
  EIO: 'the device reports a read error',
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many files are open',
  ENXIO: 'the device is not there',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** An operating system's error with path and offset; what is a PlatterError already stays. */
export function osFailure(thrown: unknown, file: string, offset?: number): PlatterError {
  if (thrown instanceof PlatterError) return thrown;
  const { code, message } = thrown as NodeJS.ErrnoException;
  const os = code ?? 'unknown';
  const place = offset === undefined ? '' : ` at offset ${offset}`;
  const why = WORDS[os] ?? message;
  if (os === 'ENOENT' || os === 'ENOTDIR') return refusal('not-found', `${file}: ${why}.`, { path: file, os });
  return failure(
    'read-failed',
    `${file} cannot be read${place}: ${why} (${os}).`,
    offset === undefined ? { path: file, os } : { path: file, os, offset },
    thrown,
  );
}
