import { listImages } from '../../../core/chain/list.ts';
import { type ImageSummary, summarise } from '../../../core/chain/summary.ts';
import { asPlatterError, type ErrorData, refusal } from '../../../core/errors.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { type Image, readImage } from '../../../core/image.ts';
import type { FileInfo, Files } from '../../../core/io/files.ts';
import { type Signal, throwIfAborted } from '../../../core/io/source.ts';
import { countTable } from './memory.ts';
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
  error: ErrorData | null;
}

/** Summaries of files, in any order; a file that cannot be read does not keep the others from being. */
export async function summaries(
  { paths, served }: { paths: string[]; served: Served },
  { flag }: TaskContext,
): Promise<ScannedFile[]> {
  const files = filesOf(served);
  const out: ScannedFile[] = [];
  await sideBySide(paths, async (path) => {
    throwIfAborted(flag);
    try {
      out.push({ path, summary: await withImage(files, path, flag, ({ summary }) => summary), error: null });
    } catch (thrown) {
      const error = asPlatterError(thrown);
      if (error.kind === 'cancelled' || error.kind === 'bug') throw error;
      out.push({ path, summary: null, error: error.toData() });
    }
  });
  return out;
}

/** An opened file, and what the checks see of it. */
export interface OpenedImage {
  image: Image;
  info: FileInfo;
  /** By the header as it reads once it is put right, so that a child with a damaged one keeps its place in the tree. */
  summary: ImageSummary;
}

/** Opens a file for the length of `work`. @throws refusal `not-found`, failure. */
export async function withImage<R>(
  files: Files,
  path: string,
  signal: Signal,
  work: (opened: OpenedImage) => R | Promise<R>,
): Promise<R> {
  const info = await files.info(path);
  if (!info) throw refusal('not-found', `${path}: there is no such file.`, { path });
  const source = await files.open(path);
  let table = 0;
  try {
    const image = await readImage(path, source, signal);
    table = image.vhd?.bat?.entries.byteLength ?? 0;
    const vhd = image.vhd && (await seeThrough(image.vhd, signal));
    const summary = summarise({ ...image, vhd }, info, files.nameOf(path));
    return await work({ image, info, summary });
  } finally {
    await source.close();
    countTable(table);
  }
}
