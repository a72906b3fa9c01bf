import { refusal } from '../../../core/errors.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import { dataEnd } from '../../../core/formats/vhd/read.ts';
import { hasVhdName, readImage } from '../../../core/image.ts';
import { accessTimeMoved } from '../../../core/io/node/files.ts';
import type { ImageDetail } from '../../contract/types.ts';
import { facts } from './facts.ts';
import { imageParts } from './parts.ts';
import { type ReadImage, scanned } from './scan.ts';
import { filesOf, type Served, type TaskContext } from './task.ts';

/** What the file itself tells; its place among other images is the chains service's. */
export interface Inspection {
  scanned: ReadImage;
  detail: Omit<ImageDetail, 'row' | 'candidates'>;
}

/** Reads all metadata of one image and lays it out in file order. */
export async function inspect(
  { path, served }: { path: string; served: Served },
  { flag }: TaskContext,
): Promise<Inspection> {
  const files = filesOf(served);
  const info = await files.info(path);
  if (!info) throw refusal('not-found', `${path}: there is no such file.`, { path });
  const source = await files.open(path);
  try {
    const image = await readImage(path, source, flag);
    const findings = await checkImage(image, { now: Date.now(), vhdName: hasVhdName(path) }, flag);
    const entry = scanned(image, info, files.nameOf(path), findings);
    const { vhd } = image;
    return {
      scanned: entry,
      detail: {
        facts: facts(image, entry.summary),
        parts: await imageParts(image, findings, flag),
        footerAt: vhd?.footer?.at ?? null,
        blockSize: entry.summary.vhd?.blockSize ?? null,
        bitmapBytes: vhd?.bitmapBytes ?? 0,
        dataEnd: vhd ? dataEnd(vhd) : null,
        findings,
        checks: [],
        accessTimeMoved: accessTimeMoved.has(path),
      },
    };
  } finally {
    await source.close();
  }
}
