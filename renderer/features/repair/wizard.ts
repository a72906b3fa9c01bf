import type { OperationResult, PlanAnswer } from '../../../app/contract/types.ts';
import type { ErrorData } from '../../../core/errors.ts';
import type { RepairStrategy } from '../../../core/findings/finding.ts';
import { needsAcceptLoss, type Plan } from '../../../core/plans/plan.ts';

export const STEPS = ['diagnose', 'choose', 'preview', 'apply', 'result'] as const;
export type StepId = (typeof STEPS)[number];

/** Where the result goes. `unlocked`: the user has said that the image itself may be written. */
export type WriteTarget = { kind: 'copy'; output: string } | { kind: 'in-place'; unlocked: boolean };

/** The plan for what is chosen; what came of the last one stays until the next is there. */
export type Planned =
  | { state: 'asking' }
  | { state: 'ready'; answer: PlanAnswer }
  | { state: 'failed'; error: ErrorData };

/** How far the writing is. */
export type Writing =
  | { state: 'none' }
  | { state: 'running'; job: string | null }
  | { state: 'failed'; error: ErrorData }
  | { state: 'done'; result: OperationResult };

/** Whether what was written has been taken back. */
export type Undoing =
  | { state: 'none' }
  | { state: 'running' }
  | { state: 'failed'; error: ErrorData }
  | { state: 'done'; notes: string[] };

/** A repair on its way from diagnosis to result; `quick` is the one confirmation, `wizard` all five steps. */
export interface RepairState {
  mode: 'quick' | 'wizard';
  step: StepId;
  /** Null: the recommended plan; else the one strategy picked by hand. */
  choice: RepairStrategy | null;
  planned: Planned;
  /** The first answer: what is wrong and what can be done does not change by choosing. */
  recommended: PlanAnswer | null;
  kind: 'copy' | 'in-place';
  output: string;
  unlocked: boolean;
  acceptLoss: boolean;
  writing: Writing;
  undoing: Undoing;
  /** Asked whether to close while bytes are written. */
  asksToClose: boolean;
}

export type RepairEvent =
  | { type: 'planned'; choice: RepairStrategy | null; answer: PlanAnswer }
  | { type: 'plan-failed'; choice: RepairStrategy | null; error: ErrorData }
  | { type: 'choose'; choice: RepairStrategy | null }
  | { type: 'replan' }
  | { type: 'kind'; kind: 'copy' | 'in-place' }
  | { type: 'output'; output: string }
  | { type: 'unlock'; unlocked: boolean }
  | { type: 'accept-loss'; accepted: boolean }
  | { type: 'all-options' }
  | { type: 'next' }
  | { type: 'back' }
  | { type: 'write' }
  | { type: 'writing'; job: string }
  | { type: 'written'; result: OperationResult }
  | { type: 'write-failed'; error: ErrorData }
  | { type: 'undo' }
  | { type: 'undone'; notes: string[] }
  | { type: 'undo-failed'; error: ErrorData }
  | { type: 'ask-to-close'; asks: boolean };

/** How a repair begins: `kind` is where the last one of this session went. */
export function beginRepair(mode: RepairState['mode'], kind: RepairState['kind']): RepairState {
  return {
    mode,
    step: 'diagnose',
    choice: null,
    planned: { state: 'asking' },
    recommended: null,
    kind,
    output: '',
    // in the one confirmation the switch is the unlock; in the wizard it is a tick of its own, each time
    unlocked: mode === 'quick' && kind === 'in-place',
    acceptLoss: false,
    writing: { state: 'none' },
    undoing: { state: 'none' },
    asksToClose: false,
  };
}

export function repairReducer(state: RepairState, event: RepairEvent): RepairState {
  switch (event.type) {
    case 'planned':
      return event.choice === state.choice ? planned(state, event.answer) : state;
    case 'plan-failed':
      if (event.choice !== state.choice) return state;
      return { ...state, mode: 'wizard', planned: { state: 'failed', error: event.error } };
    case 'choose':
      return hasBegun(state) || event.choice === state.choice
        ? state
        : { ...state, choice: event.choice, planned: { state: 'asking' }, acceptLoss: false };
    case 'replan':
      return {
        ...state,
        step: 'diagnose',
        choice: null,
        planned: { state: 'asking' },
        recommended: null,
        acceptLoss: false,
        writing: { state: 'none' },
      };
    case 'kind':
      if (hasBegun(state)) return state;
      return { ...state, kind: event.kind, unlocked: state.mode === 'quick' && event.kind === 'in-place' };
    case 'output':
      return hasBegun(state) ? state : { ...state, output: event.output };
    case 'unlock':
      return hasBegun(state) ? state : { ...state, unlocked: event.unlocked };
    case 'accept-loss':
      return hasBegun(state) ? state : { ...state, acceptLoss: event.accepted };
    case 'all-options':
      return hasBegun(state) ? state : { ...state, mode: 'wizard', step: 'diagnose', unlocked: false };
    case 'next':
      return next(state);
    case 'back':
      return back(state);
    case 'write':
      if (whyNotWrite(state) !== null) return state;
      return { ...state, step: 'apply', writing: { state: 'running', job: null } };
    case 'writing':
      if (state.writing.state !== 'running') return state;
      return { ...state, writing: { state: 'running', job: event.job } };
    case 'written':
      return { ...state, step: 'result', writing: { state: 'done', result: event.result }, asksToClose: false };
    case 'write-failed':
      // who takes the one press back is asked again, and sees no more than before
      if (state.mode === 'quick' && event.error.kind === 'cancelled')
        return { ...state, step: 'diagnose', writing: { state: 'none' }, asksToClose: false };
      return { ...state, mode: 'wizard', writing: { state: 'failed', error: event.error }, asksToClose: false };
    case 'undo':
      return state.writing.state === 'done' ? { ...state, undoing: { state: 'running' } } : state;
    case 'undone':
      return { ...state, undoing: { state: 'done', notes: event.notes } };
    case 'undo-failed':
      return { ...state, undoing: { state: 'failed', error: event.error } };
    case 'ask-to-close':
      return { ...state, asksToClose: event.asks && isWriting(state) };
  }
}

function planned(state: RepairState, answer: PlanAnswer): RepairState {
  const first = state.recommended === null;
  return {
    ...state,
    // what loses something, or cannot be done, is never one click
    mode: state.mode === 'quick' && !isOneClick(answer.plan) ? 'wizard' : state.mode,
    planned: { state: 'ready', answer },
    recommended: first ? answer : state.recommended,
    output: first ? answer.suggestedOutput : state.output,
    kind: answer.plan.draftOnly ? 'copy' : state.kind,
  };
}

function next(state: RepairState): RepairState {
  if (whyNotNext(state) !== null) return state;
  if (state.step === 'diagnose') return { ...state, step: 'choose' };
  if (state.step === 'choose') return { ...state, step: 'preview' };
  return state;
}

function back(state: RepairState): RepairState {
  switch (state.step) {
    case 'choose':
      return { ...state, step: 'diagnose' };
    case 'preview':
      return { ...state, step: 'choose' };
    case 'apply':
      // nothing was written by what failed before its first byte; what failed later stays in the journal and is not tried again
      return state.writing.state === 'failed' && wroteNothing(state.writing.error)
        ? { ...state, step: 'preview', writing: { state: 'none' } }
        : state;
    case 'diagnose':
    case 'result':
      return state;
  }
}

/** A refusal comes before anything is written; so does a stop while a copy is made, which is taken away again. */
export function wroteNothing({ kind }: ErrorData): boolean {
  return kind === 'refusal' || kind === 'cancelled';
}

function hasBegun({ writing }: RepairState): boolean {
  return writing.state === 'running' || writing.state === 'done';
}

export function isWriting({ writing }: RepairState): boolean {
  return writing.state === 'running';
}

/** The plan that is shown; null while there is none. */
export function planOf({ planned }: RepairState): Plan | null {
  return planned.state === 'ready' ? planned.answer.plan : null;
}

export function targetOf({ kind, output, unlocked }: RepairState): WriteTarget {
  return kind === 'copy' ? { kind, output } : { kind, unlocked };
}

/** Whether one press and one confirmation do: something is written, and nothing is lost by it. */
export function isOneClick(plan: Plan): boolean {
  return plan.steps.length > 0 && !needsAcceptLoss(plan) && !plan.draftOnly;
}

/** Why the step after this one cannot be shown; null when it can. */
export function whyNotNext(state: RepairState): string | null {
  const { step, planned, recommended } = state;
  if (step === 'diagnose') {
    if (!recommended) return planned.state === 'failed' ? 'There is no plan.' : 'The plan is being made.';
    const { steps, alternatives } = recommended.plan;
    return steps.length === 0 && alternatives.length === 0 ? 'Nothing can be done about it.' : null;
  }
  if (step !== 'choose') return 'This is written with the button beside it.';
  if (planned.state !== 'ready') return planned.state === 'asking' ? 'The plan is being made.' : 'There is no plan.';
  if (planned.answer.plan.steps.length === 0) return 'This plan has nothing to write.';
  return whyNotTarget(state);
}

/** Why the target will not do; null when it will. */
export function whyNotTarget(state: RepairState): string | null {
  const plan = planOf(state);
  if (state.kind === 'in-place') {
    if (plan?.draftOnly) return 'A draft is written to a new file only.';
    return state.unlocked ? null : 'Unlock the image first.';
  }
  const output = state.output.trim();
  if (output === '') return 'Name the working copy.';
  if (output === plan?.target) return 'The working copy needs another name than the image.';
  return null;
}

/** Why it cannot be written now; null when it can. */
export function whyNotWrite(state: RepairState): string | null {
  const plan = planOf(state);
  if (state.writing.state !== 'none') return 'It is being written.';
  if (!plan) return 'The plan is being made.';
  if (plan.steps.length === 0) return 'Nothing can be done about it.';
  if (state.mode === 'quick' && !isOneClick(plan)) return 'This needs all five steps.';
  if (state.mode === 'wizard' && state.step !== 'preview') return 'Look at what is written first.';
  const target = whyNotTarget(state);
  if (target !== null) return target;
  return needsAcceptLoss(plan) && !state.acceptLoss ? 'Say that the loss is accepted.' : null;
}

/** What the button that writes says: exactly what it does. */
export function writeLabel({ kind }: Pick<RepairState, 'kind'>): string {
  return kind === 'copy' ? 'Write repaired copy' : 'Repair in place';
}
