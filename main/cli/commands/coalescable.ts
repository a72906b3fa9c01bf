import { checkFiles } from '../../../core/chain/check.ts';
import { listImages, searchFolders } from '../../../core/chain/list.ts';
import { asPlatterError } from '../../../core/errors.ts';
import { readImage } from '../../../core/image.ts';
import { balanceOf, type CoalesceBalance, coalescablePairs } from '../../../core/plans/coalesce/pairs.ts';
import { formatBytes } from '../../../core/structure/text.ts';
import { type CommandContext, EXIT } from '../command.ts';
import { safe } from '../output.ts';

/** A hidden image with one child, as `platter.coalescable/1` shows it. */
interface Row extends CoalesceBalance {
  child: string;
  parent: string;
  /** Why cost and gain are not known; null when they are. */
  why: string | null;
}

/** `platter coalesce --list`: hidden images with one child in files and folders, with what a coalesce costs and frees. */
export async function listCoalescable(
  paths: readonly string[],
  searched: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { files, signal, out, shown } = context;
  const search = await searchFolders(files, searched);
  const listing = await listImages(files, paths, { recursive: false, others: false }, signal);
  for (const { error } of listing.failures) await context.report(error);
  const images = await checkFiles(files, listing.paths, {
    now: context.now(),
    chain: true,
    search,
    signal,
    progress: (done, total) => context.progress.tell('Read', done, total, 'images'),
  });
  const pairs: Row[] = [];
  for (const pair of coalescablePairs(images)) {
    const balance = await balanceAt(pair.child, pair.parent, context);
    pairs.push({ child: shown(pair.child), parent: shown(pair.parent), ...balance });
  }
  if (context.json) await out.json({ schema: 'platter.coalescable/1', pairs });
  else if (pairs.length === 0) await out.line('No hidden image has exactly one child: there is nothing to coalesce.');
  else
    for (const { child, parent, cost, gain, why } of pairs)
      await out.line(
        `${safe(child)} into ${safe(parent)}: ${why === null ? `moves ${formatBytes(cost)} at most, frees ${formatBytes(gain)}` : safe(why)}`,
      );
  return listing.failures.length > 0 ? EXIT.refused : EXIT.ok;
}

async function balanceAt(
  child: string,
  parent: string,
  { files, signal }: CommandContext,
): Promise<CoalesceBalance & { why: string | null }> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    const sources = [];
    for (const path of [child, parent]) {
      const file = await files.open(path);
      opened.push(file);
      sources.push((await readImage(path, file, signal)).vhd);
    }
    const [upper, lower = null] = sources;
    if (!upper) return { cost: 0, gain: 0, why: 'It is no VHD.' };
    return { ...balanceOf(upper, lower), why: null };
  } catch (thrown) {
    const error = asPlatterError(thrown);
    if (error.kind === 'bug' || error.kind === 'cancelled') throw error;
    return { cost: 0, gain: 0, why: error.message };
  } finally {
    for (const file of opened) await file.close();
  }
}
