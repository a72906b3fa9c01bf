import type { Files } from '../../../../core/io/files.ts';
import type { FoundBackup } from '../../../contract/types.ts';
import { MANIFEST, readManifest } from './manifest.ts';

/** Folders as `backup-headers` names them end with the time, to the second, and a number where there are several of it. */
const NAMED = /-(\d{8}T\d{6}Z)(?:-\d+)?$/;
/** Manifests that are read at most. */
const MOST = 64;

/**
 * Backups in `folder` that can be of a disk: those of its size, the ones made of this very path first, and the newest first.
 * Only the newest 64 are looked at. Empty where there is no such folder.
 */
export async function findBackups(folder: string, image: string, files: Files): Promise<FoundBackup[]> {
  const disk = files.resolve(image);
  const size = (await files.info(disk))?.size;
  if ((await files.info(folder))?.kind !== 'folder') return [];
  const newest = (await files.list(folder))
    .flatMap(({ name, kind }) => {
      const time = kind === 'folder' ? NAMED.exec(name)?.[1] : undefined;
      return time === undefined ? [] : [{ name, time }];
    })
    .sort((a, b) => (a.time < b.time ? 1 : -1))
    .slice(0, MOST);
  const found = await Promise.all(
    newest.map(async ({ name }): Promise<FoundBackup[]> => {
      const path = files.resolve(folder, name);
      const manifest = await readManifest(files.resolve(path, MANIFEST), files);
      if (manifest?.disk.size !== size || !manifest) return [];
      const bytes = manifest.regions.reduce((sum, { length }) => sum + length, 0);
      const { path: of, table, volumes } = manifest.disk;
      return [{ path, name, time: manifest.time, bytes, samePath: of === disk, table, volumes: volumes.length }];
    }),
  );
  return found.flat().sort((a, b) => Number(b.samePath) - Number(a.samePath) || (a.time < b.time ? 1 : -1));
}
