import { refusal } from '../../core/errors.ts';
import type { Files } from '../../core/io/files.ts';

/**
 * The same file system, of which only what lies in `folders` is there. Links are resolved before the question is asked, so one
 * that leads outside is refused; `folders` themselves may be links. What does not exist is treated as its nearest folder that
 * does, so the answer does not tell what lies outside.
 */
export function confinedFiles(files: Files, folders: readonly string[]): Files {
  // where a served folder led when it was first looked at is where it leads: one that is put in its place later is not served
  const roots = new Map<string, string>();
  const rootOf = async (folder: string): Promise<string> => {
    const known = roots.get(folder);
    if (known !== undefined) return known;
    const real = await files.real(folder);
    if (real !== null) roots.set(folder, real);
    return real ?? files.resolve(folder);
  };
  const inside = async (path: string): Promise<string> => {
    const real = await nearest(files, files.resolve(path));
    for (const folder of folders) {
      if (contains(await rootOf(folder), real.path)) return files.resolve(real.path, ...real.rest);
    }
    throw refusal('outside-served-folders', `${path} is not in a folder that Platter was started with.`, {
      path,
      hint: 'Start platter serve with its folder too.',
    });
  };
  return {
    ...files,
    info: async (path) => {
      const real = await inside(path);
      const info = await files.info(real);
      return info && { ...info, path };
    },
    open: async (path) => files.open(await inside(path)),
    list: async (folder) => files.list(await inside(folder)),
    real: async (path) => files.real(await inside(path)),
    resolve: (...parts) => files.resolve(...parts),
    folderOf: (path) => files.folderOf(path),
    nameOf: (path) => files.nameOf(path),
  };
}

/** Whether `path` is `folder` or lies below it; both resolved. */
function contains(folder: string, path: string): boolean {
  if (path === folder) return true;
  const last = folder.charAt(folder.length - 1);
  if (last === '/' || last === '\\') return path.startsWith(folder);
  return path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}

/** The deepest existing part of a path, with links resolved, and the names below it that do not exist. */
async function nearest(files: Files, path: string): Promise<{ path: string; rest: string[] }> {
  const rest: string[] = [];
  for (let at = path; ; ) {
    const real = await files.real(at);
    if (real !== null) return { path: real, rest };
    const above = files.folderOf(at);
    if (above === at) return { path: at, rest };
    rest.unshift(files.nameOf(at));
    at = above;
  }
}
