import type { ByteSource } from './source.ts';

export type FileKind = 'file' | 'folder' | 'block-device' | 'other';

/** What `lstat` and `stat` say of a path. Times in milliseconds since 1970 UTC. */
export interface FileInfo {
  /** Absolute path as asked for, not resolved. */
  path: string;
  kind: FileKind;
  /** Bytes; of a block device, what the system says it holds. */
  size: number;
  /** Bytes the file system spends on it (blocks × 512). */
  diskBytes: number;
  modified: number;
  /** Device and inode as one text: the same for two names of one file. */
  identity: string;
  links: number;
}

/** A source that has to be closed. */
export interface OpenFile extends ByteSource {
  readonly path: string;
  close(): Promise<void>;
}

/**
 * The part of a file system that reading needs; core/io/node implements it, tests may too. Nothing here writes.
 * Paths are absolute, in the form of the system they come from.
 */
export interface Files {
  /** Follows links; null when there is nothing. @throws failure on EACCES, EIO … */
  info(path: string): Promise<FileInfo | null>;
  /** Opens a regular file or block device read-only. @throws refusal `special-file`, `not-found`; failure. */
  open(path: string): Promise<OpenFile>;
  /** Names in a folder, unsorted, without `.` and `..`. */
  list(folder: string): Promise<{ name: string; kind: FileKind | 'link' }[]>;
  /** The path with every link resolved; null when there is nothing. */
  real(path: string): Promise<string | null>;
  /** Joins and normalises, as path.resolve does. */
  resolve(...parts: string[]): string;
  folderOf(path: string): string;
  nameOf(path: string): string;
}
