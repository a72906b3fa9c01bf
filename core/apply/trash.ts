import { refusal } from '../errors.ts';
import type { Plan } from '../plans/plan.ts';
import type { ApplyEnvironment } from './environment.ts';

/** What a journal calls the files it keeps whole, by their number in the plan. */
const REMOVED = 'removed-';

/** Whether a journal's file of this name is one that an operation put away. */
export function isRemoved(name: string): boolean {
  return /^removed-\d+$/.test(name);
}

/**
 * Refuses, before anything is written, what could not be put away by changing its name alone, or is open for writing.
 * @param folder where the journal will lie
 */
export async function refuseRemovals(
  plan: Pick<Plan, 'removes'>,
  folder: string,
  { files }: ApplyEnvironment,
): Promise<void> {
  const device = (identity: string | undefined): string | undefined => identity?.split(':')[0];
  const there = device((await files.info(folder))?.identity);
  for (const path of plan.removes ?? []) {
    const stamp = await files.stamp(path);
    if (!stamp) throw refusal('not-found', `${path} is not there.`, { path });
    if (device(stamp.identity) !== there)
      throw refusal('unsupported', `${path} is on another file system than its journal would be.`, {
        path,
        hint: 'Leave it where it is, and remove it yourself afterwards.',
      });
    const writer = (await files.holders(path)).holders.find(({ writes }) => writes);
    if (writer)
      throw refusal('in-use', `${path} is open for writing in process ${writer.pid} (${writer.command}).`, {
        path,
        hint: 'Stop that process first.',
      });
  }
}

/** Moves what a plan removes into its journal; what is there already stays. */
export async function putAway({ removes = [] }: Plan, journal: string, { files }: ApplyEnvironment): Promise<void> {
  for (const [index, path] of removes.entries()) {
    const kept = files.resolve(journal, `${REMOVED}${index}`);
    if (await files.stamp(kept)) continue;
    await files.moveTo(path, kept);
    await files.syncFolder(journal);
    await files.syncFolder(files.folderOf(path));
  }
}

/** Puts back what was put away. @throws refusal `output-exists` where its place is taken; nothing is replaced. */
export async function takeBack({ removes = [] }: Plan, journal: string, { files }: ApplyEnvironment): Promise<void> {
  for (const [index, path] of removes.entries()) {
    const kept = files.resolve(journal, `${REMOVED}${index}`);
    const stamp = await files.stamp(kept);
    if (!stamp) continue;
    // a kill between the two halves of a rename without replacing leaves both names of one file
    if ((await files.stamp(path))?.identity === stamp.identity) await files.remove(kept);
    else await files.moveTo(kept, path);
    await files.syncFolder(files.folderOf(path));
    await files.syncFolder(journal);
  }
}
