import type { RelinkAnswer, RelinkCandidateRow } from '../../../app/contract/types.ts';

export const STEPS = [
  { id: 'parent', title: 'Parent' },
  { id: 'preview', title: 'Preview' },
  { id: 'apply', title: 'Apply' },
  { id: 'result', title: 'Result' },
] as const;
export type StepId = (typeof STEPS)[number]['id'];

export interface Choice {
  /** Null: the only candidate with the right id. */
  parent: string | null;
  /** Folders in which it is looked for, too. */
  search: string[];
  /** Why a parent with another id is the right one. */
  reason: string;
  kind: 'copy' | 'in-place';
  /** Null: the suggested name. */
  output: string | null;
  unlocked: boolean;
}

export const DEFAULTS: Choice = {
  parent: null,
  search: [],
  reason: '',
  kind: 'copy',
  output: null,
  unlocked: false,
};

/** The candidate that is taken; null while none is. */
export function chosenOf(answer: RelinkAnswer | null, { parent }: Choice): RelinkCandidateRow | null {
  const path = parent ?? answer?.chosen ?? null;
  return answer?.candidates.find((one) => one.path === path) ?? null;
}

/** Why the step after this one cannot be shown; null when it can. */
export function whyNotNext(answer: RelinkAnswer | null, choice: Choice, step: StepId): string | null {
  if (!answer) return 'It is being looked at.';
  const chosen = chosenOf(answer, choice);
  if (!chosen) return 'Choose the parent.';
  if (!chosen.idMatches && choice.reason.trim() === '') return 'Another id needs a reason.';
  if (answer.plan.refusals.length > 0) return 'See what stands against it.';
  if (answer.plan.steps.length === 0) return 'The image names this parent already.';
  if (step !== 'preview') return null;
  if (choice.kind === 'in-place') return choice.unlocked ? null : 'Unlock the image first.';
  const output = (choice.output ?? answer.suggestedOutput).trim();
  if (output === '') return 'Name the working copy.';
  return output === answer.plan.target ? 'The working copy needs another name than the image.' : null;
}

/** The folder of a path as it is typed; empty where there is none. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))));
}
