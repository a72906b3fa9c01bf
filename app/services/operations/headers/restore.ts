import type { ApplyEnvironment } from '../../../../core/apply/environment.ts';
import { refusal } from '../../../../core/errors.ts';
import { readImage } from '../../../../core/image.ts';
import type { WriteFiles } from '../../../../core/io/sink.ts';
import { type ByteSource, type Signal, throwIfAborted } from '../../../../core/io/source.ts';
import { readTable } from '../../../../core/partitions/read.ts';
import { Draft } from '../../../../core/plans/draft.ts';
import { type Copy, type Plan, stepsOf, undoLength } from '../../../../core/plans/plan.ts';
import { formatBytes } from '../../../../core/structure/text.ts';
import { findingsAt, refuseInterrupted } from '../repair.ts';
import { withCopies } from './restored.ts';
import { type Backup, type Part, readBackup } from './saved.ts';
import { type Change, judgeRestoration, refuseOtherSize } from './standing.ts';

const MIB = 1024 ** 2;
/** Stretches up to this long are steps, shown byte by byte; longer ones are moved from the backup's file. */
const SHOWN = 64 * 1024;
interface RestorePlan {
  plan: Plan;
  time: string | null;
  /** What the backup holds, by bytes of the disk; `differs`: how many of them are others there. */
  parts: { offset: number; length: number; holds: string; differs: number }[];
}

/**
 * Plans to write a backup of headers back to its disk: what stands there already is left alone. `backup` is a folder that
 * `backup-headers` made, or a file with the disk's first sectors, as dd makes it. Nothing is written.
 * @throws refusal when one of them is not there, the backup is damaged, is that of another disk, or would overwrite headers of
 *   a volume that it knows nothing of.
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
    refuseOtherSize(saved, disk, source.size);
    const shown = new Draft(source);
    const copies: Copy[] = [];
    const changes: Change[] = [];
    const shownParts: RestorePlan['parts'] = [];
    let turnedBack = false;
    for (const part of parts) {
      const { differs, overwrites } = await planPart(part, source, { shown, copies, changes, disk }, files, signal);
      shownParts.push({ offset: part.offset, length: part.length, holds: part.holds, differs });
      turnedBack ||= overwrites && part.length > SHOWN;
    }
    const then = withCopies(shown, copies, files);
    const judged = await judgeRestoration(
      saved,
      { path: disk, now: source, then, changes, allocated: info.diskBytes },
      signal,
    );
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
      lossy: judged.lossy,
      risks: [...judged.risks, ...risksOf(saved, turnedBack || judged.turnedBack)],
      refusals: [],
      alternatives: [],
      findingsBefore,
      findingsAfter: (await readTable(then, { signal })).findings,
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

/** From the first byte that differs to the last. */
function changed(wanted: Uint8Array, there: Uint8Array, at: number): Change {
  let first = -1;
  let last = -1;
  let held = false;
  for (const [index, byte] of there.entries()) {
    if (byte === wanted[index]) continue;
    if (first < 0) first = index;
    last = index;
    held ||= byte !== 0;
  }
  return { offset: at + first, length: last + 1 - first, held };
}

/** Adds what differs of one part to the plan, after its hash was compared. `overwrites`: more than zeros stands there. */
async function planPart(
  { file, offset, length, sha256, holds }: Part,
  source: ByteSource,
  to: { shown: Draft; copies: Copy[]; changes: Change[]; disk: string },
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
      const change = changed(wanted, there, offset + done);
      overwrites ||= change.held;
      to.changes.push(change);
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
