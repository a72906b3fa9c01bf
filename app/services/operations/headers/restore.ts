import type { ApplyEnvironment } from '../../../../core/apply/environment.ts';
import { refusal } from '../../../../core/errors.ts';
import { readImage } from '../../../../core/image.ts';
import { pagedMemory } from '../../../../core/io/node/direct.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../../../../core/io/source.ts';
import { readTable } from '../../../../core/partitions/read.ts';
import { Draft } from '../../../../core/plans/draft.ts';
import { type Copy, type Plan, stepsOf, undoLength } from '../../../../core/plans/plan.ts';
import { formatBytes, formatOffset } from '../../../../core/structure/text.ts';
import { entriesOf } from '../../../../core/vmfs/entries.ts';
import { readVolumes } from '../../../../core/vmfs/volumes.ts';
import { findingsAt, refuseInterrupted } from '../repair.ts';
import { volumeId } from './backup.ts';
import { type HeaderManifest, MANIFEST, readManifest } from './manifest.ts';
import { withCopies } from './restored.ts';

const MIB = 1024 ** 2;
/** Stretches up to this long are steps, shown byte by byte; longer ones are moved from the backup's file. */
const SHOWN = 64 * 1024;
/** A file of more than this is no backup of headers. */
const MOST = 64 * MIB;
/** First bytes of an LVM device header, which stands so far into a partition. */
const LVM_MAGIC = [0x0d, 0xd0, 0x01, 0xc0];

/** A file of a backup, and where its bytes belong. */
interface Part {
  file: string;
  offset: number;
  length: number;
  /** Null where nothing was noted of it. */
  sha256: string | null;
  holds: string;
}

interface Backup {
  parts: Part[];
  /** Null for a file made with dd. */
  disk: HeaderManifest['disk'] | null;
  /** When it was made, in ISO 8601; null where that was not noted. */
  time: string | null;
}

interface RestorePlan {
  plan: Plan;
  time: string | null;
  /** What the backup holds, by bytes of the disk; `differs`: how many of them are others there. */
  parts: { offset: number; length: number; holds: string; differs: number }[];
}

/**
 * Plans to write a backup of headers back to its disk: what stands there already is left alone. `backup` is a folder that
 * `backup-headers` made, or a file with the disk's first sectors, as dd makes it. Nothing is written.
 * @throws refusal when one of them is not there, the backup is damaged, or is that of another disk.
 */
export async function planRestoreOf(
  backup: string,
  image: string,
  env: ApplyEnvironment,
  signal?: Signal,
): Promise<RestorePlan> {
  const { files } = env;
  const disk = files.resolve(image);
  await refuseInterrupted(disk, env);
  const stamp = await files.stamp(disk);
  const info = await files.info(disk);
  if (!stamp || !info) throw refusal('not-found', `${image}: there is no such file.`, { path: disk });
  const saved = await readBackup(files.resolve(backup), files, signal);
  const { parts, time } = saved;
  const source = await files.open(disk);
  try {
    const { format, vhd } = await readImage(disk, source, signal);
    if (vhd || format !== 'raw')
      throw refusal('unsupported', `${disk} is no raw disk, and only to a raw one headers are restored.`, {
        path: disk,
      });
    await refuseOther(saved, disk, source, info.diskBytes, signal);
    const shown = new Draft(source);
    const copies: Copy[] = [];
    const shownParts: RestorePlan['parts'] = [];
    let turnedBack = false;
    for (const part of parts) {
      if (part.offset + part.length > source.size)
        throw refusal(
          'unsupported',
          `The backup reaches to ${formatOffset(part.offset + part.length)}, but the disk ends at ${formatOffset(source.size)}.`,
          { path: disk },
        );
      const { differs, overwrites } = await planPart(part, source, { shown, copies, disk }, files, signal);
      shownParts.push({ offset: part.offset, length: part.length, holds: part.holds, differs });
      turnedBack ||= overwrites && part.length > SHOWN;
    }
    const steps = stepsOf(shown.edits, disk);
    const findingsBefore = await findingsAt(disk, env, signal);
    const from = await Promise.all(
      [...new Set(copies.map((copy) => copy.from.file))].map(async (path) => ({
        path,
        stamp: await files.stamp(path),
      })),
    );
    const strategies = steps.length + copies.length > 0 ? ['restore-headers'] : [];
    const plan: Plan = {
      schema: 'platter.plan/1',
      kind: 'restore-headers',
      strategy: strategies[0] ?? '',
      strategies,
      notes: [],
      target: disk,
      targets: [{ path: disk, stamp }, ...from].flatMap(({ path, stamp: known }) =>
        known ? [{ path, identity: known.identity, size: known.size, modifiedNs: known.modifiedNs, metadata: [] }] : [],
      ),
      steps,
      copies,
      lost: [],
      draftOnly: false,
      lossy: false,
      risks: risksOf(saved, turnedBack),
      refusals: [],
      alternatives: [],
      findingsBefore,
      findingsAfter: (await readTable(withCopies(shown, copies, files), { signal })).findings,
      sizeBefore: source.size,
      sizeAfter: source.size,
      journalBytes:
        steps.reduce((sum, step) => sum + undoLength(step), 0) + copies.reduce((sum, { bytes }) => sum + bytes, 0),
    };
    return { plan, time, parts: shownParts };
  } finally {
    await source.close();
  }
}

function risksOf({ disk, time }: Backup, turnedBack: boolean): string[] {
  const risks = [];
  if (!disk) risks.push('The file says nothing of the disk it was made of: that it is this one is for you to know.');
  if (turnedBack)
    risks.push(
      `Metadata that stands there gets back to what it was ${time === null ? 'when the file was made' : `at ${time.replace(/\.\d+Z$/, 'Z')}`}: what was written to the volume since then may be lost.`,
    );
  return risks;
}

/** Adds what differs of one part to the plan, after its hash was compared. `overwrites`: more than zeros stands there. */
async function planPart(
  { file, offset, length, sha256, holds }: Part,
  source: ByteSource,
  to: { shown: Draft; copies: Copy[]; disk: string },
  files: WriteFiles,
  signal?: Signal,
): Promise<{ differs: number; overwrites: boolean }> {
  const saved = await files.open(file);
  let differs = 0;
  let overwrites = false;
  try {
    if (saved.size !== length)
      throw refusal(
        'unsupported',
        `${file} is ${formatBytes(saved.size)} long, not the ${formatBytes(length)} that were saved.`,
        { path: file },
      );
    const hash = files.hasher();
    const why = `${holds}, as saved in ${files.nameOf(file)}.`;
    for (let done = 0; done < length; done += MIB) {
      throwIfAborted(signal);
      const wanted = await saved.read(done, Math.min(MIB, length - done), signal);
      hash.update(wanted);
      const there = await source.read(offset + done, wanted.length, signal);
      const unlike = countUnlike(wanted, there);
      if (unlike === 0) continue;
      differs += unlike;
      overwrites ||= there.some((byte) => byte !== 0);
      if (length <= SHOWN) await to.shown.write(offset + done, wanted, { why });
      else
        to.copies.push({
          from: { file, offset: done },
          to: { file: to.disk, offset: offset + done },
          bytes: wanted.length,
        });
    }
    if (sha256 !== null && hash.digest() !== sha256)
      throw refusal('unsupported', `${file} is not what was saved: its SHA-256 differs.`, {
        path: file,
        hint: 'Take another backup of this disk.',
      });
    return { differs, overwrites };
  } finally {
    await saved.close();
  }
}

function countUnlike(wanted: Uint8Array, there: Uint8Array): number {
  let count = 0;
  for (let index = 0; index < wanted.length; index += 1) if (wanted[index] !== there[index]) count += 1;
  return count;
}

async function readBackup(path: string, files: WriteFiles, signal?: Signal): Promise<Backup> {
  const info = await files.info(path);
  if (!info) throw refusal('not-found', `${path}: there is no such backup.`, { path });
  const folder = info.kind === 'folder' ? path : files.folderOf(path);
  if (info.kind !== 'folder' && files.nameOf(path) !== MANIFEST) return readArticle(path, info.size, files, signal);
  const manifest = await readManifest(files.resolve(folder, MANIFEST), files);
  if (!manifest)
    throw refusal('unsupported', `${folder} holds no backup that platter backup-headers finished.`, { path: folder });
  const parts = manifest.regions.map(({ file, offset, length, sha256, holds }) => ({
    file: files.resolve(folder, file),
    offset,
    length,
    sha256,
    holds: holds.join(', '),
  }));
  const sorted = parts.toSorted((a, b) => a.offset - b.offset);
  if (sorted.some(({ offset }, index) => offset < end(sorted[index - 1])))
    throw refusal('unsupported', `Parts of the backup in ${folder} overlap.`, { path: folder });
  return { parts, disk: manifest.disk, time: manifest.time };
}

function end(part: Part | undefined): number {
  return part ? part.offset + part.length : 0;
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
        parts: [{ file: path, offset: 0, length: size, sha256: null, holds: 'First sectors of the disk' }],
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

/** Ids that are there have to be those of the backup; what was wiped has none. */
async function refuseOther(
  { parts, disk: noted }: Backup,
  disk: string,
  source: ByteSource,
  allocated: number,
  signal?: Signal,
): Promise<void> {
  if (!noted) return;
  const other = (what: string): Error =>
    refusal('unsupported', `The backup is of another disk: ${what}.`, {
      path: disk,
      hint: `It was made of ${noted.path}.`,
    });
  if (source.size !== noted.size) throw other(`that one had ${noted.size} bytes, ${disk} has ${source.size}`);
  const table = await readTable(source, { signal });
  if (table.diskId !== null && noted.id !== null && table.diskId !== noted.id)
    throw other(`its table has the id ${noted.id}, the one here ${table.diskId}`);
  const { volumes } = await readVolumes(source, {
    partitions: entriesOf(table),
    allocated: allocated || source.size,
    memory: pagedMemory,
    ...(signal ? { signal } : {}),
  });
  for (const volume of volumes) {
    const { start, stale } = volume;
    const id = volumeId(volume);
    if (start === null || stale !== null || id === null || noted.volumes.includes(id)) continue;
    // without its LVM header only the file system says which volume it is; the first manifests did not note that
    if (!volume.lvm && (!noted.fileSystems || noted.fileSystems.includes(id))) continue;
    // one that is left over elsewhere shows where the disk's own headers are gone
    if (parts.some(({ offset, length }) => start >= offset && start < offset + length))
      throw other(`the VMFS volume ${id} stands here, and is not in it`);
  }
}
