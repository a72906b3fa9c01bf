import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MapCell } from '../../../app/contract/types.ts';
import { MapStore, TILE, UNKNOWN } from './map-store.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function setUp(blocks = 1_048_576) {
  const asked: { from: number; to: number; per: number; signal: AbortSignal }[] = [];
  const store = new MapStore(blocks, async (from, to, per, signal) => {
    asked.push({ from, to, per, signal });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const cells: MapCell[] = [];
    for (let block = from; block < to; block += per) cells.push({ block, owner: per, state: 'full' });
    return cells;
  });
  store.subscribe(() => {});
  return { store, asked };
}

describe('MapStore', () => {
  it('reads the scale that is looked at, in one request', async () => {
    const { store, asked } = setUp();
    store.want(512, 0, 2047);
    await vi.advanceTimersByTimeAsync(50);
    expect(asked.map(({ from, to, per }) => [from, to, per])).toEqual([[0, 1_048_576, 512]]);
    expect(store.look(512, 2047)).toMatchObject({ state: 'full', owner: 512 });
  });

  it('shows the coarser scale until the finer one is here', async () => {
    const { store, asked } = setUp();
    store.want(512, 0, 2047);
    await vi.advanceTimersByTimeAsync(50);
    store.want(1, 1_000_000, 1_002_000);
    expect(store.look(1, 1_000_500).owner).toBe(512);
    await vi.advanceTimersByTimeAsync(50);
    expect(store.look(1, 1_000_500).owner).toBe(1);
    expect(asked[1]).toMatchObject({ from: Math.floor(1_000_000 / TILE) * TILE, per: 1 });
  });

  it('does not wait for a scale that was left', async () => {
    const { store, asked } = setUp();
    store.want(4, 0, 100);
    await vi.advanceTimersByTimeAsync(9);
    store.want(2, 0, 100);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('knows nothing before it was told', () => {
    expect(setUp().store.look(1, 5)).toBe(UNKNOWN);
  });
});
