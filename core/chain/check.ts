import { asPlatterError, type PlatterError } from '../errors.ts';
import type { Finding } from '../findings/finding.ts';
import { makeFinding } from '../findings/make.ts';
import { type CheckProgress, type DeepResult, deepCheck } from '../formats/vhd/checks/deep.ts';
import { checkImage } from '../formats/vhd/checks/image.ts';
import { seeThrough } from '../formats/vhd/checks/through.ts';
import type { VhdImage } from '../formats/vhd/read.ts';
import { hasVhdName, type Image, readImage } from '../image.ts';
import type { Files } from '../io/files.ts';
import { type Signal, throwIfAborted } from '../io/source.ts';
import { checkLink, duplicateIds, hasNoId, type LinkedImage } from './checks.ts';
import { Lineages } from './lineage.ts';
import { folderLookup } from './lookup.ts';
import type { ParentLink, ParentLookup } from './parents.ts';
import { type ImageSummary, summarise } from './summary.ts';

export interface CheckOptions {
  /** Milliseconds since 1970. */
  now: number;
  /** Read every sector bitmap, and the data under clear bits. */
  deep?: boolean;
  /** Check every ancestor as an image of its own. */
  chain?: boolean;
  /** Look for two images with one id. */
  duplicates?: boolean;
  /** Folders in which parents are looked for by their id, beside those of the images. */
  search?: readonly string[];
  signal?: Signal;
  /** Images done, of those known so far. */
  progress?: (done: number, total: number) => void;
  /** How far the deep check of one image is. */
  deepProgress?: (path: string, progress: CheckProgress) => void;
}

/** One checked file. */
export interface CheckedImage {
  path: string;
  /** Null when the file could not be read. */
  summary: ImageSummary | null;
  /** How its parent was found; null for what has none. */
  link: ParentLink | null;
  findings: Finding[];
  deep: DeepResult | null;
  /** Why the file could not be read; there is a finding of it, too. */
  error: PlatterError | null;
}

/** What is kept of an image between its own check and that of its chain: no open file, no table. */
interface Examined extends CheckedImage {
  vhd: VhdImage | null;
}

/** Files open at once. */
const SIDE_BY_SIDE = 16;
const SIDE_BY_SIDE_DEEP = 2;

/**
 * Checks files: each by itself, then its place in its chain. With `chain`, ancestors follow the images that were asked for.
 * What cannot be read is a finding of its file.
 * @throws cancelled.
 */
export async function checkFiles(
  files: Files,
  paths: readonly string[],
  options: CheckOptions,
): Promise<CheckedImage[]> {
  const { signal, progress } = options;
  const examined = new Map<string, Examined>();
  let done = 0;
  const examineAll = async (wanted: readonly { path: string; raw: boolean }[]): Promise<void> => {
    const total = done + wanted.length;
    await sideBySide(wanted, options.deep ? SIDE_BY_SIDE_DEEP : SIDE_BY_SIDE, async ({ path, raw }) => {
      throwIfAborted(signal);
      examined.set(path, await examine(files, path, raw, options));
      done += 1;
      progress?.(done, total);
    });
  };
  const asked = [...new Set(paths.map((path) => files.resolve(path)))];
  await examineAll(asked.map((path) => ({ path, raw: false })));

  const known = [...examined.values()].flatMap(({ summary }) => (summary ? [summary] : []));
  const folders = new Set([...asked.map((path) => files.folderOf(path)), ...(options.search ?? [])]);
  const lookup = folderLookup(files, [...folders], known);
  const lineages = new Lineages(lookup);
  if (options.chain) await examineAncestors(lineages, examined, examineAll);

  const judged = new Map<string, Promise<Finding[]>>();
  const chainOf = (path: string): Promise<Finding[]> => {
    let findings = judged.get(path);
    if (!findings) judged.set(path, (findings = judge(path)));
    return findings;
  };
  const judge = async (path: string): Promise<Finding[]> => {
    const image = examined.get(path);
    if (!image?.summary?.vhd?.parent) return image?.findings ?? [];
    const lineage = await lineages.of(image.summary);
    image.link = lineage.steps[0]?.link ?? null;
    const above = lineage.steps[0]?.parent?.path;
    // the parent first, since its errors are the child's concern; in a circle nobody comes first
    const parentFindings = options.chain && above && !lineage.cycle ? await chainOf(above) : null;
    const rest = { lineage, parentFindings, now: options.now };
    image.findings.push(...(await linkOf(files, image, rest, signal)));
    return image.findings;
  };
  const isAsked = new Set(asked);
  // in the order they were asked for, ancestors behind
  const order = [...asked, ...[...examined.keys()].filter((path) => !isAsked.has(path)).sort()];
  await sideBySide(order, SIDE_BY_SIDE, chainOf);

  const all = order.flatMap((path) => examined.get(path) ?? []);
  if (options.duplicates) {
    const found = duplicateIds(
      all.flatMap(({ summary, vhd }) => (summary ? [{ summary, idAt: vhd?.footer?.at ?? null }] : [])),
    );
    for (const image of all) {
      const finding = found.get(image.path);
      if (finding && !image.findings.some(({ code }) => code === finding.code)) image.findings.push(finding);
    }
  }
  return all.map(({ path, summary, link, findings, deep, error }) => {
    const count = (severity: Finding['severity']): number =>
      findings.filter((each) => each.severity === severity).length;
    const counts = { errors: count('error'), warnings: count('warning') };
    return { path, summary: summary && { ...summary, ...counts }, link, findings, deep, error };
  });
}

/**
 * Findings of an image that is already open, and of its link to its parent.
 * @throws failure, cancelled.
 */
export async function checkOpenImage(
  image: Image,
  summary: ImageSummary,
  lookup: ParentLookup,
  now: number,
  signal?: Signal,
): Promise<Finding[]> {
  const findings = await checkImage(image, { now, vhdName: hasVhdName(image.path) }, signal);
  if (!image.vhd) return findings;
  const vhd = await seeThrough(image.vhd, signal);
  const seen = summaryOf({ ...image, vhd }, summary);
  if (!seen.vhd?.parent) return findings;
  const lineage = await new Lineages(lookup).of(seen);
  return [...findings, ...(await checkLink({ vhd, summary: seen, lineage, parentFindings: null, now }, signal))];
}

/** Ancestors of all that has been examined, level by level, until no new one comes up. */
async function examineAncestors(
  lineages: Lineages,
  examined: ReadonlyMap<string, Examined>,
  examineAll: (wanted: readonly { path: string; raw: boolean }[]) => Promise<void>,
): Promise<void> {
  const wanted = new Map<string, { path: string; raw: boolean }>();
  for (const { summary } of examined.values()) {
    if (!summary?.vhd?.parent) continue;
    for (const { link, parent } of (await lineages.of(summary)).steps) {
      // a file with another id is no ancestor; one whose id cannot be read is the damaged parent itself
      if (!parent || examined.has(parent.path) || (link.verdict === 'id-mismatch' && !hasNoId(parent))) continue;
      wanted.set(parent.path, { path: parent.path, raw: link.raw });
    }
  }
  await examineAll([...wanted.values()]);
}

async function examine(files: Files, path: string, raw: boolean, options: CheckOptions): Promise<Examined> {
  const { now, deep, signal, deepProgress } = options;
  try {
    const info = await files.info(path);
    const file = await files.open(path);
    try {
      const image: Image = raw
        ? { path, source: file, format: 'raw', vhd: null, foreign: null }
        : await readImage(path, file, signal);
      const findings = await checkImage(image, { now, vhdName: hasVhdName(path) && !raw }, signal);
      const through = image.vhd && (await seeThrough(image.vhd, signal));
      const result =
        deep && through
          ? await deepCheck(through, {
              ...(signal && { signal }),
              progress: (progress) => deepProgress?.(path, progress),
            })
          : null;
      if (result) findings.push(...result.findings);
      const summary = info && summarise({ ...image, vhd: through }, info, files.nameOf(path));
      const kept = through && { ...through, bat: null, batmap: null };
      return { path, summary, link: null, findings, deep: result, error: null, vhd: kept };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const error = asPlatterError(thrown);
    if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
    const finding = makeFinding('image.unreadable', 'decision', error.message, { offset: error.place.offset ?? null });
    return { path, summary: null, link: null, findings: [finding], deep: null, error, vhd: null };
  }
}

/** Judges a child by what was kept of it; only what its parent has lost takes another look at its table. */
async function linkOf(
  files: Files,
  { path, summary, vhd }: Examined,
  rest: Pick<LinkedImage, 'lineage' | 'parentFindings' | 'now'>,
  signal?: Signal,
): Promise<Finding[]> {
  if (!summary || !vhd) return [];
  const loses = rest.parentFindings?.some(({ severity, lost }) => severity === 'error' && lost.length > 0);
  if (!loses) return checkLink({ vhd, summary, ...rest }, signal);
  const file = await files.open(path);
  try {
    const { vhd: again } = await readImage(path, file, signal);
    return again ? await checkLink({ vhd: await seeThrough(again, signal), summary, ...rest }, signal) : [];
  } finally {
    await file.close();
  }
}

function summaryOf(image: Image, { name, identity, fileSize, diskBytes, modified, path }: ImageSummary): ImageSummary {
  const info = { path, kind: 'file' as const, size: fileSize, diskBytes, modified, identity, links: 1 };
  return summarise(image, info, name);
}

async function sideBySide<T>(items: readonly T[], workers: number, run: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const at = next;
      next += 1;
      if (at >= items.length) return;
      await run(items[at] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, items.length) }, worker));
}
