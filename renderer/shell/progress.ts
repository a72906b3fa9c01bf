import type { JobProgress } from '../../app/contract/types.ts';
import { formatCount, formatDuration, formatSize } from '../ui/format.ts';

/** Part of the work that is done; null when nobody knows how much there is. */
export function shareOf(progress: JobProgress | null): number | null {
  if (!progress || progress.total === null) return null;
  return progress.total === 0 ? 1 : Math.min(1, progress.done / progress.total);
}

/** "412 MiB/s · 00:00:07 left", or how far it is where there is no rate yet. */
export function progressText({ phase, done, total, unit, rate, secondsLeft }: JobProgress): string {
  const parts: string[] = [];
  if (rate !== null && rate > 0)
    parts.push(unit === 'bytes' ? `${formatSize(Math.round(rate))}/s` : `${formatCount(Math.round(rate))} ${unit}/s`);
  else if (total === null && done > 0) parts.push(unit === 'bytes' ? formatSize(done) : `${formatCount(done)} ${unit}`);
  else parts.push(phase);
  if (secondsLeft !== null) parts.push(`${formatDuration(secondsLeft)} left`);
  return parts.join(' · ');
}
