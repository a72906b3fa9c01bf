import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { systemPath } from './names.ts';

const SECONDS = 2000;
/** Less in memory than this share of a file, and reading past the cache is faster. */
const MOST = 0.7;

/**
 * Whether most of a file is in the page cache, so that reading it there is faster than from its disk and costs that
 * nothing. Node cannot ask: fincore of util-linux does, where it is installed; false where it is not.
 * @param held bytes that the file system spends on the file, at most its size: holes are in no cache
 */
export async function isCached(path: string, held: number): Promise<boolean> {
  if (process.platform !== 'linux' || !path.startsWith('/') || typeof systemPath(path) !== 'string') return false;
  try {
    const asked = ['--bytes', '--noheadings', '--output', 'RES', path];
    const { stdout } = await promisify(execFile)('fincore', asked, { timeout: SECONDS });
    return held > 0 && Number(stdout.trim()) >= held * MOST;
  } catch {
    return false; // not installed, or not able to on this file
  }
}
