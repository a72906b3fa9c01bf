import type { PlanAnswer } from '../../../app/contract/types.ts';
import { needsAcceptLoss, type Plan } from '../../../core/plans/plan.ts';

/** Whether there is nothing to be written. */
export function writesNothing({ steps, copies }: Pick<Plan, 'steps' | 'copies'>): boolean {
  return steps.length + copies.length === 0;
}

/** Where a plan goes. */
export interface Choice {
  kind: 'copy' | 'in-place';
  /** Null: the suggested name. */
  output: string | null;
  unlocked: boolean;
  /** The plan whose loss is accepted; null for none. */
  accepted: string | null;
}

/** Why it cannot be written; null when it can. */
export function whyNotNext(
  answer: PlanAnswer | null,
  { kind, unlocked, accepted }: Choice,
  output: string,
): string | null {
  if (!answer) return 'It is being planned.';
  if (writesNothing(answer.plan)) return 'Nothing would change.';
  if (needsAcceptLoss(answer.plan) && accepted !== answer.planId) return 'Say that the loss is accepted.';
  if (kind === 'in-place') return unlocked ? null : 'Unlock the image first.';
  if (output === '') return 'Name the working copy.';
  return output === answer.plan.target ? 'The working copy needs another name than the image.' : null;
}
