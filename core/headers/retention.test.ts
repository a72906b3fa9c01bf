import { describe, expect, it } from 'vitest';
import { keptBackups } from './retention.ts';

const DAY = 86_400_000;
const END = Date.UTC(2026, 10, 21, 12);

/** Times that are kept, the newest first; the first one given was just made. */
function kept([newest = 0, ...others]: number[], keep: number | 'gfs'): number[] {
  const all = keptBackups(
    { time: newest },
    others.map((time) => ({ time })),
    keep,
  );
  return [...all].map(({ time }) => time).sort((a, b) => b - a);
}

describe('keptBackups', () => {
  it('keeps the newest so many', () => {
    expect(kept([5, 1, 3], 2)).toEqual([5, 3]);
    expect(kept([5, 5, 5], 2)).toEqual([5, 5]);
  });

  it('keeps days, weeks and months, the newest of each', () => {
    const times = Array.from({ length: 800 }, (_, index) => END - (index * DAY) / 2);
    const left = kept(times, 'gfs');
    expect(left.slice(0, 7)).toEqual(Array.from({ length: 7 }, (_, index) => (index === 0 ? END : END - index * DAY)));
    // Sundays before, then the last days of months
    expect(left.slice(7).map((time) => new Date(time).toISOString().slice(0, 10))).toEqual([
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
    expect(kept([END, END - 900 * DAY], 'gfs')).toHaveLength(2);
  });

  it('keeps the one just made, whatever dates a wrong clock gave to older ones', () => {
    const future = [END + 400 * DAY, END + 401 * DAY];
    expect(kept([END, ...future], 1)).toEqual([END]);
    expect(kept([END, ...future, END - DAY], 2)).toEqual([END, END - DAY]);
    expect(kept([END, ...future, END - DAY], 'gfs')).toEqual([...future.toReversed(), END, END - DAY]);
  });
});
