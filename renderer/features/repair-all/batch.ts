import type { SafePlanRow, SafeResultRow } from '../../../app/contract/types.ts';
import type { ErrorData } from '../../../core/errors.ts';

export type BatchPhase = 'planning' | 'ready' | 'writing' | 'ended';

/** Many repairs on their way: plans first, then those that lose nothing, one after another. */
export interface Batch {
  phase: BatchPhase;
  /** The job that runs; null between two. */
  job: string | null;
  plans: readonly SafePlanRow[];
  /** Plans were not made for every image, and why; null when they were. */
  cutShort: 'cancelled' | ErrorData | null;
  /** Paths of the images that are to be repaired. */
  picked: ReadonlySet<string>;
  kind: 'copy' | 'in-place';
  unlocked: boolean;
  results: ReadonlyMap<string, SafeResultRow>;
  /** How the writing ended; null before. */
  end: 'done' | 'cancelled' | ErrorData | null;
}

export type BatchEvent =
  | { type: 'started'; job: string }
  | { type: 'plans'; rows: readonly SafePlanRow[] }
  | { type: 'planned'; cutShort: Batch['cutShort'] }
  | { type: 'pick'; path: string; picked: boolean }
  | { type: 'pick-all'; picked: boolean }
  | { type: 'kind'; kind: Batch['kind'] }
  | { type: 'unlock'; unlocked: boolean }
  | { type: 'write' }
  | { type: 'results'; rows: readonly SafeResultRow[] }
  | { type: 'written'; end: 'done' | 'cancelled' | ErrorData };

export const NO_BATCH: Batch = {
  phase: 'planning',
  job: null,
  plans: [],
  cutShort: null,
  picked: new Set(),
  // never in place by default, whatever the last repair did: this is many files at once
  kind: 'copy',
  unlocked: false,
  results: new Map(),
  end: null,
};

export function batchReducer(state: Batch, event: BatchEvent): Batch {
  switch (event.type) {
    case 'started':
      return { ...state, job: event.job };
    case 'plans': {
      const picked = new Set(state.picked);
      for (const row of event.rows) if (isSafe(row)) picked.add(row.path);
      return { ...state, plans: [...state.plans, ...event.rows], picked };
    }
    case 'planned':
      return { ...state, phase: 'ready', job: null, cutShort: event.cutShort };
    case 'pick': {
      if (hasBegun(state) || !state.plans.some((row) => row.path === event.path && isSafe(row))) return state;
      const picked = new Set(state.picked);
      if (event.picked) picked.add(event.path);
      else picked.delete(event.path);
      return { ...state, picked };
    }
    case 'pick-all':
      if (hasBegun(state)) return state;
      return { ...state, picked: new Set(event.picked ? state.plans.filter(isSafe).map(({ path }) => path) : []) };
    case 'kind':
      return hasBegun(state) ? state : { ...state, kind: event.kind, unlocked: false };
    case 'unlock':
      return hasBegun(state) ? state : { ...state, unlocked: event.unlocked };
    case 'write':
      return whyNotWriteAll(state) === null ? { ...state, phase: 'writing', job: null } : state;
    case 'results': {
      const results = new Map(state.results);
      for (const row of event.rows) results.set(row.path, row);
      return { ...state, results };
    }
    case 'written':
      return { ...state, phase: 'ended', job: null, end: event.end };
  }
}

/** Whether something was written, so that nothing can be chosen any more. */
export function hasBegun({ phase }: Batch): boolean {
  return phase === 'writing' || phase === 'ended';
}

export function isSafe({ verdict, planId }: SafePlanRow): boolean {
  return verdict === 'safe' && planId !== null;
}

/** Plans to apply, in the order of the table. */
export function pickedPlans({ plans, picked }: Batch): SafePlanRow[] {
  return plans.filter((row) => isSafe(row) && picked.has(row.path));
}

/** Why nothing is written now; null when it can be. */
export function whyNotWriteAll(state: Batch): string | null {
  if (state.phase === 'planning') return 'The plans are being made.';
  if (state.phase !== 'ready') return 'It is being written.';
  if (!state.plans.some(isSafe)) return 'No image can be repaired without loss.';
  if (pickedPlans(state).length === 0) return 'Choose an image.';
  return state.kind === 'in-place' && !state.unlocked ? 'Unlock the images first.' : null;
}

export interface BatchCounts {
  safe: number;
  lossy: number;
  none: number;
}

export function countPlans(plans: readonly SafePlanRow[]): BatchCounts {
  const counts: BatchCounts = { safe: 0, lossy: 0, none: 0 };
  for (const { verdict } of plans) counts[verdict] += 1;
  return counts;
}

const ORDER: Record<SafePlanRow['verdict'], number> = { safe: 0, lossy: 1, none: 2 };

/** What will be done first, then what needs a person, then what cannot be done; each by name. */
export function sortPlans(plans: readonly SafePlanRow[]): SafePlanRow[] {
  return [...plans].sort(
    (a, b) => ORDER[a.verdict] - ORDER[b.verdict] || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

/** How one image came out. */
export type Outcome = 'waiting' | 'repaired' | 'failed' | 'left';

export function outcomeOf(state: Batch, row: SafePlanRow): Outcome {
  const result = state.results.get(row.path);
  if (result) return result.error ? 'failed' : 'repaired';
  return isSafe(row) && state.picked.has(row.path) && state.phase === 'writing' ? 'waiting' : 'left';
}
