import { constants, type Stats } from 'node:fs';
import { access, lstat, opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { OpenFile } from '../../../core/io/files.ts';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { Errno } from './errno.ts';

/** What `stat` says, as far as vhd-util looks. */
export interface Seen {
  kind: 'file' | 'folder' | 'block-device' | 'other';
  /** Bytes; 0 for a block device, as stat has it. */
  size: number;
  /** The same for two names of one file. */
  identity: string;
}

/**
 * The file system as vhd-util asks it: names relative to a folder, failures by number. Only asks; files are opened by
 * core/io/node, which opens no pipe and no socket.
 */
export class System {
  readonly #cwd: string;

  readonly #visible: (path: string) => Promise<boolean>;

  constructor(cwd: string, visible: (path: string) => Promise<boolean> = () => Promise.resolve(true)) {
    this.#cwd = cwd;
    this.#visible = visible;
  }

  /** The path of a file that may be looked at; any other is not there. */
  async #seen(name: string): Promise<string> {
    const full = this.#path(name);
    if (!(await this.#visible(full))) throw new Errno('ENOENT');
    return full;
  }

  #path(name: string): string {
    if (name === '') throw new Errno('ENOENT');
    // not path.resolve: `a/../b` must fail where there is no `a`
    return path.isAbsolute(name) ? name : `${this.#cwd}/${name}`;
  }

  /** Follows links. */
  async stat(name: string): Promise<Seen> {
    const stats = await stat(await this.#seen(name));
    return { kind: kindOf(stats), size: stats.size, identity: `${stats.dev}:${stats.ino}` };
  }

  /** Whether there is such a name, if only as a link to nothing. */
  async present(name: string): Promise<void> {
    await lstat(await this.#seen(name));
  }

  /** Whether there is such a file that may be read. */
  async readable(name: string): Promise<void> {
    await access(await this.#seen(name), constants.R_OK);
  }

  /** A folder's names in the system's own order. */
  async names(folder: string): Promise<{ name: string; maybeFolder: boolean }[]> {
    const out = [];
    // readdir sorts; a scan with -f does not
    for await (const entry of await opendir(await this.#seen(folder))) {
      out.push({ name: entry.name, maybeFolder: entry.isDirectory() || entry.isSymbolicLink() });
    }
    return out;
  }

  async open(name: string): Promise<OpenFile> {
    return nodeFiles.open(await this.#seen(name));
  }

  /**
   * The name a parent goes by: all links resolved, but a logical volume stays in /dev/mapper, where the links to the
   * changing dm-N are.
   */
  async canonical(name: string): Promise<string> {
    const full = await this.#seen(name);
    const plain = path.resolve(full);
    if (/^\/dev\/mapper\/[^/]+$/.test(plain) && (await exists(plain))) return plain;
    const [, group, volume] = /^\/dev\/([^/]+)\/([^/]+)$/.exec(plain) ?? [];
    if (group !== undefined && volume !== undefined) {
      const mapper = `/dev/mapper/${group.replaceAll('-', '--')}-${volume.replaceAll('-', '--')}`;
      if (await exists(mapper)) return mapper;
    }
    return realpath(full);
  }
}

function kindOf(stats: Stats): Seen['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isBlockDevice() ? 'block-device' : 'other';
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/** C's basename: the last component, without slashes behind it; "." for nothing. */
export function baseName(name: string): string {
  if (name === '') return '.';
  const trimmed = name.replace(/\/+$/, '');
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1);
}
