import { describe, expect, it } from 'vitest';
import { allocatedBlocks, blocksInFile, entriesOf, entryState } from './bat.ts';

const NO = 0xffff_ffff;
const entries = Uint32Array.of(100, NO, 20, 5000, NO, 60);

describe('a block allocation table', () => {
  it('is read big-endian', () => {
    expect([...entriesOf(Uint8Array.of(0, 0, 0, 100, 0xff, 0xff, 0xff, 0xff, 7))]).toEqual([100, NO]);
  });

  it('lists what is allocated, by block and by place', () => {
    expect([...allocatedBlocks(entries)]).toEqual([0, 2, 3, 5]);
    expect([...blocksInFile(entries, 0, 100 * 512 + 1)]).toEqual([2, 5, 0]);
    expect([...blocksInFile(entries, 60 * 512, 512)]).toEqual([5]);
  });

  it('says which entries lead where no block can be', () => {
    const place = { fileSize: 1000 * 512, metadataEnd: 30 * 512, blockLength: 4097 * 512 };
    expect(entryState(NO, place)).toBe('none');
    expect(entryState(20, place)).toBe('in-metadata');
    expect(entryState(100, place)).toBe('past-end');
    expect(entryState(100, { ...place, fileSize: (100 + 4097) * 512 })).toBe('placed');
  });

  it('takes a million entries in their stride', () => {
    const many = Uint32Array.from({ length: 1_000_000 }, (_, index) => ((index * 7919) % 1_000_003) + 10);
    const started = performance.now();
    const sorted = blocksInFile(many, 0, 2 ** 50);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(sorted.length).toBe(1_000_000);
    expect(many[sorted[0] ?? 0]).toBeLessThan(many[sorted.at(-1) ?? 0] ?? 0);
  });
});
