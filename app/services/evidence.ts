import { createHash } from 'node:crypto';
import { refusal } from '../../core/errors.ts';
import { hasVhdName } from '../../core/image.ts';
import type { FileInfo, Files } from '../../core/io/files.ts';
import { DROP_PROBE, type Input, type Output } from '../contract/contract.ts';
import type { CaseRoot, CaseState, FolderEntry } from '../contract/types.ts';
import type { JobService } from '../jobs/jobs.ts';
import type { Case } from './case.ts';
import type { Disks } from './disks.ts';
import type { Recent } from './recent.ts';

/** Milliseconds an answer waits for a small case to be read, so that it is complete at once. */
const SHORTLY = 300;
/** Folders and files looked at for a dropped file. */
const MAX_LOOKED_AT = 200_000;
const OPENABLE = /\.(vhd|avhd|vhdx|avhdx|raw|img|dd|iso|qcow2?|vmdk|vdi|e01)$/i;

export interface EvidenceParts {
  files: Files;
  /** Folders that may be opened; null for all. */
  served: string[] | null;
  opened: Case;
  disks: Disks;
  jobs: JobService;
  recent: Recent;
}

/** A case that is being read. */
interface Reading {
  end: Promise<void>;
}

/** Opens files and folders as the case. */
export class Evidence {
  readonly #parts: EvidenceParts;

  /** Jobs that read roots, in the order they were started. */
  readonly #reading = new Set<string>();
  /** Two pages that open something at once do so one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  async open(input: Input<'evidence.openPath'>): Promise<CaseState> {
    return this.#shortly(await this.#inTurn(() => this.#open(input)));
  }

  async reload(): Promise<CaseState> {
    return this.#shortly(
      await this.#inTurn(async () => {
        const { opened } = this.#parts;
        const roots = [...opened.roots];
        await this.#clear();
        opened.roots = roots;
        return this.#read(roots.map((root) => root.path));
      }),
    );
  }

  async close(): Promise<CaseState> {
    const { opened } = this.#parts;
    await this.#inTurn(() => this.#clear());
    opened.touch();
    return opened.state();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Waits for a case to be read, but not for long: a small one is answered complete. */
  async #shortly(reading: Reading | null): Promise<CaseState> {
    if (reading) await Promise.race([reading.end, new Promise((resolve) => setTimeout(resolve, SHORTLY))]);
    return this.#parts.opened.state();
  }

  async #open({ paths, add }: Input<'evidence.openPath'>): Promise<Reading | null> {
    const { files, opened, recent } = this.#parts;
    const roots: CaseRoot[] = [];
    for (const given of paths) {
      const absolute = files.resolve(given);
      const info = await files.info(absolute);
      if (!info) throw refusal('not-found', `${absolute}: there is no such file or folder.`, { path: absolute });
      roots.push({ path: absolute, name: files.nameOf(absolute) || absolute, kind: kindOf(info) });
    }
    if (!add) await this.#clear();
    const known = new Set(opened.roots.map((root) => root.path));
    opened.roots.push(...roots.filter((root) => !known.has(root.path)));
    const first = roots[0];
    if (first)
      await recent.add({
        paths: roots.map((root) => root.path),
        name: roots.length > 1 ? `${first.name} and ${roots.length - 1} more` : first.name,
        kind: first.kind,
        opened: new Date().toISOString(),
      });
    return this.#read(roots.map((root) => root.path));
  }

  /** Closes what is open, and stops reading what was to be opened. */
  async #clear(): Promise<void> {
    const { opened, jobs, disks } = this.#parts;
    for (const job of this.#reading) jobs.cancel(job);
    await Promise.allSettled([...this.#reading].map((job) => jobs.result(job)));
    this.#reading.clear();
    opened.scanning = null;
    opened.clear();
    await disks.close();
  }

  /** Reads roots in a job of their own. */
  #read(paths: string[]): Reading | null {
    const { opened, jobs, disks } = this.#parts;
    if (paths.length === 0) return null;
    const job = jobs.start('evidence.scan', { paths });
    this.#reading.add(job);
    opened.scanning = job;
    opened.touch();
    const ended = async (): Promise<void> => {
      // closed meanwhile: nobody waits for it
      if (!this.#reading.delete(job)) return;
      opened.scanning = [...this.#reading].pop() ?? null;
      // what was opened with a parent missing may have one now
      await disks.close();
      opened.touch();
    };
    return { end: jobs.result(job).then(ended, ended) };
  }

  /** A folder's content for the page's own dialog; null asks where one may start. */
  async list(folder: string | null): Promise<Output<'files.list'>> {
    const { files, served } = this.#parts;
    if (folder === null) {
      const roots = served ?? [files.resolve('/')];
      const entries = roots.map((root): FolderEntry => {
        return { name: root, path: root, kind: 'folder', size: null, image: false };
      });
      return { folder: null, parent: null, entries };
    }
    const absolute = files.resolve(folder);
    const entries: FolderEntry[] = [];
    for (const { name, kind } of await files.list(absolute)) {
      const entry = { name, path: files.resolve(absolute, name) };
      // links are shown for what they lead to, where that may be seen
      const info = kind === 'folder' ? null : await files.info(entry.path).catch(() => null);
      const isFolder = kind === 'folder' || info?.kind === 'folder';
      if (isFolder) entries.push({ ...entry, kind: 'folder', size: null, image: false });
      else if (info?.kind === 'file' || info?.kind === 'block-device')
        entries.push({ ...entry, kind: 'file', size: info.size, image: OPENABLE.test(name) || hasVhdName(name) });
    }
    entries.sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind === 'folder' ? -1 : 1));
    const isRoot = served?.some((root) => files.resolve(root) === absolute) ?? false;
    const above = files.folderOf(absolute);
    return { folder: absolute, parent: isRoot ? null : above === absolute ? null : above, entries };
  }

  /** Finds a dropped file under the served folders: by size and name, then by the hashes of its two ends. */
  async match({ name, size, headSha256, tailSha256 }: Input<'evidence.matchDropped'>): Promise<string | null> {
    const { files, served } = this.#parts;
    if (served === null) return null;
    let left = MAX_LOOKED_AT;
    const folders = [...served];
    for (let folder = folders.shift(); folder !== undefined && left > 0; folder = folders.shift()) {
      const entries = await files.list(folder).catch(() => []);
      left -= entries.length;
      for (const entry of entries) {
        const at = files.resolve(folder, entry.name);
        if (entry.kind === 'folder') folders.push(at);
        else if (entry.name === name && entry.kind === 'file' && (await this.#isSame(at, size, headSha256, tailSha256)))
          return at;
      }
    }
    return null;
  }

  async #isSame(file: string, size: number, head: string, tail: string): Promise<boolean> {
    try {
      const info = await this.#parts.files.info(file);
      if (info?.kind !== 'file' || info.size !== size) return false;
      return await this.#parts.disks.withFile(file, async (source) => {
        const sha256 = async (at: number): Promise<string> =>
          createHash('sha256')
            .update(await source.read(at, DROP_PROBE))
            .digest('hex');
        return (await sha256(0)) === head && (await sha256(Math.max(0, size - DROP_PROBE))) === tail;
      });
    } catch {
      return false;
    }
  }
}

function kindOf({ kind, path: file }: FileInfo): CaseRoot['kind'] {
  if (kind === 'folder') return 'folder';
  if (kind === 'file' || kind === 'block-device') return 'file';
  throw refusal('special-file', `${file} is a pipe, a socket or a character device, and is not opened.`, {
    path: file,
  });
}
