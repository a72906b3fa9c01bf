import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { JobInfo, SearchHit } from '../../../app/contract/types.ts';
import { cancelled } from '../../../core/errors.ts';
import { fakeClient } from '../../testing/fake-client.ts';
import { cancelSearch, nextHit, startSearch, useSearches } from './searches.ts';

const hit = (at: number): SearchHit => ({ at, length: 4, context: new Uint8Array(8), contextAt: 2 });
const target = { space: 'file', path: '/sr/a.vhd' } as const;
const pattern = { kind: 'hex', hex: '63 6f' } as const;
const run = () => useSearches.getState().runs.get('k');

beforeEach(() => useSearches.setState({ runs: new Map() }));

describe('startSearch', () => {
  it('shows hits as they come, and what it came to', async () => {
    const all = [hit(10), hit(20), hit(30)];
    let finish = (_: { hits: number; capped: boolean; skippedHoles: number }): void => {};
    let ready = 2;
    const { client, emit } = fakeClient({
      start: () => 'job-1',
      result: () => new Promise((resolve) => (finish = resolve)),
      partials: (_name, _job, from) => all.slice(from, ready),
    });
    const done = startSearch(client, 'k', target, pattern, 0);
    await vi.waitFor(() => expect(run()?.job).toBe('job-1'));
    emit('jobs.changed', { jobs: [{ id: 'job-1', partials: 2, progress: null } as JobInfo] });
    await vi.waitFor(() => expect(run()?.hits.map(({ at }) => at)).toEqual([10, 20]));
    ready = 3;
    finish({ hits: 3, capped: false, skippedHoles: 512 });
    await done;
    expect(run()).toMatchObject({ state: 'done', skipped: 512 });
    expect(run()?.hits).toHaveLength(3);
  });

  it('keeps the hits of a search that is cancelled', async () => {
    let fail = (_: unknown): void => {};
    const cancel = vi.fn(() => {
      fail(cancelled());
      return { cancelling: true };
    });
    const { client, emit } = fakeClient({
      'start': () => 'job-1',
      'result': () => new Promise((_, reject) => (fail = reject)),
      'partials': () => [hit(10)],
      'jobs.cancel': cancel,
    });
    const done = startSearch(client, 'k', target, pattern, 0);
    await vi.waitFor(() => expect(run()?.job).toBe('job-1'));
    emit('jobs.changed', { jobs: [{ id: 'job-1', partials: 1, progress: null } as JobInfo] });
    await vi.waitFor(() => expect(run()?.hits).toHaveLength(1));
    cancelSearch(client, 'k');
    await done;
    expect(cancel).toHaveBeenCalledWith({ job: 'job-1' });
    expect(run()).toMatchObject({ state: 'cancelled', hits: [{ at: 10 }] });
  });

  it('says why a search failed', async () => {
    const { client } = fakeClient({
      start: () => {
        throw new Error('The disk says no.');
      },
    });
    await startSearch(client, 'k', target, pattern, 0);
    expect(run()).toMatchObject({ state: 'failed', error: 'The disk says no.' });
  });
});

describe('nextHit', () => {
  const hits = [hit(10), hit(20), hit(30)];
  it('goes on from the cursor, round the ends', () => {
    expect(nextHit(hits, 0, 1)).toBe(0);
    expect(nextHit(hits, 10, 1)).toBe(1);
    expect(nextHit(hits, 30, 1)).toBe(0);
    expect(nextHit(hits, 30, -1)).toBe(1);
    expect(nextHit(hits, 5, -1)).toBe(2);
    expect(nextHit([], 5, 1)).toBeNull();
  });
});
