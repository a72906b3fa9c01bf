import { type ImageSummary, summarise } from '../../../core/chain/summary.ts';
import { refusal } from '../../../core/errors.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { type Image, readImage } from '../../../core/image.ts';
import type { Files } from '../../../core/io/files.ts';
import type { Signal } from '../../../core/io/source.ts';
import { countTable } from './memory.ts';

/** An opened file, and what the checks see of it. */
export interface OpenedImage {
  image: Image;
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
    return await work({ image, summary });
  } finally {
    await source.close();
    countTable(table);
  }
}
