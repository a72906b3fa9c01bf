import { isJournal, JOURNAL_MARK } from '../apply/journal-name.ts';
import { asPlatterError, type PlatterError, refusal } from '../errors.ts';
import { FOOTER_COOKIE, FOOTER_LENGTH, POISON_COOKIE } from '../formats/vhd/constants.ts';
import { hasVhdName } from '../image.ts';
import type { Files } from '../io/files.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../io/source.ts';

export interface Listing {
  /** Absolute paths, sorted. */
  paths: string[];
  /** What could not be looked at. */
  failures: { path: string; error: PlatterError }[];
}

/** Other disk images by name: shown beside VHDs in the window, and openable. */
const OTHER_IMAGE = /\.(vhdx|avhdx|raw|img|dd|iso|qcow2?|vmdk|vdi|e01)$/i;

/** Folders deeper than this are a loop of mounts, not a storage repository. */
const MAX_DEPTH = 64;

/**
 * Images among files and folders. A file is taken as it is. In a folder a file is an image by content (a VHD cookie at
 * either end) or by name. A link inside a folder is followed only when asked for, and only to a file.
 */
export async function listImages(
  files: Files,
  paths: readonly string[],
  options: { recursive: boolean; others: boolean; links?: boolean },
  signal?: Signal,
): Promise<Listing> {
  const found = new Set<string>();
  const failures: Listing['failures'] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    throwIfAborted(signal);
    for (const { name, kind } of await files.list(folder)) {
      const path = files.resolve(folder, name);
      try {
        if (kind === 'folder' && options.recursive && depth < MAX_DEPTH && !(await isJournalAt(files, path, name)))
          await visit(path, depth + 1);
        const file = kind === 'file' || (kind === 'link' && options.links && (await files.info(path))?.kind === 'file');
        if (file && (await isImage(files, path, options.others))) found.add(path);
      } catch (thrown) {
        const error = asPlatterError(thrown);
        if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
        // a file nobody calls an image and that cannot be read is none of our business
        if (kind === 'folder' || hasVhdName(name)) failures.push({ path, error });
      }
    }
  };
  for (const path of paths) {
    const absolute = files.resolve(path);
    try {
      const info = await files.info(absolute);
      if (info?.kind === 'folder') await visit(absolute, 0);
      else found.add(absolute);
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      failures.push({ path: absolute, error });
    }
  }
  return { paths: [...found].sort(), failures };
}

/** Folders of files: where their names are, and where links lead to. */
export async function foldersOf(files: Files, paths: readonly string[]): Promise<string[]> {
  const out = new Set<string>();
  for (const path of paths) {
    out.add(files.folderOf(path));
    const real = await files.real(path);
    if (real !== null) out.add(files.folderOf(real));
  }
  return [...out];
}

/**
 * Folders that the user named to be searched, absolute.
 * @throws refusal for one that is none, failure for one that cannot be read: what is in the right one would be missed.
 */
export async function searchFolders(files: Files, folders: readonly string[]): Promise<string[]> {
  return Promise.all(
    folders.map(async (folder) => {
      const path = files.resolve(folder);
      const info = await files.info(path);
      if (info?.kind === 'folder') {
        await files.list(path);
        return path;
      }
      throw refusal(
        'not-found',
        info ? `${folder} is no folder that could be searched.` : `${folder}: there is no such folder to be searched.`,
        { path, hint: 'Name a folder that is there, or leave --search out.' },
      );
    }),
  );
}

async function isJournalAt(files: Files, path: string, name: string): Promise<boolean> {
  if (!name.includes(JOURNAL_MARK)) return false;
  return isJournal(
    name,
    (await files.list(path)).map((entry) => entry.name),
  );
}

async function isImage(files: Files, path: string, others: boolean): Promise<boolean> {
  if (hasVhdName(path) || (others && OTHER_IMAGE.test(path))) return true;
  const source = await files.open(path);
  try {
    return await hasCookie(source);
  } finally {
    await source.close();
  }
}

async function hasCookie(source: ByteSource): Promise<boolean> {
  if (source.size < FOOTER_LENGTH - 1) return false;
  const tail = await source.read(Math.max(0, source.size - FOOTER_LENGTH), FOOTER_LENGTH);
  const head = await source.read(0, 8);
  return [head, tail, tail.subarray(1)].some((bytes) => {
    const text = String.fromCharCode(...bytes.subarray(0, 8));
    return text === FOOTER_COOKIE || text === POISON_COOKIE;
  });
}
