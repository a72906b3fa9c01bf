import type { CoalesceAnswer } from '../../../app/contract/types.ts';
import { shortenName } from '../../ui/format.ts';
import type { Phase } from '../wizard/run-step.tsx';

export const STEPS = [
  { id: 'what', title: 'What' },
  { id: 'who', title: 'Who else' },
  { id: 'how', title: 'How' },
  { id: 'run', title: 'Run' },
  { id: 'proof', title: 'Proof' },
] as const;
export type StepId = (typeof STEPS)[number]['id'];

/** What is chosen; null `kind` never is: the new file is the default. */
export interface Choice {
  kind: 'copy' | 'in-place';
  /** Null: the suggested name. */
  output: string | null;
  /** The user has said that the parent itself may be written. */
  unlocked: boolean;
  relinkChildren: boolean;
  /** Move the child into the journal at the end. */
  removeChild: boolean;
  /** Hash the guest before and after, also where that takes long. */
  prove: boolean;
}

export const DEFAULTS: Choice = {
  kind: 'copy',
  output: null,
  unlocked: false,
  relinkChildren: false,
  removeChild: false,
  prove: false,
};

/** Gates that stand against what is chosen. */
export function blockers({ gates }: CoalesceAnswer, kind: Choice['kind']): CoalesceAnswer['gates'] {
  return gates.filter(({ open, only }) => !open && (only === null || only === kind));
}

/** Name of the new file. */
export function outputOf({ suggestedOutput }: CoalesceAnswer, { output }: Choice): string {
  return (output ?? suggestedOutput).trim();
}

/** Why it cannot be written as it is chosen; null when it can. */
export function whyNotWrite(answer: CoalesceAnswer | null, choice: Choice): string | null {
  if (!answer) return 'It is being looked at.';
  const { kind, unlocked } = choice;
  const output = outputOf(answer, choice);
  const [blocker] = blockers(answer, kind);
  if (blocker) return `${blocker.title}: see what stands against it.`;
  if (kind === 'in-place') {
    if (answer.moved.bytes === 0) return 'There is nothing to move.';
    return unlocked ? null : 'Unlock the parent first.';
  }
  if (output === '') return 'Name the new file.';
  return answer.folded.some(({ path }) => path === output) ? 'The new file needs a name of its own.' : null;
}

/** What the job tells of, in order. */
export function phasesOf(kind: Choice['kind'], hashed: boolean): Phase[] {
  const writing: Phase =
    kind === 'copy' ? { id: 'Writing', title: 'Write the new file' } : { id: 'Moving', title: 'Move into the parent' };
  const before: Phase = { id: 'Hashing', title: 'Hash what the guest sees' };
  const after: Phase = { id: 'Reading back', title: 'Read it back and compare' };
  return hashed ? [before, writing, after] : [writing, after];
}

/** A name in a sentence: a UUID loses its middle. */
export function short(name: string): string {
  return shortenName(name, 24);
}

/** "a.vhd", "a.vhd and b.vhd", "a.vhd, b.vhd and 3 more". */
export function named(files: readonly { name: string }[], most = 3): string {
  const names = files.slice(0, most).map(({ name }) => short(name));
  const more = files.length - names.length;
  const last = more > 0 ? `${more} more` : names.length > 1 ? names.pop() : undefined;
  return last === undefined ? names.join(', ') : `${names.join(', ')} and ${last}`;
}
