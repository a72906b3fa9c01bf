import { listImages } from '../../../core/chain/list.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { throwIfAborted } from '../../../core/io/source.ts';
import { type Verdict, verdictOf } from '../../describe/verdict.ts';
import { findingsOf } from './judge.ts';
import { type OpenedImage, withImage } from './open.ts';
import { filesOf, type Served, sideBySide, type TaskContext } from './task.ts';

/** Images among files and folders, folders below included. */
export async function list(
  { paths, served }: { paths: string[]; served: Served },
  { flag }: TaskContext,
): Promise<{ paths: string[]; failures: { path: string; error: ErrorData }[] }> {
  const listing = await listImages(filesOf(served), paths, { recursive: true, others: true }, flag);
  return {
    paths: listing.paths,
    failures: listing.failures.map(({ path, error }) => ({ path, error: error.toData() })),
  };
}

/** A file that was read as far as a list of images needs. */
export interface ScannedFile {
  path: string;
  /** Null when the file could not be read; `error` says why then. */
  summary: ImageSummary | null;
  /** What the checks say of it; null for a child, which is judged when its parent is known. */
  verdict: Verdict | null;
  error: ErrorData | null;
}

const ALONE = { relatives: [], parentFindings: null };

/** Summaries of files, in any order; a file that cannot be read does not keep the others from being. */
export async function summaries(
  { paths, served }: { paths: string[]; served: Served },
  { flag }: TaskContext,
): Promise<ScannedFile[]> {
  const files = filesOf(served);
  const out: ScannedFile[] = [];
  const scan = async (opened: OpenedImage): Promise<Pick<ScannedFile, 'summary' | 'verdict'>> => {
    const { summary } = opened;
    if (summary.vhd?.parent) return { summary, verdict: null };
    return { summary, verdict: verdictOf(await findingsOf(opened, ALONE, files, flag, null)) };
  };
  await sideBySide(paths, async (path) => {
    throwIfAborted(flag);
    try {
      out.push({ path, ...(await withImage(files, path, flag, scan)), error: null });
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      out.push({ path, summary: null, verdict: null, error: error.toData() });
    }
  });
  return out;
}
