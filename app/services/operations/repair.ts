import { type Applied, type ApplyOptions, applyInPlace, applyToOutput } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { interrupted } from '../../../core/apply/undo.ts';
import { checkOpenImage } from '../../../core/chain/check.ts';
import { folderLookup, summariseSeen } from '../../../core/chain/lookup.ts';
import type { ParentLookup } from '../../../core/chain/parents.ts';
import { summarise } from '../../../core/chain/summary.ts';
import { refusal } from '../../../core/errors.ts';
import type { Finding, RepairStrategy } from '../../../core/findings/finding.ts';
import { deepCheck } from '../../../core/formats/vhd/checks/deep.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { type Image, readImage } from '../../../core/image.ts';
import type { ByteSource, Signal } from '../../../core/io/source.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { planRepair } from '../../../core/plans/vhd/repair.ts';
import { lookAround } from '../../../core/plans/vhd/surroundings.ts';
import { newId } from './environment.ts';

export interface RepairOptions {
  /** In this order and no others; null for the recommended ones. */
  strategies: readonly RepairStrategy[] | null;
  /** Never read bitmaps and data, even where the metadata is good. */
  quick?: boolean;
  /** Folders in which parents and children are looked for, beside the image's own. */
  search?: readonly string[];
  signal?: Signal | undefined;
}

/**
 * Plans the repair of an image; nothing is written. Where the metadata is good, bitmaps and the data under clear bits are
 * read, too: somebody thinks that something is wrong.
 * @throws refusal when the image is not there, or an operation on it was interrupted and has to be ended first.
 */
export async function planRepairOf(path: string, env: ApplyEnvironment, options: RepairOptions): Promise<Plan> {
  const { files } = env;
  const absolute = files.resolve(path);
  await refuseInterrupted(absolute, env);
  const folders = [files.folderOf(absolute), ...(options.search ?? [])];
  const lookup = folderLookup(files, folders);
  const file = await files.open(absolute);
  try {
    const stamp = await files.stamp(absolute);
    if (!stamp) throw refusal('not-found', `${path} is gone.`, { path: absolute });
    const image = await readImage(absolute, file, options.signal);
    const info = await files.info(absolute);
    if (!info) throw refusal('not-found', `${path} is gone.`, { path: absolute });
    // a child whose header is damaged still says who its parent is, and that proves which of its fields is wrong
    const self = await summariseSeen(image, info, files.nameOf(absolute), options.signal);
    const surroundings = await lookAround(self, lookup, folders, { now: files.now(), newId: newId() }, options.signal);
    const plan = (deep: boolean): Promise<Plan> =>
      planRepair({
        path: absolute,
        source: file,
        stamp,
        surroundings,
        strategies: options.strategies,
        check: (draft) => checkDraft(image, draft, lookup, env, deep, options.signal),
        sha256: (bytes) => files.sha256(bytes),
        signal: options.signal,
      });
    const quick = await plan(false);
    const found = quick.steps.length > 0 || quick.refusals.length > 0;
    return found || options.strategies || options.quick ? quick : await plan(true);
  } finally {
    await file.close();
  }
}

async function checkDraft(
  image: Image,
  draft: ByteSource,
  lookup: ParentLookup,
  env: ApplyEnvironment,
  deep: boolean,
  signal?: Signal,
): Promise<Finding[]> {
  const info = await env.files.info(image.path);
  if (!info) throw refusal('not-found', `${image.path} is gone.`, { path: image.path });
  const draftInfo = { ...info, size: draft.size };
  const drafted = await readImage(image.path, draft, signal);
  const summary = summarise(drafted, draftInfo, env.files.nameOf(image.path));
  const findings = await checkOpenImage(drafted, summary, lookup, env.files.now(), signal);
  if (!deep || !drafted.vhd) return findings;
  const below = await deepCheck(await seeThrough(drafted.vhd, signal), signal ? { signal } : {});
  return [...findings, ...below.findings];
}

/** What was interrupted is ended before anything new is planned. @throws refusal `in-use`. */
export async function refuseInterrupted(path: string, env: ApplyEnvironment): Promise<void> {
  const [open] = await interrupted(path, env);
  if (open) {
    throw refusal('in-use', `An operation on ${path} was interrupted.`, {
      path,
      hint: 'Finish it with platter resume, or take it back with platter rollback.',
    });
  }
}

export type WriteTarget = { output: string } | { inPlace: true; journal?: string };

/** Applies a plan, and checks what it left: the findings of the result take the place of those that were foreseen. */
export async function applyRepair(
  plan: Plan,
  target: WriteTarget,
  env: ApplyEnvironment,
  options: ApplyOptions,
): Promise<{ applied: Applied; findingsAfter: Finding[] }> {
  const inPlace = 'inPlace' in target;
  if (inPlace && plan.draftOnly) {
    throw refusal('unsupported', 'This plan is a draft: it is written to a new file only.', {
      path: plan.target,
      hint: 'Say --output FILE.',
    });
  }
  const applied = inPlace
    ? await applyInPlace(plan, env, target.journal === undefined ? options : { ...options, journal: target.journal })
    : await applyToOutput(plan, target.output, env, options);
  return { applied, findingsAfter: await findingsAt(applied.output ?? plan.target, env) };
}

/** Findings of a file as it is on disk now. */
export async function findingsAt(path: string, env: ApplyEnvironment, signal?: Signal): Promise<Finding[]> {
  const { files } = env;
  const info = await files.info(path);
  if (!info) throw refusal('not-found', `${path}: there is no such file.`, { path });
  const file = await files.open(path);
  try {
    const image = await readImage(path, file, signal);
    const summary = summarise(image, info, files.nameOf(path));
    return await checkOpenImage(image, summary, folderLookup(files, [files.folderOf(path)]), files.now(), signal);
  } finally {
    await file.close();
  }
}
