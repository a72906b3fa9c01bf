import type { GuestDisk } from '../../../core/chain/guest.ts';
import type { ChainMember } from '../../../core/chain/open.ts';
import { guestRuns } from '../../../core/chain/stream.ts';
import { refusal } from '../../../core/errors.ts';
import type { Extent } from '../../../core/findings/finding.ts';
import type { WriteFiles } from '../../../core/io/sink.ts';
import type { Signal } from '../../../core/io/source.ts';
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
