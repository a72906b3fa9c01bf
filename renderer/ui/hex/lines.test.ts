import { describe, expect, it } from 'vitest';
import { foldedLines, plainLines, sectorLines } from './lines.ts';

describe('plainLines', () => {
  it('counts rows of a 2 TiB disk', () => {
    const lines = plainLines(0, 2 ** 41);
    expect(lines.count).toBe(2 ** 37);
    expect(lines.line(lines.count - 1)).toEqual({ kind: 'bytes', at: 2 ** 41 - 16, length: 16 });
    expect(lines.indexOf(2 ** 41 - 1)).toBe(2 ** 37 - 1);
  });

  it('starts where a structure starts, aligned or not', () => {
    const lines = plainLines(1001, 511);
    expect(lines.count).toBe(32);
    expect(lines.line(31)).toEqual({ kind: 'bytes', at: 1497, length: 15 });
    expect(lines.indexOf(1016)).toBe(0);
    expect(lines.indexOf(1017)).toBe(1);
  });
});

describe('sectorLines', () => {
  it('heads each sector, and finds any byte', () => {
    const lines = sectorLines(2 ** 41);
    expect(lines.count).toBe(2 ** 32 * 33);
    expect(lines.line(0)).toEqual({ kind: 'head', at: 0 });
    expect(lines.line(33)).toEqual({ kind: 'head', at: 512 });
    for (const at of [0, 511, 512, 21689536 * 512 + 17, 2 ** 41 - 1]) {
      const line = lines.line(lines.indexOf(at));
      expect(line.kind === 'bytes' && line.at <= at && at < line.at + line.length, String(at)).toBe(true);
    }
  });

  it('ends with a part of a sector where the disk does', () => {
    const lines = sectorLines(1024 + 20);
    expect(lines.count).toBe(66 + 3);
    expect(lines.line(68)).toEqual({ kind: 'bytes', at: 1040, length: 4 });
  });
});

describe('foldedLines', () => {
  const lines = foldedLines(0x400, 512, [{ at: 0x460, length: 416, note: '416 zero bytes' }]);

  it('puts one line in the place of many', () => {
    expect(lines.count).toBe(7);
    expect(lines.line(6)).toEqual({ kind: 'fold', at: 0x460, length: 416, note: '416 zero bytes' });
  });

  it('finds folded bytes in the fold', () => {
    expect(lines.indexOf(0x45f)).toBe(5);
    expect(lines.indexOf(0x460)).toBe(6);
    expect(lines.indexOf(0x5ff)).toBe(6);
  });
});
