import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Extent } from '../../findings/finding.ts';
import { systemPath } from './names.ts';

/** A file with more stretches than fit is read as a whole. */
const MAX_OUTPUT = 64 * 1024 * 1024;
const SECONDS = 10_000;
/** Bytes that a file system counts as spent and that are none of a file's own: its lists of extents. */
const OVERHEAD = 1024 * 1024;

/**
 * Stretches of a file that are no holes, as the file system tells them; null where it does not, so that all of it is to be
 * read. Node cannot ask for them itself: filefrag of e2fsprogs does, where it is installed.
 * @param spent bytes that the file system spends on the file: an answer that falls short of them is not believed
 */
export async function heldStretches(path: string, spent: number): Promise<Extent[] | null> {
  if (process.platform !== 'linux' || !path.startsWith('/') || typeof systemPath(path) !== 'string') return null;
  const searched = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  try {
    const { stdout } = await promisify(execFile)('filefrag', ['-e', '-b1', path], {
      env: { ...process.env, PATH: searched, LC_ALL: 'C' },
      timeout: SECONDS,
      maxBuffer: MAX_OUTPUT,
    });
    return stretchesOf(stdout, spent);
  } catch {
    return null; // not installed, not able to on this file system, or too slow: reading all of it is always right
  }
}

const LINE = /^ *\d+: *(\d+)\.\. *(\d+): *\d+\.\. *\d+: *(\d+):/;

/** What filefrag -e -b1 printed; null for what is not to be believed. */
export function stretchesOf(printed: string, spent: number): Extent[] | null {
  if (!printed.includes(' blocks of 1 bytes)')) return null;
  const out: Extent[] = [];
  let sum = 0;
  for (const line of printed.split('\n')) {
    const match = LINE.exec(line);
    if (!match) continue;
    const [, from = 0, to = 0] = match.map(Number);
    const last = out[out.length - 1];
    const length = to - from + 1;
    if (length <= 0 || from < (last ? last.offset + last.length : 0)) return null;
    out.push({ offset: from, length });
    sum += length;
  }
  return sum + OVERHEAD + sum / 64 >= spent ? out : null;
}
