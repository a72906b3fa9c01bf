import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { failure, refusal } from '../errors.ts';
import type { FileInfo, OpenFile } from '../io/files.ts';
import type { BackgroundHasher, ByteSink, FileStamp, Holder, PartHasher, WriteFiles } from '../io/sink.ts';

interface Entry {
  bytes: Uint8Array;
  inode: number;
  modifiedNs: bigint;
  links: number;
}

/** What happens at the change that a fault is set for. */
export type Fault = 'kill' | 'torn' | 'no-space' | 'read-error';

/**
 * A writable file system in memory that can die: at change number `at` the fault strikes, and after a kill nothing works
 * until {@link CrashFiles.restart}. What was written before stays, as after a killed process.
 */
export class CrashFiles implements WriteFiles {
  /** Changes made so far: writes, truncations, creations, renames, removals, times. */
  changes = 0;
  /** Who holds files open, for tests of refusals. */
  held: Holder[] = [];
  runningPids = new Set<number>([1]);
  #fault: { at: number; fault: Fault } | null = null;
  #dead = false;
  #clock = 1_710_000_000_000_000_000n;
  #inodes = 10;
  #random = 0;
  readonly #entries = new Map<string, Entry>();
  readonly #folders = new Set<string>(['/']);

  put(path: string, bytes: Uint8Array, modifiedNs = this.#clock): this {
    this.#folders.add(posix.dirname(path));
    this.#entries.set(path, { bytes: bytes.slice(), inode: (this.#inodes += 1), modifiedNs, links: 1 });
    return this;
  }

  /** Present bytes; throws when there is no such file. */
  bytes(path: string): Uint8Array {
    const entry = this.#entries.get(path);
    if (!entry) throw new Error(`no ${path}`);
    return entry.bytes.slice();
  }

  paths(): string[] {
    return [...this.#entries.keys()].sort();
  }

  setLinks(path: string, links: number): void {
    const entry = this.#entries.get(path);
    if (entry) entry.links = links;
  }

  failAt(at: number, fault: Fault): void {
    this.changes = 0;
    this.#fault = { at, fault };
  }

  restart(): void {
    this.#dead = false;
    this.#fault = null;
    // the process that held locks is gone
    this.runningPids.clear();
  }

  /** Whether the fault struck. */
  get struck(): boolean {
    return this.#fault !== null && this.changes >= this.#fault.at;
  }

  #alive(): void {
    if (this.#dead) throw failure('gone', 'The process is dead.');
  }

  /** Counts a change; answers how much of it happens. @throws what the fault is. */
  #change(path: string): 'whole' | 'half' {
    this.#alive();
    this.changes += 1;
    this.#clock += 1_000_000n;
    if (this.changes !== this.#fault?.at) return 'whole';
    switch (this.#fault.fault) {
      case 'kill':
        this.#dead = true;
        throw failure('gone', 'The process was killed.');
      case 'torn':
        this.#dead = true;
        return 'half';
      case 'no-space':
        throw failure('no-space', `There is no room left to write ${path}.`, { path });
      case 'read-error':
        return 'whole';
    }
  }

  #entry(path: string): Entry {
    const entry = this.#entries.get(path);
    if (!entry) throw refusal('not-found', `${path}: there is no such file.`, { path });
    return entry;
  }

  info(path: string): Promise<FileInfo | null> {
    const entry = this.#entries.get(path);
    const base = {
      path,
      diskBytes: entry?.bytes.length ?? 0,
      modified: Number((entry?.modifiedNs ?? 0n) / 1_000_000n),
      links: entry?.links ?? 1,
    };
    if (entry)
      return Promise.resolve({ ...base, kind: 'file', size: entry.bytes.length, identity: `1:${entry.inode}` });
    return Promise.resolve(
      this.#folders.has(path) ? { ...base, kind: 'folder', size: 0, identity: `1:${path}` } : null,
    );
  }

  stamp(path: string): Promise<FileStamp | null> {
    this.#alive();
    const entry = this.#entries.get(path);
    return Promise.resolve(
      entry
        ? {
            identity: `1:${entry.inode}`,
            size: entry.bytes.length,
            modifiedNs: entry.modifiedNs.toString(),
            links: entry.links,
            kind: 'file',
          }
        : null,
    );
  }

  async open(path: string): Promise<OpenFile> {
    this.#alive();
    this.#entry(path);
    const alive = (): Entry => {
      this.#alive();
      return this.#entry(path);
    };
    const broken = (): boolean => this.#fault?.fault === 'read-error' && this.changes >= this.#fault.at;
    return {
      path,
      get size() {
        return alive().bytes.length;
      },
      read(at, length) {
        const { bytes } = alive();
        if (broken())
          return Promise.reject(failure('read-failed', `${path} cannot be read.`, { path, offset: at, os: 'EIO' }));
        return Promise.resolve(bytes.slice(at, at + length));
      },
      close: () => Promise.resolve(),
    };
  }

  #sink(path: string): ByteSink {
    const entry = (): Entry => this.#entry(path);
    const resize = (size: number): void => {
      const grown = new Uint8Array(size);
      grown.set(entry().bytes.subarray(0, size));
      entry().bytes = grown;
    };
    /** Does the work of one change: all of it, half of it before the process dies, or none. */
    const change = async (work: (how: 'whole' | 'half') => void): Promise<void> => {
      work(this.#change(path));
      this.#alive();
      await Promise.resolve();
    };
    return {
      path,
      get size() {
        return entry().bytes.length;
      },
      read: (at, length) => Promise.resolve(entry().bytes.slice(at, at + length)),
      write: (at, bytes) =>
        change((how) => {
          const part = how === 'half' ? bytes.subarray(0, bytes.length >> 1) : bytes;
          if (at + part.length > entry().bytes.length) resize(at + part.length);
          entry().bytes.set(part, at);
          entry().modifiedNs = this.#clock;
        }),
      truncate: (size) =>
        change(() => {
          resize(size);
          entry().modifiedNs = this.#clock;
        }),
      sync: () => this.syncFolder(),
      setModified: (nanoseconds) =>
        change(() => {
          entry().modifiedNs = BigInt(nanoseconds);
        }),
      close: () => Promise.resolve(),
    };
  }

  async openForWriting(path: string): Promise<ByteSink> {
    this.#alive();
    this.#entry(path);
    return this.#sink(path);
  }

  async create(path: string): Promise<ByteSink> {
    this.#change(path);
    if (this.#entries.has(path)) throw refusal('output-exists', `${path} exists already.`, { path });
    this.put(path, new Uint8Array());
    this.#alive();
    return this.#sink(path);
  }

  async openForAppending(path: string): Promise<ByteSink> {
    return this.#entries.has(path) ? this.openForWriting(path) : this.create(path);
  }

  async makeFolder(path: string): Promise<void> {
    this.#alive();
    for (let at = path; at !== '/'; at = posix.dirname(at)) this.#folders.add(at);
  }

  async syncFolder(): Promise<void> {
    this.#alive();
  }

  async moveTo(from: string, to: string): Promise<void> {
    this.#change(to);
    if (this.#entries.has(to)) throw refusal('output-exists', `${to} exists already.`, { path: to });
    this.#entries.set(to, this.#entry(from));
    this.#entries.delete(from);
    this.#alive();
  }

  async remove(path: string): Promise<void> {
    this.#change(path);
    this.#entry(path);
    this.#entries.delete(path);
    this.#alive();
  }

  async removeFolder(path: string): Promise<void> {
    for (const name of this.paths()) if (posix.dirname(name) === path) await this.remove(name);
    this.#folders.delete(path);
  }

  async clone(from: string, to: string): Promise<void> {
    this.#change(to);
    if (this.#entries.has(to)) throw refusal('output-exists', `${to} exists already.`, { path: to });
    const { bytes, modifiedNs } = this.#entry(from);
    this.put(to, bytes, modifiedNs);
    this.#alive();
  }

  async list(folder: string): Promise<{ name: string; kind: 'file' | 'folder' }[]> {
    const files = this.paths().filter((path) => posix.dirname(path) === folder);
    const folders = [...this.#folders].filter((path) => path !== '/' && posix.dirname(path) === folder);
    return [
      ...files.map((path) => ({ name: posix.basename(path), kind: 'file' as const })),
      ...folders.map((path) => ({ name: posix.basename(path), kind: 'folder' as const })),
    ];
  }

  real(path: string): Promise<string | null> {
    return Promise.resolve(this.#entries.has(path) || this.#folders.has(path) ? path : null);
  }

  resolve(...parts: string[]): string {
    return posix.resolve('/', ...parts);
  }

  folderOf(path: string): string {
    return posix.dirname(path);
  }

  nameOf(path: string): string {
    return posix.basename(path);
  }

  holders(): Promise<{ holders: Holder[]; complete: boolean }> {
    return Promise.resolve({ holders: this.held, complete: true });
  }

  deviceInUse(): Promise<string | null> {
    return Promise.resolve(null);
  }

  freeSpace(): Promise<number> {
    return Promise.resolve(Number.MAX_SAFE_INTEGER);
  }

  sha256(...parts: Uint8Array[]): string {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest('hex');
  }

  hasher(): { update(bytes: Uint8Array): void; digest(): string } {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest('hex') };
  }

  buffer(length: number): Uint8Array {
    return new Uint8Array(length);
  }

  backgroundHasher(): BackgroundHasher {
    const hash = createHash('sha256');
    return {
      update: (bytes, length) => {
        hash.update(bytes ?? new Uint8Array(length));
        return Promise.resolve();
      },
      digest: () => Promise.resolve(hash.digest('hex')),
      close: () => undefined,
    };
  }

  partHasher(): PartHasher {
    return {
      digest: (pieces) => Promise.resolve(this.sha256(...pieces)),
      same: (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]),
      close: () => undefined,
    };
  }

  randomText(): string {
    this.#random += 1;
    return this.#random.toString(16).padStart(8, '0');
  }

  now(): number {
    return Number(this.#clock / 1_000_000n);
  }

  who(): string {
    return 'tester@bench';
  }

  process(): { pid: number; started: string } {
    return { pid: 1, started: '1' };
  }

  isRunning({ pid }: { pid: number }): Promise<boolean> {
    return Promise.resolve(this.runningPids.has(pid));
  }
}
