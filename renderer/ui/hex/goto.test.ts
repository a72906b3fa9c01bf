import { describe, expect, it } from 'vitest';
import { parseGoTo } from './goto.ts';

const place = { cursor: 1000, size: 2 ** 41 };
const at = (typed: string, where = place): number | string => {
  const answer = parseGoTo(typed, where);
  return answer.ok ? answer.at : answer.why;
};

describe('parseGoTo', () => {
  it.each([
    ['4096', 4096],
    ['1,048,576', 1048576],
    [' 0x1E38c800 ', 0x1e38c800],
    ['0x1b', 0x1b],
    ['ffh', 255],
    ['1bh', 0x1b],
    ['10h', 16],
    ['21689536s', 21689536 * 512],
    ['0x10s', 8192],
    ['2K', 2048],
    ['2KiB', 2048],
    ['3m', 3 * 2 ** 20],
    ['1.5G', 1.5 * 2 ** 30],
    ['1t', 2 ** 40],
    ['+512', 1512],
    ['-1000', 0],
    ['+0x10', 1016],
    ['+1s', 1512],
    ['50%', 2 ** 40],
    ['100%', 2 ** 41 - 1],
    ['start', 0],
    ['END', 2 ** 41 - 1],
  ])('%s', (typed, expected) => expect(at(typed)).toBe(expected));

  it('keeps every digit of an offset near 2^53', () => {
    const size = Number.MAX_SAFE_INTEGER;
    expect(at('9007199254740990', { cursor: 0, size })).toBe(9007199254740990);
    expect(at('0x1ffffffffffffe', { cursor: 0, size })).toBe(Number.MAX_SAFE_INTEGER - 1);
  });

  it('says why it cannot go there', () => {
    expect(at('-1001')).toBe('That is before the start.');
    expect(at('2T')).toBe('That is past the end, 0x1ffffffffff.');
    expect(at('99999999999999999999999')).toMatch(/past the end/);
    for (const typed of ['', 'abc', '0x', '1.5', '1.5s', '12q', '+', '5%%', '101%', 'ff', '1-2'])
      expect(at(typed), typed).toMatch(/^Type /);
    expect(at('0', { cursor: 0, size: 0 })).toBe('There are no bytes.');
  });
});
