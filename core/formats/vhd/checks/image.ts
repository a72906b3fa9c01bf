import type { Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import type { Image } from '../../../image.ts';
import { type ByteSource, type Signal, SliceSource } from '../../../io/source.ts';
import { readTable } from '../../../partitions/read.ts';
import { formatBytes, formatOffset } from '../../../structure/text.ts';
import { entriesOf } from '../../../vmfs/entries.ts';
import type { PartitionEntry, VmfsVolume } from '../../../vmfs/found.ts';
import { readVolumes } from '../../../vmfs/volumes.ts';
import { FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../constants.ts';
import { sightFooter } from '../footer.ts';
import { readVhd, type VhdImage } from '../read.ts';
import { checkBatmap } from './batmap.ts';
import { checkVhd } from './check.ts';
import { type CheckContext, counted, glimpse, isZero } from './context.ts';
import { laidOutFixed, surveyImage } from './survey.ts';
import { seeThrough, withHeader, withNeededTable } from './through.ts';
import { gradeUnreferenced } from './unreferenced.ts';

/** No VHD is smaller: one sector of data and a footer. */
const SMALLEST = SECTOR + FOOTER_LENGTH;
/** How far into a file an image is looked for that does not start at its start. */
const PREFIX_REACH = 64 * 1024;
/** Bitmaps read for cut blocks; an image with more is cut so badly that whole blocks are said to be lost. */
const MAX_CUT_BITMAPS = 256;

/**
 * Every rule that a file's metadata can answer, whatever the file is. Beside what has been read of it already, reads the
 * BAT behind a header that can be put right, and the sector bitmaps of blocks that the end of the file cuts.
 * @throws PlatterError failure when the file cannot be read; cancelled.
 */
export async function checkImage(image: Image, context: CheckContext, signal?: Signal): Promise<Finding[]> {
  const { vhd } = image;
  if (!vhd) return checkForeign(image, context, signal);
  const shift = await prefixLength(vhd, signal);
  if (shift > 0) {
    const source = new SliceSource(vhd.source, shift, vhd.source.size - shift);
    const inner = await checkOpened(await readVhd(source, signal), context, signal);
    const message = `${counted(shift, 'byte')} stand before the image: its copy of the footer starts at ${formatOffset(shift)}, and everything is that much further in than its own offsets say.`;
    const prefix = makeFinding('image.prefixed', 'no-loss', message, {
      offset: 0,
      length: shift,
      repairs: ['realign'],
    });
    return [
      prefix,
      ...inner.map((finding) => ({ ...finding, offset: finding.offset === null ? null : finding.offset + shift })),
    ];
  }
  return checkOpened(vhd, context, signal);
}

async function checkOpened(vhd: VhdImage, context: CheckContext, signal?: Signal): Promise<Finding[]> {
  const through = await seeThrough(vhd, signal);
  const bitmaps = await readCutBitmaps(through, signal);
  const findings = checkVhd(await withHeader(vhd, signal), { ...context, bitmaps }, through);
  if (surveyImage(through).tablePromiseAbsurd) {
    const shortened = await withNeededTable(through, signal);
    // a table may have more room than the disk needs: only what says that it is a batmap is one
    if (shortened.batmap?.cookieOk) findings.push(...checkBatmap(shortened, surveyImage(shortened)));
  }
  return gradeUnreferenced(through, findings, signal);
}

async function readCutBitmaps(image: VhdImage, signal?: Signal): Promise<Map<number, Uint8Array>> {
  const bitmaps = new Map<number, Uint8Array>();
  const { entries, limit, blockLength } = surveyImage(image);
  if (blockLength === 0) return bitmaps;
  for (let block = 0; block < entries.length && bitmaps.size < MAX_CUT_BITMAPS; block += 1) {
    const entry = entries[block] ?? UNALLOCATED;
    const at = entry * SECTOR;
    if (entry === UNALLOCATED || at + blockLength <= limit || at + image.bitmapBytes > limit) continue;
    bitmaps.set(block, await image.source.read(at, image.bitmapBytes, signal));
  }
  return bitmaps;
}

/** How many bytes stand before an image whose end is good and whose start is not where it belongs; 0 for all others. */
async function prefixLength(image: VhdImage, signal?: Signal): Promise<number> {
  const { footers, header, source } = image;
  const { end, copy } = footers;
  if (!end?.valid || copy?.valid || header?.cookieOk || laidOutFixed(image)) return 0;
  const head = await source.read(0, PREFIX_REACH, signal);
  for (let at = 1; at + FOOTER_LENGTH <= head.length; at += 1) {
    if (head[at] !== 0x63 || head[at + 1] !== 0x6f) continue;
    const sighting = sightFooter(head.subarray(at, at + FOOTER_LENGTH), 'elsewhere', at);
    if (sighting.valid && sighting.value.uniqueId === end.value.uniqueId) return at;
  }
  return 0;
}

async function checkForeign(
  { source, foreign, format }: Image,
  context: CheckContext,
  signal?: Signal,
): Promise<Finding[]> {
  const { size } = source;
  if (size === 0) return [makeFinding('image.empty', 'lost', 'The file is empty.', { offset: 0, length: 0 })];
  if (foreign) {
    const message = `This is ${foreign.name}${context.vhdName ? ', though its name says VHD' : ''}.`;
    const severity = context.vhdName ? 'error' : 'info';
    return [makeFinding('image.foreign', 'decision', message, { offset: 0, length: Math.min(size, SECTOR), severity })];
  }
  if (format === 'unknown') {
    if (size < SMALLEST) {
      const message = `The file is ${counted(size, 'byte')} long; the smallest VHD there can be has ${SMALLEST}.`;
      return [makeFinding('image.too-small', 'lost', message, { offset: 0, length: size })];
    }
    return [await unknownFinding(source, signal)];
  }
  const table = await readTable(source, { signal });
  const vmfs = await vmfsInPlace(source, entriesOf(table), signal);
  const found = [...table.findings.flatMap((finding) => tableFinding(finding, vmfs.volumes)), ...vmfs.findings];
  if (size % SECTOR === 0) return found;
  const message = `The raw disk is ${counted(size, 'byte')} long, no whole number of sectors: its guest ends ${size % SECTOR} bytes before.`;
  const rest = { offset: size - (size % SECTOR), length: size % SECTOR };
  return [...found, makeFinding('image.unaligned', 'cosmetic', message, { ...rest, severity: 'info' })];
}

/** A disk without a table is no fault: it may be a file system, a partition, or empty; but volumes show that it had one. */
function tableFinding(finding: Finding, volumes: readonly VmfsVolume[]): Finding[] {
  if (finding.code !== 'table.missing') return [finding];
  const starts = volumes.flatMap(({ start, stale }) =>
    stale === null && start !== null && start > 0 ? [start / SECTOR] : [],
  );
  if (starts.length === 0) return [];
  const named = `${starts.length === 1 ? 'A VMFS volume starts' : 'VMFS volumes start'} at ${starts.length === 1 ? 'sector' : 'sectors'} ${starts.join(', ')}`;
  return [
    {
      ...finding,
      message: `${named}, but no partition table names ${starts.length === 1 ? 'it' : 'them'}: no host finds it.`,
    },
  ];
}

/** VMFS volumes in their places, and what is wrong with them; a check searches for nothing. */
async function vmfsInPlace(
  source: ByteSource,
  partitions: readonly PartitionEntry[],
  signal?: Signal,
): Promise<{ volumes: VmfsVolume[]; findings: Finding[] }> {
  const { volumes, findings } = await readVolumes(source, {
    partitions,
    search: 'never',
    ...(signal ? { signal } : {}),
  });
  return { volumes, findings: [...volumes.flatMap((volume) => volume.findings), ...findings] };
}

async function unknownFinding(source: ByteSource, signal?: Signal): Promise<Finding> {
  const { size } = source;
  const first = await source.read(0, SECTOR, signal);
  const last = await source.read(size - FOOTER_LENGTH, FOOTER_LENGTH, signal);
  const end = isZero(last) ? 'The last 512 bytes are zero' : `The last 512 bytes begin with ${glimpse(last)}`;
  const boots = first[510] === 0x55 && first[511] === 0xaa;
  const disk = boots
    ? 'The file starts with a boot sector, so it may be a fixed disk that has lost its footer'
    : 'It may be a fixed disk that has lost its footer: such a disk has no other mark';
  const message = `The name says VHD, but no footer, no copy and no dynamic header is in the file. ${end}. ${disk} (${formatBytes(size)}).`;
  return makeFinding('image.unknown', 'decision', message, {
    offset: size - FOOTER_LENGTH,
    length: FOOTER_LENGTH,
    // what is no whole number of sectors is no disk
    repairs: size % SECTOR === 0 ? ['footer-fixed-synthesise'] : [],
  });
}
