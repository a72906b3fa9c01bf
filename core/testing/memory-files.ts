import { posix } from 'node:path';
import { failure, refusal } from '../errors.ts';
import type { FileInfo, FileKind, Files, OpenFile } from '../io/files.ts';
import { type Signal } from '../io/source.ts';
import type { SparseImage } from '../io/sparse.ts';
import { SparseSource } from './sparse-source.ts';

export type Content = SparseImage | Uint8Array | string;

export interface FileOptions {
  /** Milliseconds since 1970; 2024-03-05T12:00:00Z by default. */
  mtime?: number;
  /** Another name of the same file: identity and link count follow. */
  sameAs?: string;
}

interface Node {
  kind: FileKind;
  inode: number;
  /** Names it has. */
  names: number;
  mtime: number;
  content: (() => SparseImage) | null;
  /** Reading from here on fails, as a bad sector does. */
  failsFrom: number;
}

const MTIME = Date.UTC(2024, 2, 5, 12);

/** An empty file system; see {@link MemoryFiles}. */
export function memoryFiles(): MemoryFiles {
  return new MemoryFiles();
}

/**
 * A file system in memory for tests: folders, links, times, special files, read errors, and counts of what is read. Paths
 * are POSIX. Folders come into being with the files in them.
 */
export class MemoryFiles implements Files {
  /** What was read of each file since it was made, by path as opened. */
  readonly reads = new Map<string, { bytes: number; reads: number }>();
  /** Files opened and not closed yet. */
  openCount = 0;
  #inodes = 1;
  readonly #links = new Map<string, string>();
  readonly #nodes = new Map<string, Node>([['/', this.#node('folder', MTIME, null)]]);

  /** Adds or replaces a file; a function is called when the file is first looked at. */
  put(path: string, content: Content | (() => SparseImage), { mtime = MTIME, sameAs }: FileOptions = {}): this {
    const same = sameAs === undefined ? undefined : this.#nodes.get(sameAs);
    this.#add(path, same ?? this.#node('file', mtime, lazy(content)));
    return this;
  }

  /** Adds an empty folder. */
  folder(path: string): this {
    this.#add(path, this.#node('folder', MTIME, null));
    return this;
  }

  /** Adds a symbolic link; `target` may be relative, missing, or a circle. */
  link(path: string, target: string): this {
    this.#parents(path);
    this.#links.set(path, target);
    return this;
  }

  /** Adds a pipe, socket or character device (`other`), or a block device with content. */
  special(path: string, content?: Content): this {
    this.#add(
      path,
      this.#node(content === undefined ? 'other' : 'block-device', MTIME, content === undefined ? null : lazy(content)),
    );
    return this;
  }

  /** Makes reads that reach `at` or beyond fail with EIO. */
  failFrom(path: string, at: number): this {
    const node = this.#nodes.get(path);
    if (node) node.failsFrom = at;
    return this;
  }

  async info(path: string): Promise<FileInfo | null> {
    const node = this.#find(path);
    if (!node) return null;
    const image = node.content?.();
    return {
      path,
      kind: node.kind,
      size: image?.size ?? 0,
      diskBytes: image ? image.extents.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / 512) * 512, 0) : 0,
      modified: node.mtime,
      identity: `1:${node.inode}`,
      links: node.names,
    };
  }

  async open(path: string): Promise<OpenFile> {
    const node = this.#find(path);
    if (!node) throw refusal('not-found', `${path}: there is no such file.`, { path, os: 'ENOENT' });
    if (!node.content) throw refusal('special-file', `${path} is no file.`, { path });
    const count = this.reads.get(path) ?? { bytes: 0, reads: 0 };
    this.reads.set(path, count);
    this.openCount += 1;
    return new MemoryFile(path, node, node.content(), count, () => {
      this.openCount -= 1;
    });
  }

  async list(folder: string): Promise<{ name: string; kind: FileKind | 'link' }[]> {
    const real = await this.real(folder);
    if (real === null)
      throw refusal('not-found', `${folder}: there is no such folder.`, { path: folder, os: 'ENOENT' });
    const inside = (path: string): boolean => path !== '/' && posix.dirname(path) === real;
    const files = [...this.#nodes]
      .filter(([path]) => inside(path))
      .map(([path, { kind }]) => ({ name: posix.basename(path), kind }));
    const links = [...this.#links.keys()]
      .filter(inside)
      .map((path) => ({ name: posix.basename(path), kind: 'link' as const }));
    return [...files, ...links];
  }

  async real(path: string): Promise<string | null> {
    return this.#real(posix.resolve(path));
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

  #real(path: string): string | null {
    let done = '/';
    let rest = path.split('/').filter(Boolean);
    for (let hops = 0; rest.length > 0; ) {
      const next = posix.join(done, rest[0] ?? '');
      const target = this.#links.get(next);
      rest = rest.slice(1);
      if (target === undefined) {
        done = next;
        continue;
      }
      hops += 1;
      if (hops > 40)
        throw failure('read-failed', `${path} cannot be read: its links lead in a circle (ELOOP).`, {
          path,
          os: 'ELOOP',
        });
      rest = [...posix.resolve(done, target).split('/').filter(Boolean), ...rest];
      done = '/';
    }
    return this.#nodes.has(done) ? done : null;
  }

  #find(path: string): Node | undefined {
    const real = this.#real(posix.resolve(path));
    return real === null ? undefined : this.#nodes.get(real);
  }

  #add(path: string, node: Node): void {
    this.#parents(path);
    const before = this.#nodes.get(path);
    if (before) before.names -= 1;
    node.names += 1;
    this.#nodes.set(path, node);
  }

  #parents(path: string): void {
    for (let folder = posix.dirname(path); !this.#nodes.has(folder); folder = posix.dirname(folder)) {
      this.#nodes.set(folder, this.#node('folder', MTIME, null));
    }
  }

  #node(kind: FileKind, mtime: number, content: Node['content']): Node {
    this.#inodes += 1;
    return {
      kind,
      inode: this.#inodes,
      names: kind === 'folder' ? 1 : 0,
      mtime,
      content,
      failsFrom: Number.POSITIVE_INFINITY,
    };
  }
}

function lazy(content: Content | (() => SparseImage)): () => SparseImage {
  if (typeof content !== 'function') {
    const image = asImage(content);
    return () => image;
  }
  let made: SparseImage | undefined;
  return () => (made ??= content());
}

/** Text and bytes as an image. */
export function asImage(content: Content): SparseImage {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  if (!(bytes instanceof Uint8Array)) return bytes;
  return { size: bytes.length, extents: bytes.length === 0 ? [] : [{ at: 0, bytes }] };
}

class MemoryFile implements OpenFile {
  readonly path: string;
  readonly size: number;
  readonly #node: Node;
  readonly #source: SparseSource;
  readonly #count: { bytes: number; reads: number };
  readonly #closed: () => void;

  constructor(
    path: string,
    node: Node,
    image: SparseImage,
    count: { bytes: number; reads: number },
    closed: () => void,
  ) {
    this.path = path;
    this.size = image.size;
    this.#node = node;
    this.#source = new SparseSource(image);
    this.#count = count;
    this.#closed = closed;
  }

  async read(at: number, length: number, signal?: Signal): Promise<Uint8Array> {
    const bytes = await this.#source.read(at, length, signal);
    if (at + bytes.length > this.#node.failsFrom) {
      throw failure(
        'read-failed',
        `${this.path} cannot be read at offset ${at}: the device reports a read error (EIO).`,
        {
          path: this.path,
          offset: at,
          os: 'EIO',
        },
      );
    }
    this.#count.bytes += bytes.length;
    this.#count.reads += 1;
    return bytes;
  }

  async close(): Promise<void> {
    this.#closed();
  }
}
