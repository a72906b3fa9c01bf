import type { ApplyOptions } from '../../../core/apply/apply.ts';
import type { ApplyEnvironment } from '../../../core/apply/environment.ts';
import { refuseChanged } from '../../../core/apply/preconditions.ts';
import { searchFolders } from '../../../core/chain/list.ts';
import { type PlatterError, refusal } from '../../../core/errors.ts';
import type { Fold, Plan } from '../../../core/plans/plan.ts';
import { type Coalesced, type CoalesceRequest, coalesceInPlace, prepareCoalesce } from './coalesce.ts';
import { coalesceToFile } from './fold-file.ts';
import { applyRepair, type WriteTarget } from './repair.ts';

interface SavedOptions extends Pick<ApplyOptions, 'acceptLoss' | 'allowHardLinks' | 'signal'> {
  progress?: CoalesceRequest['progress'];
}

/**
 * Applies a plan that was made earlier, by this run of the program or another. Null when there is nothing to do.
 * @throws refusal when the images are not exactly what they were, or somebody came to read through one that is written to.
 */
export async function applySaved(
  plan: Plan,
  target: WriteTarget | null,
  env: ApplyEnvironment,
  options: SavedOptions,
): Promise<Coalesced | null> {
  if (plan.kind === 'coalesce') return applyFold(plan, target, env, options);
  if (isEmpty(plan) && plan.refusals.length === 0) {
    await refuseChanged(plan, new Map(), env);
    return null;
  }
  if (target === null) throw needsTarget(plan);
  const { progress: _, ...rest } = options;
  const done = await applyRepair(plan, target, env, rest);
  return { ...done, guestSha256Before: null, guestSha256After: null };
}

function isEmpty({ steps, copies }: Plan): boolean {
  return steps.length + copies.length === 0;
}

function needsTarget({ target }: Plan): PlatterError {
  return refusal('needs-target', 'Nothing was written: neither --output FILE nor --in-place was given.', {
    path: target,
  });
}

/** Every gate is looked at again as when the plan was made; what is written is what the plan says. */
async function applyFold(
  plan: Plan,
  target: WriteTarget | null,
  env: ApplyEnvironment,
  { allowHardLinks = false, progress, signal }: SavedOptions,
): Promise<Coalesced | null> {
  const { fold } = plan;
  if (!fold)
    throw refusal('unsupported', 'This plan does not say what it folds: siblings could not be looked for.', {
      path: plan.target,
      hint: 'Make it again with platter coalesce --plan.',
    });
  if (target !== null) refuseOtherTarget(plan, fold, target);
  const [told] = plan.refusals;
  if (told !== undefined) throw refusal('in-use', told, { path: plan.target, hint: 'Make a new plan.' });
  await refuseChanged(plan, new Map(), env);
  await searchFolders(env.files, fold.search);
  const output = target !== null && 'output' in target ? target.output : undefined;
  const journal = target !== null && 'inPlace' in target ? target.journal : undefined;
  const request = { ...fold, output, journal, progress, signal };
  const prepared = await prepareCoalesce(request, env);
  try {
    const [reason] = prepared.plan.refusals;
    if (reason !== undefined) throw refusal('in-use', reason, { path: plan.target });
    refuseOtherFiles(plan, prepared.plan);
    if (fold.inPlace && isEmpty(plan)) return null;
    if (target === null) throw needsTarget(plan);
    const common = { prove: false, progress, signal };
    return 'output' in target
      ? await coalesceToFile(prepared, target.output, env, common)
      : await coalesceInPlace({ ...prepared, plan }, env, { ...common, allowHardLinks, journal });
  } finally {
    await prepared.close();
  }
}

/** A plan in place is about the parent, one for a new file about the child: neither can be run as the other. */
function refuseOtherTarget({ target: path }: Plan, { inPlace }: Fold, target: WriteTarget): void {
  if (inPlace && 'output' in target)
    throw refusal('unsupported', `This plan writes to ${path} itself: a copy of it would have the same id.`, {
      path,
      hint: 'Make the plan with platter coalesce --output FILE --plan, or apply this one with --in-place.',
    });
  if (!inPlace && !('output' in target))
    throw refusal('unsupported', `This plan is for a new file: it does not say what changes in ${path}.`, {
      path,
      hint: 'Make the plan with platter coalesce --in-place --plan, or apply this one with --output FILE.',
    });
}

/** @throws refusal where the chain, or the children that are pointed elsewhere, are no longer those of the plan. */
function refuseOtherFiles(saved: Plan, now: Plan): void {
  const [before, after] = [saved, now].map(({ targets }) => targets.map(({ path }) => path)) as [string[], string[]];
  const other = [
    ...after.filter((path) => !before.includes(path)).map((path) => `${path} has to do with it, and was not there`),
    ...before.filter((path) => !after.includes(path)).map((path) => `${path} has nothing to do with it any more`),
  ];
  if (other.length === 0 && saved.target === now.target) return;
  throw refusal('changed-since-plan', `The chain changed since the plan was made: ${other.join('; ')}.`, {
    path: saved.target,
    hint: 'Make a new plan.',
  });
}
