import { describe, expect, it } from 'vitest';
import type { SafePlanRow } from '../../../app/contract/types.ts';
import { failure } from '../../../core/errors.ts';
import {
  type Batch,
  type BatchEvent,
  batchReducer,
  countPlans,
  NO_BATCH,
  outcomeOf,
  pickedPlans,
  sortPlans,
  whyNotWriteAll,
} from './batch.ts';

const row = (name: string, verdict: SafePlanRow['verdict']): SafePlanRow => ({
  path: `/sr/${name}`,
  name,
  planId: verdict === 'safe' ? `plan-${name}` : null,
  strategies: [],
  verdict,
  why: '',
  bytesWritten: 512,
});

const rows = [row('z.vhd', 'safe'), row('b.vhd', 'lossy'), row('a.vhd', 'safe'), row('c.vhd', 'none')];
const run = (...events: BatchEvent[]): Batch => events.reduce(batchReducer, NO_BATCH);
const planned: BatchEvent[] = [
  { type: 'plans', rows },
  { type: 'planned', cutShort: null },
];

describe('repair all safe', () => {
  it('picks what loses nothing, and nothing else', () => {
    const state = run(...planned);
    expect(countPlans(state.plans)).toEqual({ safe: 2, lossy: 1, none: 1 });
    expect(sortPlans(state.plans).map(({ name }) => name)).toEqual(['a.vhd', 'z.vhd', 'b.vhd', 'c.vhd']);
    expect(pickedPlans(state).map(({ planId }) => planId)).toEqual(['plan-z.vhd', 'plan-a.vhd']);
    const forced = batchReducer(state, { type: 'pick', path: '/sr/b.vhd', picked: true });
    expect(forced.picked.has('/sr/b.vhd')).toBe(false);
  });

  it('writes copies by default, and images only when they are unlocked', () => {
    const state = run(...planned);
    expect(state.kind).toBe('copy');
    expect(whyNotWriteAll(state)).toBeNull();
    const inPlace = run(...planned, { type: 'kind', kind: 'in-place' });
    expect(whyNotWriteAll(inPlace)).toBe('Unlock the images first.');
    expect(batchReducer(inPlace, { type: 'write' }).phase).toBe('ready');
    const unlocked = batchReducer(inPlace, { type: 'unlock', unlocked: true });
    expect(batchReducer(unlocked, { type: 'write' }).phase).toBe('writing');
  });

  it('keeps the plans that were made when planning is cancelled', () => {
    const state = run({ type: 'plans', rows: rows.slice(0, 1) }, { type: 'planned', cutShort: 'cancelled' });
    expect(whyNotWriteAll(state)).toBeNull();
    expect(state.cutShort).toBe('cancelled');
  });

  it('writes nothing when nothing is picked or nothing is safe', () => {
    expect(whyNotWriteAll(run(...planned, { type: 'pick-all', picked: false }))).toBe('Choose an image.');
    const none = run({ type: 'plans', rows: rows.slice(1, 2) }, { type: 'planned', cutShort: null });
    expect(whyNotWriteAll(none)).toBe('No image can be repaired without loss.');
  });

  it('says of each image how it came out, also after a cancel', () => {
    const error = failure('no-space', 'There is no room left.').toData();
    const writing = run(
      ...planned,
      { type: 'write' },
      { type: 'results', rows: [{ path: '/sr/z.vhd', name: 'z.vhd', result: null, error }] },
    );
    expect(outcomeOf(writing, rows[0] as SafePlanRow)).toBe('failed');
    expect(outcomeOf(writing, rows[2] as SafePlanRow)).toBe('waiting');
    expect(outcomeOf(writing, rows[1] as SafePlanRow)).toBe('left');
    const ended = batchReducer(writing, { type: 'written', end: 'cancelled' });
    expect(outcomeOf(ended, rows[2] as SafePlanRow)).toBe('left');
    // nothing is picked any more once it began
    expect(batchReducer(ended, { type: 'pick-all', picked: false }).picked.size).toBe(2);
  });
});
