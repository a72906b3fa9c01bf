import { describe, expect, it, vi } from 'vitest';
import { failure } from '../../../core/errors.ts';
import { ByteStore, FAILED, HOLE, type Stored, WAITING } from './store.ts';

const K = 1024;

interface Ask {
  at: number;
  length: number;
  signal: AbortSignal;
  answer(stored?: Partial<Stored>): void;
  fail(error: unknown): void;
}

function setUp(size = 2 ** 41) {
  const asks: Ask[] = [];
  const store = new ByteStore(size, (at, length, signal) => {
    return new Promise((resolve, reject) => {
      const answer = (stored: Partial<Stored> = {}): void =>
        resolve({ at, bytes: new Uint8Array(length).fill(0xab), runs: [], ...stored });
      asks.push({ at, length, signal, answer, fail: reject });
    });
  });
  const heard = vi.fn();
  const stop = store.subscribe(heard);
  return { store, asks, heard, stop };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('ByteStore', () => {
  it('says what it does not know, instead of zeros', () => {
    const { store } = setUp();
    expect(store.slice(100, 4).states).toEqual(Uint8Array.of(WAITING, WAITING, WAITING, WAITING));
  });

  it('joins neighbours into one request and answers from what came', async () => {
    const { store, asks, heard } = setUp();
    store.want(60 * K, 8 * K);
    await settle();
    expect(asks.map(({ at, length }) => [at, length])).toEqual([[0, 128 * K]]);
    asks[0]?.answer();
    await settle();
    expect(heard).toHaveBeenCalledTimes(1);
    const { bytes, states } = store.slice(64 * K - 8, 16);
    expect(states).toBeNull();
    expect(bytes.every((byte) => byte === 0xab)).toBe(true);
    store.want(60 * K, 8 * K);
    await settle();
    expect(asks).toHaveLength(1);
  });

  it('lets go of what nobody looks at any more', async () => {
    const { store, asks } = setUp();
    store.want(0, K);
    await settle();
    for (let gib = 1; gib <= 200; gib += 1) store.want(gib * 2 ** 30, K);
    await settle();
    expect(asks).toHaveLength(2);
    expect(asks[0]?.signal.aborted).toBe(true);
    expect(asks[1]?.at).toBe(200 * 2 ** 30);
    expect(asks[1]?.signal.aborted).toBe(false);
  });

  it('tells holes from data within a chunk', async () => {
    const { store, asks } = setUp(4096);
    store.want(0, 4096);
    await settle();
    asks[0]?.answer({
      runs: [
        { at: 0, length: 512, state: 'data', owner: 0, fileOffset: 1024 },
        { at: 512, length: 512, state: 'hole', owner: null, fileOffset: null },
        { at: 1024, length: 3072, state: 'zero', owner: null, fileOffset: null },
      ],
    });
    await settle();
    expect([...(store.slice(510, 4).states ?? [])]).toEqual([0, 0, HOLE, HOLE]);
    expect(store.slice(2000, 16).states).toBeNull();
    expect(store.runAt(511)?.fileOffset).toBe(1024);
    expect(store.runAt(512)?.state).toBe('hole');
  });

  it('keeps why something could not be read, and what was cut off', async () => {
    const { store, asks } = setUp(128 * K);
    store.want(0, K);
    await settle();
    asks[0]?.fail(failure('read-failed', 'The disk says no.', { os: 'EIO' }));
    await settle();
    expect(store.errorAt(10)).toBe('The disk says no.');
    expect([...(store.slice(10, 1).states ?? [])]).toEqual([FAILED]);
    store.want(64 * K, K);
    await settle();
    asks[1]?.answer({ bytes: new Uint8Array(100) });
    await settle();
    expect([...(store.slice(64 * K + 99, 2).states ?? [])]).toEqual([0, FAILED]);
  });

  it('asks again after it was cleared', async () => {
    const { store, asks } = setUp();
    store.want(0, K);
    await settle();
    asks[0]?.answer();
    await settle();
    store.clear();
    expect(store.slice(0, 1).states).not.toBeNull();
    await settle();
    expect(asks).toHaveLength(2);
  });

  it('keeps a bounded number of chunks', async () => {
    const { store, asks } = setUp();
    vi.useFakeTimers();
    for (let index = 0; index < 300; index += 1) {
      store.want(index * 64 * K, K);
      await vi.advanceTimersByTimeAsync(10);
      asks.at(-1)?.answer({ bytes: new Uint8Array(64 * K) });
      await vi.advanceTimersByTimeAsync(1);
    }
    vi.useRealTimers();
    expect(store.slice(0, 1).states).not.toBeNull();
    expect(store.slice(299 * 64 * K, 1).states).toBeNull();
  });

  it('stops reading when the last view has gone', async () => {
    const { store, asks, stop } = setUp();
    store.want(0, K);
    await settle();
    stop();
    expect(asks[0]?.signal.aborted).toBe(true);
  });
});
