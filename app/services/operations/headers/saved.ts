import { refusal } from '../../../../core/errors.ts';
import { volumesIn } from '../../../../core/headers/regions.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';
import type { Signal } from '../../../../core/io/source.ts';
import { formatOffset } from '../../../../core/structure/text.ts';
import { type HeaderManifest, MANIFEST, readWholeManifest } from './manifest.ts';

const MIB = 1024 ** 2;
/** A file of more than this is no backup of headers. */
const MOST = 64 * MIB;
/** No disk has more. */
const MOST_VOLUMES = 1024;
/** First bytes of an LVM device header, which stands so far into a partition. */
const LVM_MAGIC = [0x0d, 0xd0, 0x01, 0xc0];

/** A file of a backup, and where its bytes belong. */
export interface Part {
  file: string;
  offset: number;
  length: number;
  /** Null where nothing was noted of it. */
  sha256: string | null;
  holds: string;
  /** Where VMFS volumes begin whose headers it holds, in bytes of the disk. */
  volumes: number[];
}

export interface Backup {
  parts: Part[];
  /** Null for a file made with dd. */
  disk: HeaderManifest['disk'] | null;
  /** When it was made, in ISO 8601; null where that was not noted. */
  time: string | null;
}

/**
 * What a backup says of itself: a folder that `backup-headers` made, its manifest, or a file made with dd. The files are
 * compared with their hashes when they are read.
 * @throws refusal where there is none, it is not finished, or its manifest was altered.
 */
export async function readBackup(path: string, files: WriteFiles, signal?: Signal): Promise<Backup> {
  const info = await files.info(path);
  if (!info) throw refusal('not-found', `${path}: there is no such backup.`, { path });
  const folder = info.kind === 'folder' ? path : files.folderOf(path);
  if (info.kind !== 'folder' && files.nameOf(path) !== MANIFEST) return readArticle(path, info.size, files, signal);
  const read = await readWholeManifest(files.resolve(folder, MANIFEST), files);
  if (!read)
    throw refusal('unsupported', `${folder} holds no backup that platter backup-headers finished.`, { path: folder });
  const why = read.altered
    ? 'it is not what was written: its SHA-256 of itself differs'
    : regionsFault(read.manifest.regions, read.manifest.disk.size);
  if (why !== null)
    throw refusal('unsupported', `The manifest of the backup in ${folder} cannot be believed: ${why}.`, {
      path: files.resolve(folder, MANIFEST),
      hint: 'Take another backup of this disk.',
    });
  const parts = read.manifest.regions.map(
    ({ file, offset, length, sha256, holds }): Part => ({
      file: files.resolve(folder, file),
      offset,
      length,
      sha256,
      holds: holds.join(', '),
      volumes: volumesIn(holds),
    }),
  );
  return { parts, disk: read.manifest.disk, time: read.manifest.time };
}

/** What about the regions is none of ours: each is named by its place, none is empty or overlaps, both ends are there. */
function regionsFault(regions: HeaderManifest['regions'], size: number): string | null {
  let end = 0;
  let named = 0;
  for (const { offset, length, file, holds } of regions.toSorted((a, b) => a.offset - b.offset)) {
    if (length === 0) return `the part at ${formatOffset(offset)} is empty`;
    if (file !== `${offset}+${length}.bin`)
      return `the part of ${length} bytes at ${formatOffset(offset)} has the file ${file}, which is of another place`;
    if (offset < end) return `parts overlap at ${formatOffset(offset)}`;
    if (end === 0 && offset > 0) return 'the first sectors are not in it';
    end = offset + length;
    if (end > size) return `a part ends at ${formatOffset(end)}, behind the end of the disk`;
    const starts = volumesIn(holds);
    named += starts.length;
    // a number that is none is in no part
    if (starts.some((start) => !(start >= offset && start < end)))
      return `the part at ${formatOffset(offset)} does not reach to the volume that it names`;
  }
  if (named > MOST_VOLUMES) return `it names ${named} volumes`;
  return end === size ? null : 'the last sectors are not in it';
}

/** A file made with dd: the first sectors of a disk. Those of a partition look alike, and belong elsewhere. */
async function readArticle(path: string, size: number, files: WriteFiles, signal?: Signal): Promise<Backup> {
  const file = await files.open(path);
  try {
    const head = await file.read(0, 520, signal);
    const isDisk =
      (head[510] === 0x55 && head[511] === 0xaa) || new TextDecoder().decode(head.subarray(512)) === 'EFI PART';
    const lvm = await file.read(MIB, LVM_MAGIC.length, signal);
    if (size > 0 && size <= MOST && size % 512 === 0 && isDisk)
      return {
        parts: [{ file: path, offset: 0, length: size, sha256: null, holds: 'First sectors of the disk', volumes: [] }],
        disk: null,
        time: null,
      };
    const partition = LVM_MAGIC.every((byte, index) => lvm[index] === byte);
    throw refusal(
      'unsupported',
      partition
        ? `${path} begins with a VMFS partition, not with a disk: where the partition began it does not say.`
        : `${path} is no backup of headers: it begins with no partition table.`,
      { path, hint: 'A backup is a folder of platter backup-headers, or the first 4096 sectors of a disk.' },
    );
  } finally {
    await file.close();
  }
}
