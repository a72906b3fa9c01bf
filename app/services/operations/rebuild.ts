import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { refusal } from '../../../core/errors.ts';
import { readImage } from '../../../core/image.ts';
import { pagedMemory } from '../../../core/io/node/direct.ts';
import type { Signal } from '../../../core/io/source.ts';
import { planRebuild, type RebuildPlan } from '../../../core/plans/table/rebuild.ts';
import { newId } from './environment.ts';
import { findingsAt, refuseInterrupted } from './repair.ts';

export interface RebuildOptions {
  label: 'auto' | 'mbr' | 'gpt';
  /** Of the disk, bytes; by itself what the table or the file systems show. */
  sectorSize?: number | undefined;
  /** Look at every sector, however long that takes. */
  everySector?: boolean;
  signal?: Signal | undefined;
  /** Bytes looked through. */
  progress?: (done: number, total: number) => void;
}

/**
 * Plans the partition table of a raw image or block device from what stands on it; nothing is written.
 * @throws refusal when the image is not there, is no raw disk, or an operation on it was interrupted.
 */
export async function planRebuildOf(
  path: string,
  env: ApplyEnvironment,
  options: RebuildOptions,
): Promise<RebuildPlan> {
  const { files } = env;
  const absolute = files.resolve(path);
  await refuseInterrupted(absolute, env);
  const stamp = await files.stamp(absolute);
  const info = await files.info(absolute);
  if (!stamp || !info) throw refusal('not-found', `${path}: there is no such file.`, { path: absolute });
  const file = await files.open(absolute);
  try {
    const { format, vhd } = await readImage(absolute, file, options.signal);
    if (vhd || format !== 'raw')
      throw refusal('unsupported', `${absolute} is no raw disk, and only a raw one gets a new table.`, {
        path: absolute,
        hint: vhd ? 'Write its disk to a raw image with platter export first.' : 'Turn it into a raw image first.',
      });
    return await planRebuild({
      path: absolute,
      source: file,
      stamp,
      findings: await findingsAt(absolute, env, options.signal),
      label: options.label,
      sectorSize: options.sectorSize,
      everySector: options.everySector ?? false,
      newId,
      allocated: info.diskBytes || stamp.size,
      memory: pagedMemory,
      signal: options.signal,
      ...(options.progress ? { progress: options.progress } : {}),
    });
  } finally {
    await file.close();
  }
}
