import { refusal } from '../errors.ts';
import type { FileStamp } from '../io/sink.ts';
import { needsAcceptLoss, type Plan } from '../plans/plan.ts';
import type { ApplyOptions } from './apply.ts';
import type { ApplyEnvironment } from './environment.ts';

/** @throws refusal where the plan does nothing, or loses what nobody accepted. */
export function refuseUnready(plan: Plan, options: ApplyOptions): void {
  if (plan.steps.length === 0 && plan.copies.length === 0) {
    throw refusal('no-strategy', plan.refusals[0] ?? 'There is nothing to do.', { path: plan.target });
  }
  if (needsAcceptLoss(plan) && !options.acceptLoss) {
    throw refusal('needs-accept-loss', lossText(plan), {
      path: plan.target,
      hint: 'Look at what is lost; --accept-loss goes on.',
    });
  }
}

/** What is lost, in one sentence. */
function lossText(plan: Plan): string {
  const total = plan.lost.reduce((sum, { length }) => sum + length, 0);
  const ranges = plan.lost.slice(0, 4).map(({ offset, length }) => `${length} bytes at guest offset ${offset}`);
  if (ranges.length === 0) return 'This plan loses something that cannot be told exactly.';
  return `This plan gives up ${total} bytes of the guest's disk: ${ranges.join(', ')}${plan.lost.length > 4 ? ' …' : ''}.`;
}

/**
 * Whoever else has to do with a file that is written in place.
 * @returns facts the user should know
 * @throws refusal for other names of it, devices in use, and processes that write to it
 */
export async function refuseUnsafe(
  file: string,
  stamp: FileStamp,
  plan: Plan,
  env: ApplyEnvironment,
  options: ApplyOptions,
): Promise<string[]> {
  const notes: string[] = [];
  if (stamp.links > 1 && stamp.kind === 'file' && !options.allowHardLinks) {
    throw refusal('in-use', `${file} has ${stamp.links} names (hard links): all of them would change.`, {
      path: file,
      hint: 'Write to a new file with --output, or say --allow-hard-links.',
    });
  }
  if (stamp.kind === 'block-device') {
    const use = await env.files.deviceInUse(file);
    if (use) throw refusal('in-use', `${file} is not written to: ${use}.`, { path: file });
    const resizes = plan.steps.some(
      (step) => step.file === file && (step.action === 'truncate' || step.offset + step.length > stamp.size),
    );
    if (resizes) throw refusal('unsupported', `${file} is a device and can be neither cut nor grown.`, { path: file });
  }
  const { holders, complete } = await env.files.holders(file);
  const writer = holders.find(({ writes }) => writes);
  if (writer) {
    throw refusal('in-use', `${file} is open for writing in process ${writer.pid} (${writer.command}).`, {
      path: file,
      hint: 'Stop that process first, or write to a new file with --output.',
    });
  }
  for (const { pid, command } of holders)
    notes.push(`Process ${pid} (${command}) has ${file} open for reading and will see it change.`);
  if (!complete)
    notes.push('Not every process could be looked at: only those of this user show which files they have open.');
  return notes;
}

/** @throws refusal `changed-since-plan` where a file is not the one the plan was made for. */
export async function refuseChanged(
  plan: Plan,
  stamps: ReadonlyMap<string, FileStamp>,
  env: ApplyEnvironment,
): Promise<void> {
  for (const target of plan.targets) {
    const stamp = stamps.get(target.path) ?? (await env.files.stamp(target.path));
    const same =
      stamp?.identity === target.identity && stamp.size === target.size && stamp.modifiedNs === target.modifiedNs;
    if (!same)
      throw refusal('changed-since-plan', `${target.path} changed since the plan was made.`, {
        path: target.path,
        hint: 'Make a new plan.',
      });
    const file = await env.files.open(target.path);
    try {
      for (const { at, length, sha256 } of target.metadata) {
        if (env.files.sha256(await file.read(at, length)) !== sha256) {
          throw refusal(
            'changed-since-plan',
            `${target.path} changed since the plan was made: ${length} bytes at ${at} differ.`,
            { path: target.path, offset: at, hint: 'Make a new plan.' },
          );
        }
      }
    } finally {
      await file.close();
    }
  }
}

/** @throws refusal where a copy would not fit beside `output`. */
export async function refuseNoRoom(output: string, size: number, plan: Plan, env: ApplyEnvironment): Promise<void> {
  const folder = env.files.folderOf(output);
  const info = await env.files.info(plan.target);
  const need = Math.min(size, info?.diskBytes ?? size);
  const free = await env.files.freeSpace(folder).catch(() => Number.POSITIVE_INFINITY);
  if (need > free)
    throw refusal('unsupported', `${output} needs ${need} bytes and ${folder} has ${free} free.`, {
      path: output,
      hint: 'Choose a folder with more room.',
    });
}
