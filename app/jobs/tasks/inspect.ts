import type { ImageSummary } from '../../../core/chain/summary.ts';
import { seeThrough } from '../../../core/formats/vhd/checks/through.ts';
import { dataEnd } from '../../../core/formats/vhd/read.ts';
import { accessTimeMoved } from '../../../core/io/node/files.ts';
import type { ImageDetail } from '../../contract/types.ts';
import { checksOf } from '../../describe/checks.ts';
import { facts } from '../../describe/facts.ts';
import { imageParts } from '../../describe/parts.ts';
import { findingsOf, type JudgeInput } from './judge.ts';
import { withImage } from './open.ts';
import { filesOf, type Served, type TaskContext } from './task.ts';

/** What the file itself tells; its place among other images is the chains service's. */
export interface Inspection {
  summary: ImageSummary;
  detail: Omit<ImageDetail, 'row' | 'candidates'>;
}

/** Reads all metadata of one image, lays it out in file order, and judges it in its chain. */
export function inspect(
  { path, served, ...known }: JudgeInput & { served: Served },
  { flag }: TaskContext,
): Promise<Inspection> {
  const files = filesOf(served);
  return withImage(files, path, flag, async (opened) => {
    const { image, summary } = opened;
    const findings = await findingsOf(opened, known, files, flag, null);
    const vhd = image.vhd && (await seeThrough(image.vhd, flag));
    const through = { ...image, vhd };
    return {
      summary,
      detail: {
        facts: facts(through, summary),
        parts: await imageParts(through, findings, flag),
        footerAt: vhd?.footer?.at ?? null,
        blockSize: summary.vhd?.blockSize ?? null,
        bitmapBytes: vhd?.bitmapBytes ?? 0,
        dataEnd: vhd ? dataEnd(vhd) : null,
        findings,
        checks: checksOf(through, findings),
        accessTimeMoved: accessTimeMoved.has(path),
      },
    };
  });
}
