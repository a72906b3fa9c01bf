import type { ParentLookup } from '../../../core/chain/parents.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { CheckContext } from '../../../core/formats/vhd/checks/context.ts';
import { checkImage } from '../../../core/formats/vhd/checks/image.ts';
import type { Image } from '../../../core/image.ts';
import type { FileInfo } from '../../../core/io/files.ts';
import type { Signal } from '../../../core/io/source.ts';

/** Findings of an image and of its link to its parent. */
export function findingsOf(
  image: Image,
  _info: FileInfo,
  _lookup: ParentLookup,
  context: CheckContext,
  signal?: Signal,
): Promise<Finding[]> {
  return checkImage(image, context, signal);
}
