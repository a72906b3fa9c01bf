import { act, createElement, useEffect } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OperationResult, PlanAnswer } from '../../../app/contract/types.ts';
import { failure, refusal } from '../../../core/errors.ts';
import { dropFooter, setBatEntry } from '../../../core/testing/damage.ts';
import { ClientContext } from '../../state/client.ts';
import { type FakeHost, fakeClient } from '../../testing/fake-client.ts';
import { answerFor, IMAGE_PATH, testDisk } from '../../testing/plans.ts';
import { useSession } from './session.ts';
import { type Repair, useRepair } from './use-repair.ts';

const disk = testDisk();
const safe: PlanAnswer = await answerFor(dropFooter(disk));
const lossy: PlanAnswer = await answerFor(setBatEntry(disk, 6, 0x00ff_ffff));
const result = { operation: 'op-1', output: safe.suggestedOutput, findingsAfter: [] } as unknown as OperationResult;

let root: Root;
let repair: Repair;
let late: unknown[] = [];

function Harness({ mode }: { mode: 'quick' | 'wizard' }) {
  const now = useRepair(IMAGE_PATH, mode, (end) => late.push(end));
  useEffect(() => {
    repair = now;
  });
  return null;
}

async function show(host: FakeHost, mode: 'quick' | 'wizard' = 'quick'): Promise<void> {
  const { client } = fakeClient(host);
  await act(async () => root.render(createElement(ClientContext, { value: client }, createElement(Harness, { mode }))));
}

beforeAll(() => {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;
});

beforeEach(() => {
  root = createRoot(document.createElement('div'));
  late = [];
  useSession.setState({ kind: 'copy' });
});

afterEach(async () => {
  await act(async () => root.unmount());
});

describe('a repair and its host', () => {
  it('plans, writes what was confirmed, once, and takes it back', async () => {
    const started: unknown[] = [];
    await show({
      'repair.plan': () => safe,
      'start': (name, input) => {
        started.push([name, input]);
        return name;
      },
      'result': (name) => (name === 'repair.apply' ? result : { notes: ['gone'] }),
    });
    expect(repair.state.planned.state).toBe('ready');
    await act(async () => {
      repair.write();
      repair.write();
    });
    expect(started).toEqual([
      [
        'repair.apply',
        { planId: safe.planId, target: { kind: 'copy', output: safe.suggestedOutput }, acceptLoss: false },
      ],
    ]);
    expect(repair.state).toMatchObject({ step: 'result', writing: { state: 'done' } });
    await act(async () => repair.undo());
    expect(started[1]).toEqual(['operations.undo', { operation: 'op-1' }]);
    expect(repair.state.undoing).toEqual({ state: 'done', notes: ['gone'] });
  });

  it('remembers for the session where the last one went', async () => {
    const host: FakeHost = { 'repair.plan': () => safe, 'start': () => 'job', 'result': () => result };
    await show(host);
    await act(async () => repair.dispatch({ type: 'kind', kind: 'in-place' }));
    await act(async () => repair.write());
    await act(async () => root.unmount());
    root = createRoot(document.createElement('div'));
    await show(host);
    expect(repair.state.kind).toBe('in-place');
  });

  it('takes the answer for what is chosen now, however late the other one comes', async () => {
    const asked: ((answer: PlanAnswer) => void)[] = [];
    await show({ 'repair.plan': () => new Promise<PlanAnswer>((resolve) => asked.push(resolve)) }, 'wizard');
    await act(async () => asked[0]?.(lossy));
    await act(async () => repair.dispatch({ type: 'choose', choice: 'bat-carve' }));
    await act(async () => repair.dispatch({ type: 'choose', choice: 'bat-drop-entry' }));
    await act(async () => asked[2]?.({ ...lossy, planId: 'now' }));
    await act(async () => asked[1]?.({ ...lossy, planId: 'before' }));
    expect(repair.state.planned).toMatchObject({ state: 'ready', answer: { planId: 'now' } });
    expect(repair.state.recommended?.planId).toBe(lossy.planId);
  });

  it('says why there is no plan, and why nothing was written', async () => {
    await show({ 'repair.plan': () => Promise.reject(refusal('in-use', 'An operation was interrupted.')) });
    expect(repair.state).toMatchObject({ mode: 'wizard', planned: { state: 'failed', error: { code: 'in-use' } } });
    await act(async () => root.unmount());
    root = createRoot(document.createElement('div'));
    await show({
      'repair.plan': () => safe,
      'start': () => 'job',
      'result': () => {
        throw failure('no-space', 'There is no room left.');
      },
    });
    await act(async () => repair.write());
    expect(repair.state).toMatchObject({ mode: 'wizard', step: 'apply', writing: { state: 'failed' } });
  });

  it('tells how a write ended that was left alone', async () => {
    let end: (value: OperationResult) => void = () => undefined;
    await show({
      'repair.plan': () => safe,
      'start': () => 'job',
      'result': () => new Promise<OperationResult>((resolve) => (end = resolve)),
    });
    await act(async () => repair.write());
    await act(async () => root.unmount());
    await act(async () => end(result));
    expect(late).toEqual([{ result }]);
    root = createRoot(document.createElement('div'));
  });
});
