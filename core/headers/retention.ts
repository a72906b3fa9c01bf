const DAY = 86_400_000;

/** How many backups are kept: the newest so many, or grandfather-father-son. */
export type Keep = number | 'gfs';

/**
 * Which of these times, in milliseconds since 1970, are kept. `gfs` keeps the newest of each of the last 7 days, 4 weeks (from
 * Monday) and 12 months that have one, in UTC: a pause in backups costs none of the old ones.
 */
export function keptTimes(times: readonly number[], keep: Keep): Set<number> {
  const newest = times.toSorted((a, b) => b - a);
  if (keep !== 'gfs') return new Set(newest.slice(0, keep));
  const day = (time: number): number => Math.floor(time / DAY);
  return new Set([
    ...newestOf(newest, 7, day),
    // 1970 began on a Thursday
    ...newestOf(newest, 4, (time) => Math.floor((day(time) + 3) / 7)),
    ...newestOf(newest, 12, (time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth()),
  ]);
}

function newestOf(newest: readonly number[], count: number, period: (time: number) => number): number[] {
  const seen = new Map<number, number>();
  for (const time of newest) if (!seen.has(period(time))) seen.set(period(time), time);
  return [...seen.values()].slice(0, count);
}
