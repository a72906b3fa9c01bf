import { describe, expect, it } from 'vitest';
import { keptTimes } from './retention.ts';

const DAY = 86_400_000;
const END = Date.UTC(2026, 10, 21, 12);

describe('keptTimes', () => {
  it('keeps the newest so many', () => {
    expect([...keptTimes([1, 5, 3], 2)].sort()).toEqual([3, 5]);
  });

  it('keeps days, weeks and months, the newest of each', () => {
    const times = Array.from({ length: 800 }, (_, index) => END - (index * DAY) / 2);
    const kept = [...keptTimes(times, 'gfs')].sort((a, b) => b - a);
    expect(kept.slice(0, 7)).toEqual(Array.from({ length: 7 }, (_, index) => (index === 0 ? END : END - index * DAY)));
    // Sundays before, then the last days of months
    expect(kept.slice(7).map((time) => new Date(time).toISOString().slice(0, 10))).toEqual([
      '2026-11-08',
      '2026-11-01',
      '2026-10-31',
      '2026-09-30',
      '2026-08-31',
      '2026-07-31',
      '2026-06-30',
      '2026-05-31',
      '2026-04-30',
      '2026-03-31',
      '2026-02-28',
      '2026-01-31',
      '2025-12-31',
    ]);
  });

  it('keeps what is there after a long pause', () => {
    expect(keptTimes([END - 900 * DAY, END], 'gfs').size).toBe(2);
  });
});
