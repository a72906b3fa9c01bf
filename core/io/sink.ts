import type { Files } from './files.ts';
import type { ByteSource, Signal } from './source.ts';

/** A file opened for writing: only core/apply holds one. */
export interface ByteSink extends ByteSource {
  readonly path: string;
  /** Writes all of `bytes` at `at`, growing the file when they reach past its end. @throws failure `write-failed` | `no-space`. */
  write(at: number, bytes: Uint8Array): Promise<void>;
  /** Sets the length; growing leaves a hole. */
  truncate(size: number): Promise<void>;
  /** Returns when what was written would survive a power cut. */
  sync(): Promise<void>;
  /** Sets the modification time, nanoseconds since 1970 as decimal text; the access time stays. */
  setModified(nanoseconds: string): Promise<void>;
  close(): Promise<void>;
}

/** What has to stay the same of a file between a plan and its application. */
export interface FileStamp {
  identity: string;
  size: number;
  /** Nanoseconds since 1970, as decimal text. */
  modifiedNs: string;
  links: number;
  kind: 'file' | 'block-device' | 'other';
}

/** SHA-256 on another thread. */
export interface BackgroundHasher {
  /** Takes memory made by `buffer`, which may be used again when the promise is fulfilled; `null` bytes are zeros. */
  update(bytes: Uint8Array | null, length: number): Promise<void>;
  digest(): Promise<string>;
  /** Ends it without an answer; after `digest` it is harmless. */
  close(): void;
}

/** SHA-256 of many parts, several at a time, on other threads. */
export interface PartHasher {
  /** Of the pieces in their order, as one; they are views of one memory made by `buffer`, left alone until it is answered. */
  digest(pieces: readonly Uint8Array[]): Promise<string>;
  /** Whether two stretches of memory hold the same bytes: as fast as the system compares. */
  same(a: Uint8Array, b: Uint8Array): boolean;
  close(): void;
}

/** Another process that has the file open. */
export interface Holder {
  pid: number;
  command: string;
  writes: boolean;
}

/** The part of a system that writing needs; core/io/node implements it, tests put faults into it. */
export interface WriteFiles extends Files {
  /** Follows links; null when there is nothing. */
  stamp(path: string): Promise<FileStamp | null>;
  /** Opens an existing regular file or block device for reading and writing. */
  openForWriting(path: string): Promise<ByteSink>;
  /** Creates a file that must not exist. @throws refusal `output-exists`. */
  create(path: string): Promise<ByteSink>;
  /** Opens a file for appending, made when absent. */
  openForAppending(path: string): Promise<ByteSink>;
  makeFolder(path: string): Promise<void>;
  /** Makes the names in a folder survive a power cut. */
  syncFolder(path: string): Promise<void>;
  /** Renames without replacing. @throws refusal `output-exists`. */
  moveTo(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Removes a folder and the files in it, not folders below. */
  removeFolder(path: string): Promise<void>;
  /**
   * Copies a file's bytes to one that must not exist: sharing blocks where the file system can, else leaving holes out.
   * Times are the source's.
   */
  clone(from: string, to: string, progress: (done: number, total: number) => void, signal?: Signal): Promise<void>;
  /** Processes that hold the file, as far as permissions show; `complete` says whether they show everything. */
  holders(path: string): Promise<{ holders: Holder[]; complete: boolean }>;
  /** Whether a block device is mounted or held by another (swap, LVM, MD). */
  deviceInUse(path: string): Promise<string | null>;
  /** Free bytes where `folder` is. */
  freeSpace(folder: string): Promise<number>;
  /** Memory that bulk data travels through: on a page boundary, so that it can go straight to the disk and back. */
  buffer(length: number): Uint8Array;
  sha256(...parts: Uint8Array[]): string;
  /** Makes a hash that is fed by parts. */
  hasher(): { update(bytes: Uint8Array): void; digest(): string };
  /** A hash that works beside its caller; parts are hashed in the order they are given. */
  backgroundHasher(): BackgroundHasher;
  partHasher(): PartHasher;
  /** A short random text for names of operations. */
  randomText(): string;
  /** Milliseconds since 1970. */
  now(): number;
  /** user@machine */
  who(): string;
  /** This process, and whether another still runs. */
  process(): { pid: number; started: string };
  isRunning(process: { pid: number; started: string }): Promise<boolean>;
}
