import { type Client, DROP_PROBE } from '../../../app/contract/contract.ts';
import { refusal } from '../../../core/errors.ts';
import { isOpen, selectWhenThere, useCase } from '../../state/case.ts';
import { report } from '../../state/notices.ts';
import { inspectDropped } from './dropped-client.ts';
import { openPaths } from './open.ts';

/** What was dropped: a file, or a folder to look into. */
export interface Dropped {
  file: File;
  /** Null for a file. */
  folder: FileSystemDirectoryEntry | null;
}

/** Takes what is dropped out of its transfer, which is empty once the event is over. */
export function takeDropped({ items, files }: DataTransfer): Dropped[] {
  const taken: Dropped[] = [];
  for (const item of items) {
    const file = item.kind === 'file' ? item.getAsFile() : null;
    if (!file) continue;
    const entry = item.webkitGetAsEntry();
    taken.push({ file, folder: entry?.isDirectory ? (entry as FileSystemDirectoryEntry) : null });
  }
  if (taken.length > 0) return taken;
  return [...files].map((file) => ({ file, folder: null }));
}

/**
 * Opens what was dropped. The desktop window knows its path. A browser does not: the host looks for it among its folders by size
 * and by the hashes of both ends; a file it does not find is read by the page itself.
 */
export async function openDropped(client: Client, dropped: readonly Dropped[]): Promise<void> {
  try {
    const add = isOpen(useCase.getState().opened) && dropped.every(({ folder }) => !folder);
    const bridge = window.platter;
    if (bridge) {
      await openOrShow(
        client,
        dropped.map(({ file }) => bridge.pathFor(file)),
        add,
      );
      return;
    }
    const paths: string[] = [];
    const strangers: File[] = [];
    for (const { file, folder } of dropped) {
      const path = folder ? await findFolder(client, folder) : await findFile(client, file);
      if (path !== null) paths.push(path);
      else if (folder) report(notServed(folder.name), 'Drop');
      else strangers.push(file);
    }
    await openOrShow(client, paths, add);
    for (const file of strangers) await inspectDropped(file);
  } catch (thrown) {
    report(thrown, 'Drop');
  }
}

/** Opens what is not open yet, and shows a single file. */
async function openOrShow(client: Client, paths: string[], add: boolean): Promise<void> {
  const { byPath } = useCase.getState().chains;
  const fresh = paths.filter((path) => path !== '' && !(add && byPath.has(path)));
  if (fresh.length > 0) await openPaths(client, fresh, add);
  if (add && paths[0] !== undefined && paths.length === 1) selectWhenThere(paths[0]);
}

function notServed(name: string): Error {
  return refusal('outside-served-folders', `The folder ${name} is not among those that this host may read.`, {
    hint: 'Start Platter with that folder (platter serve FOLDER), or drop single files: they are read in this window.',
  });
}

/** A file's path on the host; null when it is not there. */
async function findFile(client: Client, file: File): Promise<string | null> {
  const head = file.slice(0, DROP_PROBE);
  const tail = file.slice(Math.max(0, file.size - DROP_PROBE));
  const [headSha256, tailSha256] = await Promise.all([sha256(head), sha256(tail)]);
  const { path } = await client.call('evidence.matchDropped', {
    name: file.name,
    size: file.size,
    headSha256,
    tailSha256,
  });
  return path;
}

async function sha256(blob: Blob): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Entries looked at for a file to ask the host for. */
const MAX_LOOKED_AT = 2_000;
/** Files asked for before a folder is given up. */
const MAX_ASKED = 3;

/** A dropped folder's path: one file in it is looked for on the host, and the way to it is taken off. */
async function findFolder(client: Client, folder: FileSystemDirectoryEntry): Promise<string | null> {
  let looked = 0;
  let asked = 0;
  const folders = [folder];
  for (let at = folders.shift(); at && looked < MAX_LOOKED_AT; at = folders.shift()) {
    for (const entry of await entriesOf(at)) {
      looked += 1;
      if (entry.isDirectory) {
        folders.push(entry as FileSystemDirectoryEntry);
        continue;
      }
      const file = await fileOf(entry as FileSystemFileEntry);
      if (file.size === 0) continue;
      const path = await findFile(client, file);
      const below = path === null ? null : folderOf(path, folder.fullPath, entry.fullPath);
      if (below !== null) return below;
      asked += 1;
      if (asked >= MAX_ASKED) return null;
    }
  }
  return null;
}

/** The host's folder that was dropped as `dropped`, when the entry `/dropped/a/b` is the host's file `path`; null when it is another. */
export function folderOf(path: string, dropped: string, entry: string): string | null {
  const inside = entry.slice(dropped.length);
  const plain = path.replaceAll('\\', '/');
  if (!plain.endsWith(inside)) return null;
  const folder = path.slice(0, path.length - inside.length);
  const name = dropped.slice(dropped.lastIndexOf('/') + 1);
  return folder.replaceAll('\\', '/').endsWith(`/${name}`) ? folder : null;
}

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    all.push(...some);
    if (some.length === 0 || all.length > MAX_LOOKED_AT) return all;
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
