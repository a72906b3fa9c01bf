import { checkOpenImage } from '../../core/chain/check.ts';
import { searchFolders } from '../../core/chain/list.ts';
import { folderLookup } from '../../core/chain/lookup.ts';
import { findParent, type ParentLink } from '../../core/chain/parents.ts';
import { type ImageSummary, summarise } from '../../core/chain/summary.ts';
import { refusal } from '../../core/errors.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { deepCheck } from '../../core/formats/vhd/checks/deep.ts';
import { seeThrough } from '../../core/formats/vhd/checks/through.ts';
import { type Image, readImage } from '../../core/image.ts';
import { printable } from '../../core/structure/codecs.ts';
import type { CommandContext } from './command.ts';
import { type FoundStructure, structuresOf } from './structures.ts';

/** Everything `inspect` knows of an image. */
export interface Inspection {
  path: string;
  image: Image;
  summary: ImageSummary;
  /** How the parent was found; null for what has none. */
  link: ParentLink | null;
  /** Blocks whose bitmap is full; null unless asked for, and where it is not known. */
  full: number | null;
  structures: FoundStructure[];
  findings: Finding[];
}

/** Reads an image and judges it. @throws refusal, failure, cancelled; never for what is in the image. */
export async function inspect(
  path: string,
  { deep = false, search = [] }: { deep?: boolean; search?: string[] },
  context: CommandContext,
): Promise<Inspection> {
  const { files, signal, progress } = context;
  const absolute = files.resolve(path);
  // first: it says best why a file is none that can be read
  const file = await files.open(absolute);
  try {
    const info = await files.info(absolute);
    if (!info) throw refusal('not-found', `${absolute} is gone.`, { path: absolute });
    const image = await readImage(absolute, file, signal);
    const summary = summarise(image, info, files.nameOf(absolute));
    const lookup = folderLookup(files, [files.folderOf(absolute), ...(await searchFolders(files, search))]);
    const findings = await checkOpenImage(image, summary, lookup, context.now(), signal);
    const result =
      deep && image.vhd
        ? await deepCheck(await seeThrough(image.vhd, signal), {
            signal,
            progress: ({ done, total }) => progress.tell('Reading bitmaps', done, total, 'blocks'),
          })
        : null;
    findings.push(...(result?.findings ?? []));
    return {
      path,
      image,
      summary,
      link: summary.vhd?.parent ? await findParent(summary, lookup) : null,
      full: image.vhd?.bat ? (result?.full ?? null) : null,
      structures: await structuresOf(image, findings, signal),
      findings,
    };
  } finally {
    await file.close();
  }
}

/** "tap 1.3"; null without a footer. */
export function creatorText({ vhd }: Image): string | null {
  const value = vhd?.footer?.value;
  if (!value) return null;
  return `${printable(value.creatorApplication)} ${value.creatorVersion >>> 16}.${value.creatorVersion & 0xffff}`;
}
