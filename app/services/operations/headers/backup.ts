import type { ApplyEnvironment } from '../../../../core/apply/environment.ts';
import { asPlatterError, refusal } from '../../../../core/errors.ts';
import { headerRegions } from '../../../../core/headers/regions.ts';
import { type Keep, keptBackups } from '../../../../core/headers/retention.ts';
import { readImage } from '../../../../core/image.ts';
import { pagedMemory } from '../../../../core/io/node/direct.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../../../../core/io/source.ts';
import { readTable } from '../../../../core/partitions/read.ts';
import { entriesOf } from '../../../../core/vmfs/entries.ts';
import type { VmfsVolume } from '../../../../core/vmfs/found.ts';
import { readVolumes } from '../../../../core/vmfs/volumes.ts';
import { type HeaderManifest, MANIFEST, readWholeManifest, sealed } from './manifest.ts';

const PIECE = 1024 ** 2;
const ARTICLE_SECTORS = 4096;
const PARTIAL = `${MANIFEST}.partial`;
/** Backups of one name that one second can have. */
const MOST_AT_ONCE = 1000;

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
 * @throws refusal when the image is not there or no raw disk; failure; cancelled.
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
    const regions = headerRegions(source.size, table, volumes);
    const article = [
      { offset: 0, length: Math.min(source.size, table.sectorSize), file: `part-backup-${name}.hex` },
      {
        offset: 0,
        length: Math.min(source.size, ARTICLE_SECTORS * table.sectorSize),
        file: `vmfsheader-bu-${name}.hex`,
      },
    ];
    const stamp = time.toISOString().replaceAll(/[-:]|\.000/g, '');
    const folder = await claimFolder(files.resolve(options.to, `${name}-${stamp}`), files);
    try {
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
      const open: HeaderManifest = {
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
        open.regions.push({ ...(await save({ offset, length, file: `${offset}+${length}.bin` })), holds });
      for (const one of article) open.article.push(await save(one));
      const manifest = sealed(open, files);
      const partial = files.resolve(folder, PARTIAL);
      await saveBytes(new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`), partial, files);
      await files.moveTo(partial, files.resolve(folder, MANIFEST));
      await files.syncFolder(folder);
      await files.syncFolder(files.folderOf(folder));
      const removed = await removeOld({ folder, manifest }, options, files);
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

/**
 * Makes a folder that was not there, and the file in it that becomes the manifest: of two disks under one name, saved in the
 * same second, each gets its own, whatever process saves them.
 * @throws refusal `output-exists`; failure.
 */
async function claimFolder(wanted: string, files: WriteFiles): Promise<string> {
  for (let count = 1; count <= MOST_AT_ONCE; count += 1) {
    const folder = count === 1 ? wanted : `${wanted}-${count}`;
    if (await files.info(folder)) continue;
    await files.makeFolder(folder);
    const claim = files.resolve(folder, PARTIAL);
    try {
      await (await files.create(claim)).close();
    } catch (thrown) {
      if (asPlatterError(thrown).code === 'output-exists') continue;
      throw thrown;
    }
    if (!(await files.info(files.resolve(folder, MANIFEST)))) return folder;
    // another process made it, and was done already
    await files.remove(claim);
  }
  throw refusal('output-exists', `${wanted} exists already; nothing is ever overwritten.`, { path: wanted });
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
  const sink = await files.openForWriting(to);
  try {
    await sink.write(0, bytes);
    await sink.sync();
  } finally {
    await sink.close();
  }
}

/**
 * Takes away older backups of the same disk: the same path, size and ids, so that neither another disk under that name nor one
 * that lost its table pushes good backups out. A folder that holds anything else stays, and the one just made always does.
 */
async function removeOld(
  made: { folder: string; manifest: HeaderManifest },
  { to, keep }: BackupOptions,
  files: WriteFiles,
): Promise<string[]> {
  if (keep === undefined) return [];
  const same = JSON.stringify(made.manifest.disk);
  const others: { folder: string; time: number }[] = [];
  for (const { name, kind } of await files.list(to)) {
    const folder = files.resolve(to, name);
    if (kind !== 'folder' || folder === made.folder) continue;
    const read = await readWholeManifest(files.resolve(folder, MANIFEST), files);
    // what was altered may say what is not so: it is nobody's to take away
    if (!read || read.altered || JSON.stringify(read.manifest.disk) !== same) continue;
    const { manifest } = read;
    const own = new Set([MANIFEST, ...[...manifest.regions, ...manifest.article].map(({ file }) => file)]);
    const entries = await files.list(folder);
    if (entries.every((entry) => entry.kind === 'file' && own.has(entry.name)))
      others.push({ folder, time: Date.parse(manifest.time) });
  }
  const kept = keptBackups({ folder: made.folder, time: Date.parse(made.manifest.time) }, others, keep);
  const removed = others.filter((one) => !kept.has(one)).map(({ folder }) => folder);
  for (const folder of removed) await files.removeFolder(folder);
  return removed.sort();
}

/** What tells a volume from others; null where no header is left. */
export function volumeId({ fs, lvm }: VmfsVolume): string | null {
  return lvm?.value.deviceUuid ?? fs?.value.uuid ?? null;
}
