import { classes } from './classes.ts';
import {
  formatBytes,
  formatCount,
  formatLocalTime,
  formatOffset,
  formatSize,
  formatTime,
  splitName,
} from './format.ts';
import css from './values.module.css';

/** First characters of a name that always stay: those of a UUID that people go by. */
const KEPT = 8;

/** A file's name or an id: loses its middle where there is no room; the full text on hover and when copied. */
export function Name({ children, title, className }: { children: string; title?: string; className?: string }) {
  const [head, tail] = splitName(children);
  const dot = tail.lastIndexOf('.');
  // one or two characters take no more room than the dots would
  const kept = head.length > KEPT + 2 ? KEPT : head.length;
  const [last, end] = dot > 0 ? [tail.slice(0, dot), tail.slice(dot)] : ['', tail];
  return (
    <span className={classes(css.name, className)} data-tip={title ?? children}>
      <span className={css.fixed}>{head.slice(0, kept)}</span>
      {head.length > kept ? <span className={css.middle}>{head.slice(kept)}</span> : null}
      {last === '' ? null : <span className={css.last}>{last}</span>}
      {end === '' ? null : <span className={css.fixed}>{end}</span>}
    </span>
  );
}

/** A size in binary units, exact bytes on hover. */
export function Size({ bytes, className }: { bytes: number; className?: string }) {
  return (
    <span className={className} data-tip={formatBytes(bytes)}>
      {formatSize(bytes)}
    </span>
  );
}

/** An offset in hex, decimal on hover. */
export function Offset({ at, className }: { at: number; className?: string }) {
  return (
    <span className={classes('mono', className)} data-tip={formatCount(at)}>
      {formatOffset(at)}
    </span>
  );
}

/** A moment in UTC, local time on hover. */
export function Time({ moment, className }: { moment: number | string; className?: string }) {
  return (
    <time className={className} data-tip={formatLocalTime(moment)}>
      {formatTime(moment)}
    </time>
  );
}
