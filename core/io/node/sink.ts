import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  rmdir,
  stat,
  statfs,
  unlink,
  utimes,
} from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import path from 'node:path';
import { failure, type PlatterError, refusal } from '../../errors.ts';
import { type ByteSink, type FileStamp, type Holder, type WriteFiles } from '../sink.ts';
import { clampLength, type Signal, throwIfAborted } from '../source.ts';
import { Direct, pagedMemory } from './direct.ts';
import { nodeFiles, osFailure } from './files.ts';
import { hashThread, hashThreads } from './hash-thread.ts';
import { nameFromBytes, systemPath } from './names.ts';

const CHUNK = 4 * 1024 * 1024;
const PAGE = 4096;

function writeFailure(thrown: unknown, file: string, offset?: number): PlatterError {
  const { code } = thrown as NodeJS.ErrnoException;
  const place = offset === undefined ? '' : ` at offset ${offset}`;
  const where =
    offset === undefined ? { path: file, os: code ?? 'unknown' } : { path: file, os: code ?? 'unknown', offset };
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return failure(
      'no-space',
      `There is no room left to write ${file}${place} (${code}).`,
      { ...where, hint: 'Make room and run platter resume, or platter rollback.' },
      thrown,
    );
  }
  if (code === 'EEXIST')
    return refusal('output-exists', `${file} exists already; nothing is ever overwritten.`, { path: file });
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return refusal(
      'forbidden',
      `${file} cannot be written: ${code === 'EROFS' ? 'the file system is mounted read-only' : 'permission is denied'} (${code}).`,
      { path: file, os: code },
    );
  }
  if (code === 'ENOENT') return osFailure(thrown, file);
  return failure('write-failed', `${file} cannot be written${place}: ${(thrown as Error).message}.`, where, thrown);
}

class NodeSink implements ByteSink {
  readonly path: string;
  size: number;
  readonly #handle: FileHandle;
  readonly #direct: Direct;

  constructor(file: string, handle: FileHandle, size: number) {
    this.path = file;
    this.#handle = handle;
    this.#direct = new Direct(file, constants.O_RDWR);
    this.size = size;
  }

  async readInto(at: number, into: Uint8Array, signal?: Signal): Promise<number> {
    throwIfAborted(signal);
    const bytes = into.subarray(0, clampLength(at, into.length, this.size));
    let done = 0;
    try {
      const middle = await this.#direct.move(bytes, at, 'read');
      if (!middle) return await this.#fill(bytes, at, 0, bytes.length);
      await this.#fill(bytes, at, 0, middle.from);
      done = middle.to;
      return await this.#fill(bytes, at, middle.to, bytes.length);
    } catch (thrown) {
      throw osFailure(thrown, this.path, at + done);
    }
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const buffer = Buffer.allocUnsafeSlow(clampLength(at, length, this.size));
    try {
      const done = await this.#fill(buffer, at, 0, buffer.length);
      // no Buffer: its slice() is a view, and who cuts a piece out must get a piece of his own
      return new Uint8Array(buffer.buffer, buffer.byteOffset, done);
    } catch (thrown) {
      throw osFailure(thrown, this.path, at);
    }
  }

  /** Fills `into` from `from` to `to` with what stands there behind `at`; answers how far it came. */
  async #fill(into: Uint8Array, at: number, from: number, to: number): Promise<number> {
    for (let done = from; ; ) {
      if (done >= to) return done;
      const { bytesRead } = await this.#handle.read(into, done, to - done, at + done);
      if (bytesRead === 0) return done;
      done += bytesRead;
    }
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    let done = 0;
    try {
      const middle = await this.#direct.move(bytes, at, 'write');
      const parts = middle
        ? [
            [0, middle.from],
            [middle.to, bytes.length],
          ]
        : [[0, bytes.length]];
      for (const [from = 0, to = 0] of parts) {
        for (done = from; done < to; ) {
          const { bytesWritten } = await this.#handle.write(bytes, done, to - done, at + done);
          done += bytesWritten;
        }
      }
    } catch (thrown) {
      throw writeFailure(thrown, this.path, at + done);
    }
    this.size = Math.max(this.size, at + bytes.length);
  }

  async truncate(size: number): Promise<void> {
    try {
      await this.#handle.truncate(size);
      this.size = size;
    } catch (thrown) {
      throw writeFailure(thrown, this.path, size);
    }
  }

  async sync(): Promise<void> {
    try {
      await this.#handle.sync();
    } catch (thrown) {
      throw writeFailure(thrown, this.path);
    }
  }

  async setModified(nanoseconds: string): Promise<void> {
    // utimes takes seconds as a double: microseconds survive, the last digits of a nanosecond may not
    const { atimeMs } = await this.#handle.stat();
    await this.#handle.utimes(atimeMs / 1000, Number(nanoseconds) / 1e9);
  }

  async close(): Promise<void> {
    await this.#direct.close();
    await this.#handle.close();
  }
}

async function stampOf(file: string): Promise<FileStamp | null> {
  try {
    const stats = await stat(systemPath(file), { bigint: true });
    const kind = stats.isFile() ? 'file' : stats.isBlockDevice() ? 'block-device' : 'other';
    const size = kind === 'block-device' ? ((await nodeFiles.info(file))?.size ?? 0) : Number(stats.size);
    return {
      identity: `${stats.dev}:${stats.ino}`,
      size,
      modifiedNs: stats.mtimeNs.toString(),
      links: Number(stats.nlink),
      kind,
    };
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw osFailure(thrown, file);
  }
}

async function openSink(file: string, flags: number, mode = 0o644): Promise<ByteSink> {
  try {
    const handle = await open(systemPath(file), flags, mode);
    const size = (await stampOf(file))?.size ?? 0;
    return new NodeSink(file, handle, size);
  } catch (thrown) {
    throw writeFailure(thrown, file);
  }
}

async function attempt<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw writeFailure(thrown, file);
  }
}

/** Copies what is not zero: the target is created at full length first, so that the rest is a hole. */
async function copySparse(
  from: string,
  to: string,
  progress: (done: number, total: number) => void,
  signal?: Signal,
): Promise<void> {
  const source = await nodeFiles.open(from);
  const sink = await openSink(to, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL);
  try {
    await sink.truncate(source.size);
    for (let at = 0; at < source.size; at += CHUNK) {
      throwIfAborted(signal);
      const bytes = await source.read(at, CHUNK, signal);
      for (const { start, end } of dataRuns(bytes)) await sink.write(at + start, bytes.subarray(start, end));
      progress(Math.min(source.size, at + CHUNK), source.size);
    }
    await sink.sync();
  } finally {
    await sink.close();
    await source.close();
  }
}

/** Runs of pages that are not all zero. */
function* dataRuns(bytes: Uint8Array): Generator<{ start: number; end: number }> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const zero = Buffer.alloc(PAGE);
  let start = -1;
  for (let at = 0; at < whole.length; at += PAGE) {
    const page = whole.subarray(at, Math.min(whole.length, at + PAGE));
    const empty = page.equals(page.length === PAGE ? zero : zero.subarray(0, page.length));
    if (!empty && start < 0) start = at;
    if (empty && start >= 0) {
      yield { start, end: at };
      start = -1;
    }
  }
  if (start >= 0) yield { start, end: whole.length };
}

/** Start time of a process as the system counts it, so that a reused number is not taken for the same process. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    try {
      process.kill(pid, 0);
      return 'unknown';
    } catch {
      return null;
    }
  }
}

let ownStart = 'unknown';
void startOf(process.pid).then((start) => {
  ownStart = start ?? 'unknown';
});

async function findHolders(file: string): Promise<{ holders: Holder[]; complete: boolean }> {
  if (process.platform !== 'linux') return { holders: [], complete: false };
  const wanted = await stat(systemPath(file), { bigint: true });
  const holders: Holder[] = [];
  let complete = true;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || name === String(process.pid)) continue;
    let descriptors: string[];
    try {
      descriptors = await readdir(`/proc/${name}/fd`);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EACCES') complete = false;
      continue;
    }
    for (const descriptor of descriptors) {
      const holder = await holderOf(name, descriptor, wanted);
      if (holder) {
        holders.push(holder);
        break;
      }
    }
  }
  return { holders, complete };
}

async function holderOf(pid: string, descriptor: string, wanted: { dev: bigint; ino: bigint }): Promise<Holder | null> {
  const place = `/proc/${pid}/fd/${descriptor}`;
  try {
    const text = await readlink(place);
    if (!text.startsWith('/')) return null;
    const stats = await stat(place, { bigint: true });
    if (stats.dev !== wanted.dev || stats.ino !== wanted.ino) return null;
    const info = await readFile(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1');
    const flags = Number.parseInt(/flags:\s*([0-7]+)/.exec(info)?.[1] ?? '0', 8);
    const command = (await readFile(`/proc/${pid}/comm`, 'latin1')).trim();
    return { pid: Number(pid), command, writes: (flags & 3) !== 0 };
  } catch {
    return null; // it ended, or closed the file, while it was looked at
  }
}

async function deviceUse(file: string): Promise<string | null> {
  const real = await nodeFiles.real(file);
  if (real === null || process.platform !== 'linux') return null;
  const name = path.basename(real);
  const mounts = await linesOf('/proc/self/mounts');
  // the disk's own partitions count: what is mounted from one of them is on it
  const names = [name, ...(await entriesOf(`/sys/class/block/${name}`)).filter((entry) => entry.startsWith(name))];
  for (const part of names) {
    const place = part === name ? real : path.join(path.dirname(real), part);
    const said = part === name ? 'it' : `its partition ${part}`;
    const mounted = mounts.find((line) => line.startsWith(`${place} `));
    if (mounted) return `${said} is mounted at ${mounted.split(' ')[1] ?? '?'}`;
    const held = await entriesOf(`/sys/class/block/${part}/holders`);
    if (held.length > 0) return `${said} is held by ${held.join(', ')}`;
    if ((await linesOf('/proc/swaps')).some((line) => line.startsWith(`${place} `))) return `${said} is used as swap`;
  }
  return (await isClaimed(real)) ? 'the system has it in use' : null;
}

/** Whether the system keeps others off a block device: what it mounts by another name is told by this alone. */
async function isClaimed(device: string): Promise<boolean> {
  try {
    await (await open(device, constants.O_RDONLY | constants.O_EXCL)).close();
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EBUSY';
  }
}

/** Lines of a file of the system; none where there is no such file. */
async function linesOf(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch {
    return [];
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/** The real system, with writing. */
export const nodeWriteFiles: WriteFiles = {
  ...nodeFiles,
  stamp: stampOf,
  openForWriting: (file) => openSink(file, constants.O_RDWR),
  create: (file) => openSink(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL),
  openForAppending: (file) => openSink(file, constants.O_RDWR | constants.O_CREAT, 0o600),
  makeFolder: (folder) =>
    attempt(folder, async () => {
      await mkdir(systemPath(folder), { recursive: true, mode: 0o700 });
    }),
  async syncFolder(folder) {
    if (process.platform === 'win32') return;
    await attempt(folder, async () => {
      const handle = await open(systemPath(folder), constants.O_RDONLY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  },
  // a hard link never replaces: rename would
  moveTo: (from, to) =>
    attempt(to, async () => {
      try {
        await link(systemPath(from), systemPath(to));
      } catch (thrown) {
        const { code } = thrown as NodeJS.ErrnoException;
        if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw thrown;
        await copyFile(systemPath(from), systemPath(to), constants.COPYFILE_EXCL);
      }
      await unlink(systemPath(from));
    }),
  remove: (file) => attempt(file, () => unlink(systemPath(file))),
  removeFolder: (folder) =>
    attempt(folder, async () => {
      for (const name of await readdir(systemPath(folder), { encoding: 'buffer' }))
        await rm(systemPath(path.join(folder, nameFromBytes(name))));
      await rmdir(systemPath(folder));
    }),
  clone: (from, to, progress, signal) =>
    attempt(to, async () => {
      const seen = await lstat(systemPath(from), { bigint: true });
      try {
        await copyFile(systemPath(from), systemPath(to), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') throw thrown;
        await copySparse(from, to, progress, signal);
      }
      await utimes(systemPath(to), Number(seen.atimeNs) / 1e9, Number(seen.mtimeNs) / 1e9);
    }),
  holders: findHolders,
  deviceInUse: deviceUse,
  async freeSpace(folder) {
    const { bavail, bsize } = await statfs(systemPath(folder));
    return bavail * bsize;
  },
  sha256(...parts) {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  },
  hasher() {
    const hash = createHash('sha256');
    return {
      update(bytes) {
        hash.update(bytes);
      },
      digest: () => hash.digest('hex'),
    };
  },
  buffer: pagedMemory,
  backgroundHasher: hashThread,
  partHasher: hashThreads,
  randomText: () => randomBytes(4).toString('hex'),
  now: () => Date.now(),
  who: () => `${userInfo().username}@${hostname()}`,
  process: () => ({ pid: process.pid, started: ownStart }),
  async isRunning({ pid, started }) {
    const start = await startOf(pid);
    return start !== null && (started === 'unknown' || start === 'unknown' || start === started);
  },
};
