import { checkLink } from '../../../core/chain/checks.ts';
import { Lineages } from '../../../core/chain/lineage.ts';
import type { ParentLookup } from '../../../core/chain/parents.ts';
import type { ImageSummary } from '../../../core/chain/summary.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { makeFinding } from '../../../core/findings/make.ts';
import { deepCheck } from '../../../core/formats/vhd/checks/deep.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { hasVhdName } from '../../../core/image.ts';
import type { Files } from '../../../core/io/files.ts';
import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import { type Verdict, verdictOf } from '../../describe/verdict.ts';
import { type OpenedImage, withImage } from './open.ts';
import { filesOf, type Served, sideBySide, type TaskContext } from './task.ts';

/** An image to be judged, with what the host knows of its chain: the thread looks for no parents itself. */
export interface JudgeInput {
  path: string;
  /** Every file that was taken or considered for an ancestor. */
  relatives: ImageSummary[];
  /** What the parent's own check found; null when it was not checked. */
  parentFindings: Finding[] | null;
}

export interface Judged {
  path: string;
  findings: Finding[];
  /** The file could not be read; there is a finding of it, too. */
  error: ErrorData | null;
}

export interface JudgeMessage {
  /** Blocks of the image that is being looked at, when that takes long. */
  path: string;
  done: number;
  total: number;
}

/** All findings of images, each by itself and in its chain, in any order. */
export async function judge(
  { images, deep, served }: { images: JudgeInput[]; deep: boolean; served: Served },
  { flag, send }: TaskContext<JudgeMessage>,
): Promise<Judged[]> {
  const files = filesOf(served);
  const out: Judged[] = [];
  let told = 0;
  const one = async (image: JudgeInput): Promise<void> => {
    const { path } = image;
    throwIfAborted(flag);
    const progress = (done: number, total: number): void => {
      if (Date.now() - told < 100) return;
      told = Date.now();
      send({ path, done, total });
    };
    try {
      const findings = await withImage(files, path, flag, (opened) =>
        findingsOf(opened, image, files, flag, deep ? progress : null),
      );
      out.push({ path, findings, error: null });
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      const finding = makeFinding('image.unreadable', 'decision', error.message, {
        offset: error.place.offset ?? null,
      });
      out.push({ path, findings: [finding], error: error.toData() });
    }
  };
  // a deep check keeps the disk busy by itself
  if (deep) for (const image of images) await one(image);
  else await sideBySide(images, one);
  return out;
}

/** Findings of an open image and of its place in its chain; `deep` is told of progress, null for a check of metadata only. */
export async function findingsOf(
  { image, summary }: OpenedImage,
  { relatives, parentFindings }: Omit<JudgeInput, 'path'>,
  files: Files,
  signal: Signal,
  deep: ((done: number, total: number) => void) | null,
): Promise<Finding[]> {
  const now = Date.now();
  const findings = await checkImage(image, { now, vhdName: hasVhdName(image.path) }, signal);
  if (!image.vhd) return findings;
  const vhd = await seeThrough(image.vhd, signal);
  if (deep) {
    const progress = ({ done, total }: { done: number; total: number }): void => deep(done, total);
    findings.push(...(await deepCheck(vhd, { signal, progress })).findings);
  }
  if (!summary.vhd?.parent) return findings;
  const lineage = await new Lineages(lookupAmong(relatives, files)).of(summary);
  findings.push(...(await checkLink({ vhd, summary, lineage, parentFindings, now }, signal)));
  return findings;
}

function lookupAmong(relatives: readonly ImageSummary[], files: Files): ParentLookup {
  const byPath = new Map(relatives.map((relative) => [relative.path, relative]));
  return {
    files,
    summaryOf: (path) => Promise.resolve(byPath.get(path) ?? null),
    withId: (id) => Promise.resolve(relatives.filter(({ vhd }) => vhd?.id === id)),
  };
}

/** As `judge`, but only the counts: what a list of thousands of images needs. */
export async function verdicts(
  input: { images: JudgeInput[]; served: Served },
  context: TaskContext,
): Promise<(Verdict & { path: string; error: ErrorData | null })[]> {
  const judged = await judge({ ...input, deep: false }, { ...context, send: () => {} });
  return judged.map(({ path, findings, error }) => ({ path, error, ...verdictOf(findings) }));
}
