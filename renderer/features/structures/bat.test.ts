import { describe, expect, it, vi } from 'vitest';
import { blocksInFile, entriesOf, entryState, indexIn, surveyTable } from './bat.ts';

const NO = 0xffff_ffff;
const entries = Uint32Array.of(100, NO, 20, 5000, NO, 60);
const place = { fileSize: 10_000 * 512, metadata: [{ from: 0, to: 30 * 512 }], blockLength: 33 * 512 };
const atOnce = (): Promise<void> => Promise.resolve();

describe('a block allocation table', () => {
  it('is read big-endian', () => {
    expect([...entriesOf(Uint8Array.of(0, 0, 0, 100, 0xff, 0xff, 0xff, 0xff, 7))]).toEqual([100, NO]);
  });

  it('lists what is allocated, by block and by place', async () => {
    const { allocated, troubled } = await surveyTable(entries, place, atOnce);
    expect([...allocated]).toEqual([0, 2, 3, 5]);
    expect(troubled).toBe(1);
    expect(indexIn(allocated, 3)).toBe(2);
    expect(indexIn(allocated, 4)).toBe(-1);
    expect(indexIn(new Uint32Array(), 4)).toBe(-1);
    expect([...(await blocksInFile(entries, 0, 100 * 512 + 1, atOnce))]).toEqual([2, 5, 0]);
    expect([...(await blocksInFile(entries, 60 * 512, 512, atOnce))]).toEqual([5]);
  });

  it('says which entries lead where no block can be', () => {
    expect(entryState(NO, place)).toBe('none');
    expect(entryState(20, place)).toBe('in-metadata');
    expect(entryState(9990, place)).toBe('past-end');
    expect(entryState(100, place)).toBe('placed');
    // a locator that was written behind the blocks is no reason to doubt the blocks before it
    const late = { ...place, metadata: [...place.metadata, { from: 8000 * 512, to: 8001 * 512 }] };
    expect(entryState(100, late)).toBe('placed');
    expect(entryState(7990, late)).toBe('in-metadata');
  });

  it('lets others have their turn while it looks through a million entries', async () => {
    const many = new Uint32Array(1_000_000);
    for (let index = 0; index < many.length; index += 1) many[index] = ((index * 7919) % 1_000_003) + 10;
    const pause = vi.fn(atOnce);
    const sorted = await blocksInFile(many, 0, 2 ** 50, pause);
    expect(pause.mock.calls.length).toBeGreaterThan(5);
    expect(sorted.length).toBe(1_000_000);
    expect(many[sorted[0] ?? 0]).toBeLessThan(many[sorted.at(-1) ?? 0] ?? 0);
  });
});
