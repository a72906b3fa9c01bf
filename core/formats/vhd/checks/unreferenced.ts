import type { Finding } from '../../../findings/finding.ts';
import type { Signal } from '../../../io/source.ts';
import { countAllocated } from '../bat.ts';
import { SECTOR } from '../constants.ts';
import type { VhdImage } from '../read.ts';
import { counted, isZero } from './context.ts';

/** Places looked at in one stretch; more tell nothing new. */
const MAX_PLACES = 64;
/** Locators may stand before the first block, and XenServer puts a block's data on 4 KiB: it starts some sectors later. */
const REACH = 64 * SECTOR;

/**
 * Grades stretches that no structure owns by what stands in them. A crash between data and table leaves one block at most,
 * whose write was never finished; several, or a table that names no block beside them, are entries that were lost: the guest
 * then reads zeros or its parent's older data.
 */
export async function gradeUnreferenced(
  image: VhdImage,
  findings: readonly Finding[],
  signal?: Signal,
): Promise<Finding[]> {
  const { bat, header, bitmapBytes, kind } = image;
  const gaps = findings.filter(({ code }) => code === 'block.unreferenced');
  if (gaps.length === 0 || !bat || !header?.usable) return [...findings];
  const blockLength = bitmapBytes + header.value.blockSize;
  const held = new Map<Finding, number>();
  let all = 0;
  for (const gap of gaps) {
    const count = await heldIn(image, gap, blockLength, signal);
    held.set(gap, count);
    all += count;
  }
  const wiped = countAllocated(bat) === 0;
  if (all === 0 || (all === 1 && !wiped)) return [...findings];
  const sees = kind === 'differencing' ? 'its parent’s older data' : 'zeros';
  const why = wiped
    ? `The table names no block at all: it has been wiped, and the guest sees ${sees}.`
    : `So many are not left by a crash: entries were lost, and the guest sees ${sees} in their place.`;
  const severity = wiped && all > 1 ? ('error' as const) : ('warning' as const);
  return findings.map((finding) => {
    const count = held.get(finding) ?? 0;
    if (count === 0) return finding;
    const [where = ''] = finding.message.split('. ');
    return { ...finding, severity, message: `${where}, and ${counted(count, 'place')} in it hold data. ${why}` };
  });
}

/** Places for a block in a stretch at which something stands. */
async function heldIn(
  { source }: VhdImage,
  { offset, length }: Finding,
  blockLength: number,
  signal?: Signal,
): Promise<number> {
  if (offset === null || length === null) return 0;
  let count = 0;
  const places = Math.min(MAX_PLACES, Math.floor(length / blockLength));
  for (let place = 0; place < places; place += 1) {
    const head = await source.read(offset + place * blockLength, REACH, signal);
    if (!isZero(head)) count += 1;
  }
  return count;
}
