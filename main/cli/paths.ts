import path from 'node:path';
import type { Files } from '../../core/io/files.ts';

/**
 * How paths are printed: those given as they were given; what was found beneath or beside a relative one relative to the
 * working folder; all others whole.
 */
export function shownPaths(given: readonly string[], cwd: string, files: Files): (path: string) => string {
  const asGiven = new Map(given.map((text) => [files.resolve(text), text]));
  const relative = given.length > 0 && given.every((text) => !path.isAbsolute(text));
  return (absolute) => {
    const same = asGiven.get(absolute);
    if (same !== undefined) return same;
    return relative && path.isAbsolute(absolute) ? path.relative(cwd, absolute) || '.' : absolute;
  };
}
