import type { Extent, Finding, RepairStrategy } from '../findings/finding.ts';
import { fromHex, toHex } from '../structure/codecs.ts';
import type { Edit } from './draft.ts';

export type PlanKind =
  | 'repair'
  | 'relink'
  | 'coalesce'
  | 'rebuild-table'
  | 'restore-headers'
  | 'export'
  | 'undo'
  | 'modify';

/** What a file was when the plan was made; applying refuses when it is no longer that. */
export interface TargetFingerprint {
  path: string;
  /** Device and inode. */
  identity: string;
  size: number;
  /** Nanoseconds since 1970, as decimal text. */
  modifiedNs: string;
  /** Metadata extents with their SHA-256: whole files are too large to hash before a repair. */
  metadata: { at: number; length: number; sha256: string }[];
}

/** One change of one file. */
export interface Step {
  action: 'write' | 'truncate' | 'times';
  file: string;
  /** First byte written; of a truncation the new size; 0 for times. */
  offset: number;
  /** Bytes that must stand there before, as hex: shorter than `length` where the file ends; null for truncate and times. */
  before: string | null;
  /** Bytes written, as hex; null for truncate and times. */
  after: string | null;
  /** Bytes written or cut. */
  length: number;
  why: string;
  field: string | null;
  structure: string | null;
  /** For `times`: the modification time to set, nanoseconds since 1970 as decimal text. */
  modifiedNs?: string;
}

/** Bulk data moved from one extent to another. */
export interface Copy {
  from: { file: string; offset: number };
  to: { file: string; offset: number };
  bytes: number;
}

/** What a coalesce folds and how it was asked for: who applies a saved plan looks again for others that read through it. */
export interface Fold {
  child: string;
  /** The ancestor that all above it is folded into. */
  into: string;
  /** Folders in which siblings and children were looked for, beside those of the images. */
  search: string[];
  /** False: into a new file, with the child's identity; the plan has no steps then. */
  inPlace: boolean;
  relinkChildren: boolean;
  removeChild: boolean;
}

export type Confidence = 'certain' | 'likely' | 'guess';

/** What one strategy contributes to a plan. */
export interface StrategyNote {
  id: RepairStrategy;
  confidence: Confidence;
  /** What it does, in one sentence. */
  does: string;
  /** What it never touches, in one sentence. */
  keeps: string;
}

/** Something to be done, decided but not done: plain data that can be shown, saved, sent and applied later. */
export interface Plan {
  schema: 'platter.plan/1';
  kind: PlanKind;
  /** First strategy; empty when there is nothing to do. */
  strategy: string;
  strategies: string[];
  notes: StrategyNote[];
  target: string;
  targets: TargetFingerprint[];
  steps: Step[];
  /** How many of the steps come before the copies; the others follow them. None when absent. */
  stepsBefore?: number;
  copies: Copy[];
  /** Files that are moved into the journal when all was written and read back; undo brings them back. None when absent. */
  removes?: string[];
  /** Ranges kept and put back as a whole, since what is made there takes all of them and writes but parts. None when absent. */
  covers?: { file: string; offset: number; length: number }[];
  /** Of a coalesce; absent of everything else. */
  fold?: Fold;
  /** What the guest loses when this is applied, in guest offsets; needs --accept-loss when not empty or `lossy`. */
  lost: Extent[];
  /** Only to a new file, never in place. */
  draftOnly: boolean;
  /** Loses something that is not a range of the guest's disk, or that cannot be told. */
  lossy: boolean;
  risks: string[];
  /** Why nothing (more) is planned; an empty list of steps with refusals means it cannot be done. */
  refusals: string[];
  /** Other strategies that apply, with their confidence. */
  alternatives: StrategyNote[];
  findingsBefore: Finding[];
  findingsAfter: Finding[];
  /** Size of the target before and after. */
  sizeBefore: number;
  sizeAfter: number;
  /** Bytes the journal needs for undo images. */
  journalBytes: number;
}

/** Whether applying it asks for the user's word that loss is accepted. */
export function needsAcceptLoss(plan: Plan): boolean {
  return plan.lossy || plan.lost.length > 0;
}

/** Edits of a draft as steps on `file`. */
export function stepsOf(edits: readonly Edit[], file: string): Step[] {
  return edits.map(({ action, at, before, after, length, note }) => ({
    action,
    file,
    offset: at,
    before: before ? toHex(before) : null,
    after: after ? toHex(after) : null,
    length,
    why: note.why,
    field: note.field,
    structure: note.structure,
  }));
}

/** Bytes a step needs kept to be undone: what it overwrites, or what it cuts. */
export function undoLength(step: Step): number {
  switch (step.action) {
    case 'write':
      return fromHex(step.before ?? '').length;
    case 'truncate':
      return step.length;
    case 'times':
      return 0;
  }
}
