import type { ApplyEnvironment } from '../../../../core/apply/environment.ts';
import { refusal } from '../../../../core/errors.ts';
import { headerRegions } from '../../../../core/headers/regions.ts';
import { type Keep, keptTimes } from '../../../../core/headers/retention.ts';
import { readImage } from '../../../../core/image.ts';
import type { Files } from '../../../../core/io/files.ts';
import { pagedMemory } from '../../../../core/io/node/direct.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../../../../core/io/source.ts';
import { readTable } from '../../../../core/partitions/read.ts';
import { entriesOf } from '../../../../core/vmfs/entries.ts';
import type { VmfsVolume } from '../../../../core/vmfs/found.ts';
import { readVolumes } from '../../../../core/vmfs/volumes.ts';
import { type HeaderManifest, MANIFEST, parseManifest } from './manifest.ts';

const PIECE = 1024 ** 2;
const ARTICLE_SECTORS = 4096;
const MAX_MANIFEST = 4 * 1024 ** 2;

interface BackupOptions {
  /** Folder that each backup gets a folder of its own in; made when absent. */
  to: string;
  /** All are kept when absent. */
  keep?: Keep | undefined;
  signal?: Signal | undefined;
  progress?: (done: number, total: number) => void;
}

export interface HeaderBackup {
  folder: string;
  manifest: HeaderManifest;
  /** Folders of older backups that retention took away. */
  removed: string[];
}

/**
 * Backs up the table and VMFS headers of a raw image or block device. The manifest is written last: a folder without one is
 * no backup. The disk is only read.
 * @throws refusal when the image is not there or no raw disk, or the folder exists; failure; cancelled.
 */
export async function backupHeaders(
  path: string,
  env: ApplyEnvironment,
  options: BackupOptions,
): Promise<HeaderBackup> {
  const { files } = env;
  const { signal } = options;
  const disk = files.resolve(path);
  const info = await files.info(disk);
  if (!info) throw refusal('not-found', `${path}: there is no such file.`, { path: disk });
  const source = await files.open(disk);
  try {
    const { format, vhd } = await readImage(disk, source, signal);
    if (vhd || format !== 'raw')
      throw refusal('unsupported', `${disk} is no raw disk, and only headers of a raw one are backed up.`, {
        path: disk,
        hint: 'Write its disk to a raw image with platter export first.',
      });
    const table = await readTable(source, { signal });
    const { volumes } = await readVolumes(source, {
      partitions: entriesOf(table),
      allocated: info.diskBytes || source.size,
      memory: pagedMemory,
      ...(signal ? { signal } : {}),
    });
    const time = new Date(Math.floor(files.now() / 1000) * 1000);
    const name = files.nameOf(disk);
    const folder = files.resolve(options.to, `${name}-${time.toISOString().replaceAll(/[-:]|\.000/g, '')}`);
    if (await files.info(folder))
      throw refusal('output-exists', `${folder} exists already; nothing is ever overwritten.`, { path: folder });
    const regions = headerRegions(source.size, table, volumes);
    const article = [
      { offset: 0, length: Math.min(source.size, table.sectorSize), file: `part-backup-${name}.hex` },
      {
        offset: 0,
        length: Math.min(source.size, ARTICLE_SECTORS * table.sectorSize),
        file: `vmfsheader-bu-${name}.hex`,
      },
    ];
    const total = [...regions, ...article].reduce((sum, { length }) => sum + length, 0);
    let before = 0;
    const save = async <T extends { offset: number; length: number; file: string }>(
      one: T,
    ): Promise<T & { sha256: string }> => {
      const sha256 = await saveStretch(source, one, files.resolve(folder, one.file), files, signal, (done) =>
        options.progress?.(before + done, total),
      );
      before += one.length;
      return { ...one, sha256 };
    };
    await files.makeFolder(folder);
    try {
      const manifest: HeaderManifest = {
        schema: 'platter.headers/1',
        time: time.toISOString(),
        disk: {
          path: disk,
          size: source.size,
          sectorSize: table.sectorSize,
          table: table.type,
          id: table.diskId,
          volumes: volumes.flatMap((volume) => (volume.stale === null && volumeId(volume)) || []).sort(),
          fileSystems: volumes.flatMap(({ stale, fs }) => (stale === null && fs?.value.uuid) || []).sort(),
        },
        regions: [],
        article: [],
      };
      for (const { offset, length, holds } of regions)
        manifest.regions.push({ ...(await save({ offset, length, file: `${offset}+${length}.bin` })), holds });
      for (const one of article) manifest.article.push(await save(one));
      const partial = files.resolve(folder, `${MANIFEST}.partial`);
      await saveBytes(new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`), partial, files);
      await files.moveTo(partial, files.resolve(folder, MANIFEST));
      await files.syncFolder(folder);
      await files.syncFolder(files.folderOf(folder));
      const removed = options.keep === undefined ? [] : await removeOld(manifest, options.to, options.keep, files);
      return { folder, manifest, removed };
    } catch (thrown) {
      if (!(await files.info(files.resolve(folder, MANIFEST)).catch(() => null)))
        await files.removeFolder(folder).catch(() => undefined);
      throw thrown;
    }
  } finally {
    await source.close();
  }
}

/** Copies a stretch of the disk to a new file, durably; answers its SHA-256. */
async function saveStretch(
  source: ByteSource,
  { offset, length }: { offset: number; length: number },
  to: string,
  files: WriteFiles,
  signal: Signal | undefined,
  progress: (done: number) => void,
): Promise<string> {
  const hash = files.hasher();
  const sink = await files.create(to);
  try {
    for (let done = 0; done < length; ) {
      throwIfAborted(signal);
      const bytes = await source.read(offset + done, Math.min(PIECE, length - done), signal);
      if (bytes.length === 0) throw refusal('not-found', 'The disk became shorter while it was read.', { path: to });
      hash.update(bytes);
      await sink.write(done, bytes);
      done += bytes.length;
      progress(done);
    }
    await sink.sync();
  } finally {
    await sink.close();
  }
  return hash.digest();
}

async function saveBytes(bytes: Uint8Array, to: string, files: WriteFiles): Promise<void> {
  const sink = await files.create(to);
  try {
    await sink.write(0, bytes);
    await sink.sync();
  } finally {
    await sink.close();
  }
}

/**
 * Takes away older backups of the same disk: the same path, size and ids, so that neither another disk under that name nor one
 * that lost its table pushes good backups out. A folder that holds anything else stays.
 */
async function removeOld(newest: HeaderManifest, to: string, keep: Keep, files: WriteFiles): Promise<string[]> {
  const same = JSON.stringify(newest.disk);
  const found: { folder: string; time: number }[] = [];
  for (const { name, kind } of await files.list(to)) {
    if (kind !== 'folder') continue;
    const folder = files.resolve(to, name);
    const manifest = await readManifest(files.resolve(folder, MANIFEST), files);
    if (!manifest || JSON.stringify(manifest.disk) !== same) continue;
    const own = new Set([MANIFEST, ...[...manifest.regions, ...manifest.article].map(({ file }) => file)]);
    const entries = await files.list(folder);
    if (entries.every((entry) => entry.kind === 'file' && own.has(entry.name)))
      found.push({ folder, time: Date.parse(manifest.time) });
  }
  const kept = keptTimes(
    found.map(({ time }) => time),
    keep,
  );
  const removed = found.filter(({ time }) => !kept.has(time)).map(({ folder }) => folder);
  for (const folder of removed) await files.removeFolder(folder);
  return removed.sort();
}

/** What tells a volume from others; null where no header is left. */
export function volumeId({ fs, lvm }: VmfsVolume): string | null {
  return lvm?.value.deviceUuid ?? fs?.value.uuid ?? null;
}

/** Null where there is none, or it is none of ours. */
export async function readManifest(path: string, files: Files): Promise<HeaderManifest | null> {
  const info = await files.info(path);
  if (info?.kind !== 'file' || info.size > MAX_MANIFEST) return null;
  const file = await files.open(path);
  try {
    return parseManifest(new TextDecoder().decode(await file.read(0, file.size)));
  } finally {
    await file.close();
  }
}
