import { asPlatterError } from '../errors.ts';
import { seeThrough } from '../formats/vhd/checks/through.ts';
import { readLocators } from '../formats/vhd/locators.ts';
import { type Image, readImage } from '../image.ts';
import type { FileInfo, Files } from '../io/files.ts';
import type { Signal } from '../io/source.ts';
import { NIL_UUID } from '../structure/codecs.ts';
import { listImages } from './list.ts';
import type { ParentLookup } from './parents.ts';
import { type ImageSummary, parentReference, summarise } from './summary.ts';

/**
 * A lookup over the file system: files are read when asked for, once each; ids are looked for in `folders` (not below
 * them), which are listed only when an id is asked for.
 */
export function folderLookup(
  files: Files,
  folders: readonly string[],
  known: readonly ImageSummary[] = [],
): ParentLookup {
  const summaries = new Map<string, Promise<ImageSummary | null>>();
  const byIdentity = new Map<string, ImageSummary>();
  for (const summary of known) {
    summaries.set(summary.path, Promise.resolve(summary));
    if (!byIdentity.has(summary.identity)) byIdentity.set(summary.identity, summary);
  }
  const summaryOf = (path: string): Promise<ImageSummary | null> => {
    let summary = summaries.get(path);
    if (!summary) summaries.set(path, (summary = read(path)));
    return summary;
  };
  const read = async (path: string): Promise<ImageSummary | null> => {
    // a link, or another name of a file that is known: the tree has one node for it
    const info = await files.info(path);
    return (info && byIdentity.get(info.identity)) ?? (await readSummary(files, path));
  };
  let byId: Promise<Map<string, ImageSummary[]>> | undefined;
  const index = async (): Promise<Map<string, ImageSummary[]>> => {
    const { paths } = await listImages(files, folders, { recursive: false, others: false });
    const out = new Map<string, ImageSummary[]>();
    for (const path of new Set([...known.map((summary) => summary.path), ...paths])) {
      const summary = await summaryOf(path);
      const id = summary?.vhd?.id;
      if (!summary || !id) continue;
      const group = out.get(id);
      if (group) group.push(summary);
      else out.set(id, [summary]);
    }
    return out;
  };
  return {
    files,
    summaryOf,
    async withId(id) {
      byId ??= index();
      return (await byId).get(id) ?? [];
    },
  };
}

/** Reads one file's summary; null when it is not there or cannot be opened as an image. */
export async function readSummary(files: Files, path: string): Promise<ImageSummary | null> {
  const info = await files.info(path);
  if (!info || (info.kind !== 'file' && info.kind !== 'block-device')) return null;
  try {
    const file = await files.open(path);
    try {
      return await summariseSeen(await readImage(path, file), info, files.nameOf(path));
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (asPlatterError(thrown).kind === 'bug') throw thrown;
    return null;
  }
}

/**
 * Summary of an image with what its header says of its parent, also where the header is damaged or no footer says that it has
 * one: nobody may take the parent for one that has no child.
 */
export async function summariseSeen(
  image: Image,
  info: FileInfo,
  name: string,
  signal?: Signal,
): Promise<ImageSummary> {
  const summary = summarise(image, info, name);
  const { vhd } = image;
  if (!summary.vhd || !vhd || summary.vhd.parent || (vhd.kind !== 'differencing' && vhd.kind !== null)) return summary;
  const { header, locators, source } = await seeThrough(vhd, signal);
  if (!header?.cookieOk) return summary;
  const { parentUniqueId, parentUnicodeName } = header.value;
  if (vhd.kind === null && parentUniqueId === NIL_UUID && parentUnicodeName === '') return summary;
  const texts = header.usable ? locators : await readLocators(source, header.value, signal);
  return { ...summary, vhd: { ...summary.vhd, parent: parentReference(header.value, texts) } };
}
