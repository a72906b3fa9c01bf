import { describe, expect, it } from 'vitest';
import { MAX_ROWS, previewLines } from './lines.ts';

const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte);

describe('the lines of a step', () => {
  it('stand as they were, then as they will be, with equal rows folded', () => {
    const before = filled(64, 1);
    const after = before.slice();
    after[20] = 2;
    expect(previewLines(0x100, before, after, [])).toEqual([
      { kind: 'fold', side: 'both', at: 0x100, length: 16, note: '16 bytes stay as they are' },
      { kind: 'row', side: 'before', at: 0x110, bytes: before.subarray(16, 32), differ: new Set([4]) },
      { kind: 'row', side: 'after', at: 0x110, bytes: after.subarray(16, 32), differ: new Set([4]) },
      { kind: 'fold', side: 'both', at: 0x120, length: 32, note: '32 bytes stay as they are' },
    ]);
  });

  it('show bytes behind the end of the file as only what will be', () => {
    const lines = previewLines(0, filled(8, 1), filled(40, 2), []);
    expect(lines.map(({ side, at }) => [side, at])).toEqual([
      ['before', 0],
      ['after', 0],
      ['after', 16],
      ['after', 32],
    ]);
    expect(lines.at(-1)).toMatchObject({ bytes: filled(8, 2), differ: null });
  });

  it('stay few, however much is written', () => {
    const lines = previewLines(0, filled(1024 * 1024, 1), filled(1024 * 1024, 2), []);
    expect(lines).toHaveLength(2 * MAX_ROWS + 1);
    expect(lines.at(-1)).toMatchObject({ kind: 'fold', length: 1024 * 1024 - MAX_ROWS * 16 });
  });
});
