const DAY = 86_400_000;

/** How many backups are kept: the newest so many, or grandfather-father-son. */
export type Keep = number | 'gfs';

/**
 * Which of these backups are kept, the newest among them. `gfs` keeps the newest of each of the last 7 days, 4 weeks (from
 * Monday) and 12 months that have one, in UTC: a pause in backups costs none of the old ones.
 *
 * The one just made is the newest whatever the others say: a date after it comes from a clock that was wrong. Such a backup is
 * the first to go where they are counted, and stays with `gfs`, for which its day is still to come.
 * @param newest the one just made
 * @param others all older ones
 */
export function keptBackups<T extends { time: number }>(newest: T, others: readonly T[], keep: Keep): Set<T> {
  const sorted = others.toSorted((a, b) => b.time - a.time);
  const past = [newest, ...sorted.filter(({ time }) => time <= newest.time)];
  const future = sorted.filter(({ time }) => time > newest.time);
  if (keep !== 'gfs') return new Set([...past, ...future].slice(0, Math.max(1, keep)));
  const day = (time: number): number => Math.floor(time / DAY);
  return new Set([
    ...future,
    ...newestOf(past, 7, day),
    // 1970 began on a Thursday
    ...newestOf(past, 4, (time) => Math.floor((day(time) + 3) / 7)),
    ...newestOf(past, 12, (time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth()),
  ]);
}

function newestOf<T extends { time: number }>(
  newest: readonly T[],
  count: number,
  period: (time: number) => number,
): T[] {
  const seen = new Map<number, T>();
  for (const one of newest) if (!seen.has(period(one.time))) seen.set(period(one.time), one);
  return [...seen.values()].slice(0, count);
}
