import { GuestDisk } from '../../../core/chain/guest.ts';
import type { ChainMember, OpenChain } from '../../../core/chain/open.ts';
import { guestRuns } from '../../../core/chain/stream.ts';
import { refusal } from '../../../core/errors.ts';
import type { Extent } from '../../../core/findings/finding.ts';
import type { WriteFiles } from '../../../core/io/sink.ts';
import type { Signal } from '../../../core/io/source.ts';
import type { FoldRoom } from '../../../core/plans/coalesce/gates.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { formatBytes } from '../../../core/structure/text.ts';

/**
 * Bytes of a range of the guest's disk that its images hold; of a sparse image no more than the file system keeps of it. What
 * is zero among them is not written, so a copy takes this much at most.
 */
export async function bytesHeld(
  disk: GuestDisk,
  members: readonly ChainMember[],
  { offset, length }: Extent,
  signal?: Signal,
): Promise<number> {
  const held = new Map<number, number>();
  for await (const run of guestRuns(disk, offset, length, signal))
    if (run.state === 'data' && run.owner !== null) held.set(run.owner, (held.get(run.owner) ?? 0) + run.length);
  let sum = 0;
  for (const [owner, bytes] of held) sum += Math.min(bytes, members[owner]?.summary.diskBytes ?? bytes);
  return sum;
}

/** What the journal keeps and what the parent grows by: together where both are on one file system. */
export async function roomsInPlace(plan: Plan, journal: string | undefined, files: WriteFiles): Promise<FoldRoom[]> {
  const folder = files.folderOf((await files.real(plan.target)) ?? plan.target);
  const growth = Math.max(0, plan.sizeAfter - plan.sizeBefore);
  const there = journal === undefined ? folder : await nearest(files.resolve(journal), files);
  if ((await deviceOf(there, files)) === (await deviceOf(folder, files)))
    return [await roomIn(folder, 'images', plan.journalBytes + growth, files)];
  return [await roomIn(folder, 'images', growth, files), await roomIn(there, 'journal', plan.journalBytes, files)];
}

/** Bytes that the images hold of the new file; of a sparse one no more than the file system keeps of it. */
export async function roomForFile(
  chain: OpenChain,
  depth: number,
  output: string,
  files: WriteFiles,
  signal?: Signal,
): Promise<FoldRoom> {
  const folder = files.folderOf(files.resolve(output));
  const pair = new GuestDisk(chain.disk.layers.slice(0, depth + 1), true);
  const needed = await bytesHeld(pair, chain.members, { offset: 0, length: pair.size }, signal);
  return roomIn(folder, 'images', needed, files);
}

async function roomIn(folder: string, what: FoldRoom['what'], needed: number, files: WriteFiles): Promise<FoldRoom> {
  const free = await files.freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
  return { what, needed, free, folder };
}

/** The folder itself, or the nearest above it that is there: one for journals is made when it is needed. */
async function nearest(folder: string, files: WriteFiles): Promise<string> {
  const above = files.folderOf(folder);
  return above === folder || (await files.info(folder)) ? folder : nearest(above, files);
}

async function deviceOf(folder: string, files: WriteFiles): Promise<string | undefined> {
  return (await files.info(folder))?.identity.split(':')[0];
}

/** @throws refusal when a folder has less room than a new file needs; what cannot be asked is not refused. */
export async function refuseNoRoom(output: string, needed: number, files: WriteFiles): Promise<void> {
  const folder = files.folderOf(output);
  const free = await files.freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
  if (needed <= free) return;
  throw refusal('unsupported', `${formatBytes(needed)} are needed in ${folder}, and ${formatBytes(free)} are free.`, {
    path: output,
    hint: 'Make room, or write to another folder.',
  });
}
