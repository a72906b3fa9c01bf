import { describe, expect, it } from 'vitest';
import { columnOf, indexOfColumn } from './pointing.ts';

describe('columns of a row', () => {
  it('finds each byte at its own digits', () => {
    for (let index = 0; index < 16; index += 1) {
      expect(indexOfColumn(columnOf(index))).toBe(index);
      expect(indexOfColumn(columnOf(index) + 1.9)).toBe(index);
    }
  });

  it('stays in the row', () => {
    expect(indexOfColumn(-5)).toBe(0);
    expect(indexOfColumn(99)).toBe(15);
  });
});
