import type { Finding } from '../../../findings/finding.ts';
import type { Signal } from '../../../io/source.ts';
import { countAllocated } from '../bat.ts';
import { bitmapRuns } from '../bitmap.ts';
import { SECTOR, UNALLOCATED } from '../constants.ts';
import type { VhdImage } from '../read.ts';
import { counted, isZero } from './context.ts';
import { surveyImage } from './survey.ts';

/** Places looked at in one stretch; more tell nothing new. */
const MAX_PLACES = 64;
/** Locators may stand before the first block, and XenServer puts a block's data on 4 KiB: it starts some sectors later. */
const REACH = 64 * SECTOR;

/** XenServer puts a block's data on 4 KiB, which leaves some sectors before the block and before the next. */
const PAGE = 4096;
/** Bytes of a block's data that are looked at for a sector in use. */
const PROBE = 64 * 1024;

/**
 * Grades stretches that no structure owns by what stands in them. A crash between data and table leaves one block at most,
 * at the end, whose write was never finished; several, one with blocks behind it, or a table that names no block beside them,
 * are entries that were lost: the guest then reads zeros or its parent's older data.
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
  const alone = all === 1 && !wiped;
  if (all === 0 || (alone && !(await isLostBlock(image, findings, gaps, blockLength, signal)))) return [...findings];
  const sees = kind === 'differencing' ? 'its parent’s older data' : 'zeros';
  const why = wiped
    ? `The table names no block at all: it has been wiped, and the guest sees ${sees}.`
    : alone
      ? `It is a whole block with a bitmap of its own and others behind it, which no crash leaves: its entry was lost, and the guest sees ${sees} in its place.`
      : `So many are not left by a crash: entries were lost, and the guest sees ${sees} in their place.`;
  const severity = wiped && all > 1 ? ('error' as const) : ('warning' as const);
  return findings.map((finding) => {
    const count = held.get(finding) ?? 0;
    if (count === 0) return finding;
    const [where = ''] = finding.message.split('. ');
    const hold = `${counted(count, 'place')} in it ${count === 1 ? 'holds' : 'hold'} data`;
    return { ...finding, severity, prognosis: 'some-loss' as const, message: `${where}, and ${hold}. ${why}` };
  });
}

/**
 * Whether the one stretch that holds something is a block whose entry was lost: as long as one block, with blocks behind it,
 * and with a bitmap that fits its data. An entry that is wrong rather than gone is a finding of its own, and explains it.
 */
async function isLostBlock(
  image: VhdImage,
  findings: readonly Finding[],
  gaps: readonly Finding[],
  blockLength: number,
  signal?: Signal,
): Promise<boolean> {
  if (findings.some(({ code, severity }) => code.startsWith('bat.') && severity !== 'info')) return false;
  const { entries } = surveyImage(image);
  const [gap, ...more] = gaps;
  const offset = gap?.offset ?? null;
  const length = gap?.length ?? null;
  if (more.length > 0 || offset === null || length === null || length - blockLength > 2 * PAGE) return false;
  const end = offset + length;
  if (!entries.some((entry) => entry !== UNALLOCATED && entry * SECTOR >= end)) return false;
  const onPage = Math.ceil((offset + image.bitmapBytes) / PAGE) * PAGE - image.bitmapBytes;
  for (const at of new Set([offset, onPage, end - blockLength])) {
    if (at + blockLength <= end && (await isBlock(image, at, signal))) return true;
  }
  return false;
}

/** Whether a bitmap stands at `at`, and data where its first bits are set. */
async function isBlock({ source, bitmapBytes, header }: VhdImage, at: number, signal?: Signal): Promise<boolean> {
  const sectors = (header?.value.blockSize ?? 0) / SECTOR;
  const bitmap = await source.read(at, bitmapBytes, signal);
  if (bitmap.length < bitmapBytes || !isZero(bitmap.subarray(Math.ceil(sectors / 8)))) return false;
  for (const { set, from, count } of bitmapRuns(bitmap, 0, sectors)) {
    if (!set) continue;
    const data = await source.read(at + bitmapBytes + from * SECTOR, Math.min(count * SECTOR, PROBE), signal);
    return !isZero(data);
  }
  return false;
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
