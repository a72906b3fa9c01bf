import { describe, expect, it } from 'vitest';
import type { OperationResult, PlanAnswer } from '../../../app/contract/types.ts';
import { cancelled, refusal } from '../../../core/errors.ts';
import { dropFooter, setBatEntry } from '../../../core/testing/damage.ts';
import { answerFor, testDisk } from '../../testing/plans.ts';
import {
  beginRepair,
  isOneClick,
  type RepairEvent,
  type RepairState,
  repairReducer,
  whyNotNext,
  whyNotWrite,
  writeLabel,
} from './wizard.ts';

const disk = testDisk();
const safe: PlanAnswer = await answerFor(dropFooter(disk));
const lossy: PlanAnswer = await answerFor(setBatEntry(disk, 6, 0x00ff_ffff));
const hopeless: PlanAnswer = { ...safe, plan: { ...safe.plan, steps: [], alternatives: [], refusals: ['No way.'] } };
const result = { operation: 'op', output: '/sr/disk.repaired.vhd' } as OperationResult;
const broken = refusal('output-exists', 'It exists.').toData();

function run(state: RepairState, ...events: RepairEvent[]): RepairState {
  return events.reduce(repairReducer, state);
}

function planned(answer: PlanAnswer): RepairEvent {
  return { type: 'planned', choice: null, answer };
}

describe('one click', () => {
  it('is a plan, one confirmation, and the write', () => {
    const ready = run(beginRepair('quick', 'copy'), planned(safe));
    expect(ready).toMatchObject({ mode: 'quick', output: '/sr/disk.repaired.vhd' });
    expect(whyNotWrite(ready)).toBeNull();
    expect(writeLabel(ready)).toBe('Write repaired copy');
    const done = run(ready, { type: 'write' }, { type: 'writing', job: 'j' }, { type: 'written', result });
    expect(done).toMatchObject({ step: 'result', writing: { state: 'done' } });
  });

  it('says what it does when the image itself is the target', () => {
    const state = run(beginRepair('quick', 'copy'), planned(safe), { type: 'kind', kind: 'in-place' });
    expect(writeLabel(state)).toBe('Repair in place');
    expect(whyNotWrite(state)).toBeNull();
  });

  it('is never there for a plan that loses something or has nothing to write', () => {
    expect(isOneClick(safe.plan)).toBe(true);
    for (const answer of [lossy, hopeless]) {
      const state = run(beginRepair('quick', 'in-place'), planned(answer));
      expect(state.mode).toBe('wizard');
      expect(whyNotWrite(state)).not.toBeNull();
      expect(run(state, { type: 'write' }).writing.state).toBe('none');
    }
  });

  it('is there again when the write was cancelled', () => {
    const writing = run(beginRepair('quick', 'copy'), planned(safe), { type: 'write' });
    const again = run(writing, { type: 'write-failed', error: cancelled().toData() });
    expect(again.mode).toBe('quick');
    expect(whyNotWrite(again)).toBeNull();
    expect(run(writing, { type: 'write-failed', error: broken })).toMatchObject({ mode: 'wizard', step: 'apply' });
  });

  it('locks the image again when it opens into the wizard', () => {
    const state = run(beginRepair('quick', 'in-place'), planned(safe), { type: 'all-options' });
    expect(state).toMatchObject({ mode: 'wizard', kind: 'in-place', unlocked: false });
  });
});

describe('the five steps', () => {
  const wizard = beginRepair('wizard', 'copy');

  it('go forward only when there is something to go to', () => {
    expect(whyNotNext(wizard)).not.toBeNull();
    expect(run(wizard, { type: 'next' }).step).toBe('diagnose');
    expect(whyNotNext(run(wizard, planned(hopeless)))).toBe('Nothing can be done about it.');
    expect(run(wizard, planned(safe), { type: 'next' }, { type: 'next' }).step).toBe('preview');
  });

  it('write only from the preview', () => {
    const choosing = run(wizard, planned(safe), { type: 'next' });
    expect(run(choosing, { type: 'write' }).writing.state).toBe('none');
    expect(run(choosing, { type: 'next' }, { type: 'write' })).toMatchObject({
      step: 'apply',
      writing: { state: 'running' },
    });
  });

  it('write the image itself only once it is unlocked, and never by default', () => {
    const choosing = run(wizard, planned(safe), { type: 'next' }, { type: 'kind', kind: 'in-place' });
    expect(run(choosing, { type: 'next' }).step).toBe('choose');
    const unlocked = run(choosing, { type: 'unlock', unlocked: true }, { type: 'next' });
    expect(unlocked.step).toBe('preview');
    // to and fro locks it again
    const back = run(unlocked, { type: 'back' }, { type: 'kind', kind: 'copy' }, { type: 'kind', kind: 'in-place' });
    expect(back.unlocked).toBe(false);
  });

  it('need the loss accepted, and forget that when another plan is chosen', () => {
    const preview = run(wizard, planned(lossy), { type: 'next' }, { type: 'next' });
    expect(whyNotWrite(preview)).toBe('Say that the loss is accepted.');
    const accepted = run(preview, { type: 'accept-loss', accepted: true });
    expect(whyNotWrite(accepted)).toBeNull();
    const other = run(accepted, { type: 'choose', choice: 'bat-carve' });
    expect(other).toMatchObject({ acceptLoss: false, planned: { state: 'asking' } });
    // an answer to the question before is not taken for this one
    expect(run(other, planned(lossy)).planned.state).toBe('asking');
  });

  it('keep a typed name over another plan, and refuse the name of the image', () => {
    const typed = run(wizard, planned(lossy), { type: 'next' }, { type: 'output', output: '/other/place.vhd' });
    const other = run(
      typed,
      { type: 'choose', choice: 'bat-carve' },
      { type: 'planned', choice: 'bat-carve', answer: { ...lossy, suggestedOutput: '/sr/x.vhd' } },
    );
    expect(other.output).toBe('/other/place.vhd');
    expect(run(typed, { type: 'output', output: lossy.plan.target }, { type: 'next' }).step).toBe('choose');
    expect(run(typed, { type: 'output', output: ' ' }, { type: 'next' }).step).toBe('choose');
  });

  it('never write a draft over the image', () => {
    const draft = { ...lossy, plan: { ...lossy.plan, draftOnly: true } };
    const state = run(beginRepair('wizard', 'in-place'), planned(draft), { type: 'next' });
    expect(state.kind).toBe('copy');
    const forced = run(state, { type: 'kind', kind: 'in-place' }, { type: 'unlock', unlocked: true }, { type: 'next' });
    expect(forced.step).toBe('choose');
  });

  it('ask before they are closed only while bytes are written', () => {
    const preview = run(wizard, planned(safe), { type: 'next' }, { type: 'next' });
    expect(run(preview, { type: 'ask-to-close', asks: true }).asksToClose).toBe(false);
    const writing = run(preview, { type: 'write' });
    expect(run(writing, { type: 'ask-to-close', asks: true }).asksToClose).toBe(true);
    expect(run(writing, { type: 'written', result }, { type: 'ask-to-close', asks: true }).asksToClose).toBe(false);
  });

  it('go back after a refusal, which wrote nothing, and not after a failure, which may have', () => {
    const writing = run(wizard, planned(safe), { type: 'next' }, { type: 'next' }, { type: 'write' });
    const refused = run(writing, { type: 'write-failed', error: broken }, { type: 'back' });
    expect(refused).toMatchObject({ step: 'preview', writing: { state: 'none' } });
    const failed = run(
      writing,
      { type: 'write-failed', error: { ...broken, kind: 'failure', code: 'no-space' } },
      { type: 'back' },
    );
    expect(failed).toMatchObject({ step: 'apply', writing: { state: 'failed' } });
  });

  it('change nothing any more once the write began', () => {
    const writing = run(wizard, planned(safe), { type: 'next' }, { type: 'next' }, { type: 'write' });
    const poked = run(
      writing,
      { type: 'kind', kind: 'in-place' },
      { type: 'output', output: '/x' },
      { type: 'choose', choice: 'bat-carve' },
      { type: 'accept-loss', accepted: true },
    );
    expect(poked).toEqual(writing);
  });
});
