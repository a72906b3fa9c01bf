import { asPlatterError } from '../../../errors.ts';
import { mergeExtents, totalLength } from '../../../findings/extents.ts';
import type { Extent, Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { type Signal, throwIfAborted } from '../../../io/source.ts';
import { formatBytes, formatOffset } from '../../../structure/text.ts';
import { bitmapHas, bitmapRuns, countSet } from '../bitmap.ts';
import { SECTOR, UNALLOCATED } from '../constants.ts';
import { endStands } from '../footer.ts';
import { batmapHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { blockRange, tableParts } from './blocks.ts';
import { capped, counted } from './context.ts';
import { sortedIndices } from './sort.ts';
import { surveyImage } from './survey.ts';

/** How far a long check has come. */
export interface CheckProgress {
  phase: 'bitmaps';
  done: number;
  total: number;
  unit: 'blocks';
}

export interface DeepOptions {
  signal?: Signal;
  /** Called after every block; who listens decides how often to show it. */
  progress?: (progress: CheckProgress) => void;
}

export interface DeepResult {
  findings: Finding[];
  /** Allocated blocks whose bitmap says that every sector is in use; null when not all bitmaps could be read. */
  full: number | null;
  /** Sectors that this image owns; likewise. */
  ownedSectors: number | null;
}

/** Blocks looked at side by side: enough to keep a disk busy, few enough for little memory. */
const SIDE_BY_SIDE = 8;
/** Bytes of data read at once. */
const CHUNK = 2 * 1024 * 1024;

/** Blocks whose findings keep every run of sectors; of further ones only the whole stretch is kept, for memory's sake. */
const DETAILED = 4096;

/** What reading one block gave. */
interface BlockReading {
  block: number;
  /** Null when it cannot be read. */
  owned: number | null;
  /** Why it cannot. */
  failure: string | null;
  sectors: number;
  /** Guest sectors that hold data and that the bitmap does not own, as runs within the block. */
  hidden: Extent[];
  batmapFull: boolean;
}

/**
 * Reads every sector bitmap, and the data that no bit owns. The image is one whose header reads (see `seeThrough`); on others there is nothing to do.
 * @throws cancelled; a part of the file that cannot be read is a finding.
 */
export async function deepCheck(image: VhdImage, { signal, progress }: DeepOptions = {}): Promise<DeepResult> {
  const blocks = readableBlocks(image);
  const readings: BlockReading[] = [];
  let next = 0;
  let done = 0;
  const tally = { full: 0, owned: 0, known: true };
  const worker = async (): Promise<void> => {
    while (next < blocks.length) {
      const block = blocks[next] ?? 0;
      next += 1;
      throwIfAborted(signal);
      const reading = await readBlock(image, block, signal);
      if (reading.owned === null) tally.known = false;
      else {
        tally.owned += reading.owned;
        if (reading.owned === reading.sectors) tally.full += 1;
      }
      if (isNoteworthy(reading)) readings.push(readings.length < DETAILED ? reading : coarse(reading));
      done += 1;
      progress?.({ phase: 'bitmaps', done, total: blocks.length, unit: 'blocks' });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  readings.sort((a, b) => a.block - b.block);
  const { full, owned, known } = tally;
  return { findings: deepFindings(image, readings), full: known ? full : null, ownedSectors: known ? owned : null };
}

/**
 * Allocated blocks of the disk, in file order, that stand where blocks can and share nothing with another: what the others'
 * bitmaps say is no evidence, and their own findings name them.
 */
function readableBlocks(image: VhdImage): Uint32Array {
  const { entries, limit, metadata, blockLength } = surveyImage(image);
  if (blockLength === 0 || !image.footer) return new Uint32Array();
  const metadataEnd = metadata.reduce((end, { to }) => Math.max(end, to), 0);
  const blocks: number[] = [];
  for (let block = 0; block < Math.min(entries.length, image.blocks); block += 1) {
    const entry = entries[block] ?? UNALLOCATED;
    const at = entry * SECTOR;
    if (entry === UNALLOCATED || at + blockLength > limit) continue;
    if (at < metadataEnd && metadata.some(({ from, to }) => at < to && from < at + blockLength)) continue;
    blocks.push(block);
  }
  const order = sortedIndices(entries, Uint32Array.from(blocks));
  return order.filter((block, index) => {
    const at = (entries[block] ?? 0) * SECTOR;
    const before = order[index - 1];
    const after = order[index + 1];
    const free = before === undefined || (entries[before] ?? 0) * SECTOR + blockLength <= at;
    return free && (after === undefined || at + blockLength <= (entries[after] ?? 0) * SECTOR);
  });
}

async function readBlock(image: VhdImage, block: number, signal?: Signal): Promise<BlockReading> {
  const at = (image.bat?.entries[block] ?? 0) * SECTOR;
  const sectors = Math.ceil(blockRange(image, block).length / SECTOR);
  const batmapFull = image.batmap?.checksumOk === true && bitmapHas(image.batmap.map?.bytes ?? new Uint8Array(), block);
  const reading: BlockReading = { block, owned: null, failure: null, sectors, hidden: [], batmapFull };
  try {
    const bitmap = await image.source.read(at, image.bitmapBytes, signal);
    const owned = countSet(bitmap, sectors);
    // a partial last block's bits past the disk's end own nothing
    const hidden = owned < sectors ? await hiddenData(image, at, bitmap, sectors, signal) : [];
    return { ...reading, owned, hidden };
  } catch (thrown) {
    const error = asPlatterError(thrown);
    if (error.kind !== 'failure') throw error;
    return { ...reading, failure: error.message };
  }
}

/** Runs of sectors that hold something under clear bits. */
async function hiddenData(
  image: VhdImage,
  blockAt: number,
  bitmap: Uint8Array,
  sectors: number,
  signal?: Signal,
): Promise<Extent[]> {
  const dataAt = blockAt + image.bitmapBytes;
  const { end } = image.footers;
  const limit = end && endStands(image.footers) ? end.at : image.source.size;
  const hidden: Extent[] = [];
  for (let from = 0; from < sectors; from += CHUNK / SECTOR) {
    const to = Math.min(sectors, from + CHUNK / SECTOR);
    const clear = [...bitmapRuns(bitmap, from, to)].filter(({ set }) => !set);
    const first = clear[0];
    const last = clear[clear.length - 1];
    if (!first || !last) continue;
    // one read for all clear runs of a chunk: owned sectors between them are cheaper read than skipped
    const start = dataAt + first.from * SECTOR;
    const length = Math.min((last.from + last.count - first.from) * SECTOR, limit - start);
    if (length <= 0) break;
    const bytes = await image.source.read(start, length, signal);
    for (const run of clear) addNonZero(hidden, bytes, run.from - first.from, run.from, run.count);
  }
  return hidden;
}

/** Appends the sectors of `bytes` from sector `at` on that are not all zero, as block sectors from `sector` on. */
function addNonZero(out: Extent[], bytes: Uint8Array, at: number, sector: number, count: number): void {
  const aligned = bytes.byteOffset % 4 === 0;
  const words = aligned ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2) : null;
  for (let i = 0; i < count; i += 1) {
    const from = (at + i) * SECTOR;
    if (from >= bytes.length) return;
    if (isZeroSector(bytes, words, from)) continue;
    const last = out[out.length - 1];
    if (last && last.offset + last.length === sector + i) last.length += 1;
    else out.push({ offset: sector + i, length: 1 });
  }
}

function isZeroSector(bytes: Uint8Array, words: Uint32Array | null, from: number): boolean {
  const to = Math.min(from + SECTOR, bytes.length);
  if (words && to - from === SECTOR) {
    for (let i = from >> 2; i < to >> 2; i += 1) if (words[i] !== 0) return false;
    return true;
  }
  for (let i = from; i < to; i += 1) if (bytes[i] !== 0) return false;
  return true;
}

function coarse(reading: BlockReading): BlockReading {
  const first = reading.hidden[0];
  const last = reading.hidden[reading.hidden.length - 1];
  if (!first || !last) return reading;
  return { ...reading, hidden: [{ offset: first.offset, length: last.offset + last.length - first.offset }] };
}

function isNoteworthy({ owned, sectors, hidden, batmapFull, failure }: BlockReading): boolean {
  return failure !== null || hidden.length > 0 || owned === 0 || (batmapFull && owned !== sectors);
}

function deepFindings(image: VhdImage, readings: readonly BlockReading[]): Finding[] {
  const unreadable = readings.filter(({ failure }) => failure !== null);
  const allClear = readings.filter(({ owned }) => owned === 0);
  const dataUnderClear = readings.filter(({ owned, hidden }) => owned !== null && owned > 0 && hidden.length > 0);
  // a wiped bitmap is the fault then, and the batmap the witness
  const partialFull = readings.filter(
    ({ owned, sectors, batmapFull, hidden }) =>
      batmapFull && owned !== null && owned < sectors && !(owned === 0 && hidden.length > 0),
  );
  const sum = (code: Finding['code'], what: string, guest: (reading: BlockReading) => Extent[]) => {
    return (rest: BlockReading[]): Finding => {
      const lost = mergeExtents(rest.flatMap(guest), image.virtualSize ?? 0);
      const severity = allClearIsHarmless(code, lost) ? { severity: 'info' as const } : {};
      return makeFinding(code, 'decision', `${counted(rest.length, 'more block')} ${what}.`, {
        ...tableParts(image),
        lost,
        ...severity,
      });
    };
  };
  const hiddenOf = ({ block, hidden }: BlockReading): Extent[] => guestRanges(image, block, hidden);
  return [
    ...capped(
      unreadable,
      (reading) => unreadableFinding(image, reading),
      sum('bitmap.unreadable', 'could not be read', ({ block }) => [blockRange(image, block)]),
    ),
    ...capped(
      allClear.filter(({ hidden }) => hidden.length > 0),
      (reading) => allClearFinding(image, reading),
      sum('bitmap.all-clear', 'hold data that their bitmaps do not own', hiddenOf),
    ),
    ...capped(
      allClear.filter(({ hidden }) => hidden.length === 0),
      (reading) => allClearFinding(image, reading),
      sum('bitmap.all-clear', 'are allocated and hold nothing', () => []),
    ),
    ...capped(
      dataUnderClear,
      (reading) => dataUnderClearFinding(image, reading),
      sum('bitmap.data-under-clear', 'hold data in sectors that their bitmaps do not own', hiddenOf),
    ),
    ...capped(
      partialFull,
      (reading) => partialFullFinding(image, reading),
      sum('batmap.partial-full', 'are full by the batmap and not by their bitmaps', () => []),
    ),
  ];
}

function allClearIsHarmless(code: Finding['code'], lost: readonly Extent[]): boolean {
  return code === 'bitmap.all-clear' && lost.length === 0;
}

function guestRanges(image: VhdImage, block: number, sectors: readonly Extent[]): Extent[] {
  const { offset } = blockRange(image, block);
  return mergeExtents(
    sectors.map((run) => ({ offset: offset + run.offset * SECTOR, length: run.length * SECTOR })),
    image.virtualSize ?? 0,
  );
}

function blockAt(image: VhdImage, block: number): number {
  return (image.bat?.entries[block] ?? 0) * SECTOR;
}

function bitmapParts(image: VhdImage, block: number) {
  return {
    offset: blockAt(image, block),
    length: image.bitmapBytes,
    field: `bitmap of block ${block}`,
    structure: 'vhd.bitmap',
  };
}

function unreadableFinding(image: VhdImage, { block, failure }: BlockReading): Finding {
  const message = `Block ${block} at ${formatOffset(blockAt(image, block))} could not be read: ${failure ?? ''}`;
  return makeFinding('bitmap.unreadable', 'some-loss', message, {
    ...bitmapParts(image, block),
    lost: [blockRange(image, block)],
  });
}

function allClearFinding(image: VhdImage, { block, hidden, batmapFull }: BlockReading): Finding {
  const place = `The sector bitmap of block ${block} at ${formatOffset(blockAt(image, block))} is all clear`;
  if (hidden.length === 0) {
    return makeFinding(
      'bitmap.all-clear',
      'cosmetic',
      `${place}, and so is its data: the block takes room and holds nothing.`,
      {
        ...bitmapParts(image, block),
        severity: 'info',
      },
    );
  }
  const lost = guestRanges(image, block, hidden);
  const seen = image.kind === 'differencing' ? "the parent's data" : 'zeros';
  const message = `${place}, but ${formatBytes(totalLength(lost))} of data stand in the block: the guest sees ${seen} instead. ${batmapFull ? 'The batmap says that it was full: the bitmap has been wiped.' : 'The bitmap has been wiped, or the block was written without it.'}`;
  return makeFinding('bitmap.all-clear', 'decision', message, { ...bitmapParts(image, block), lost });
}

function dataUnderClearFinding(image: VhdImage, { block, hidden }: BlockReading): Finding {
  const lost = guestRanges(image, block, hidden);
  const first = hidden[0] ?? { offset: 0, length: 0 };
  const last = hidden[hidden.length - 1] ?? first;
  const dataAt = blockAt(image, block) + image.bitmapBytes;
  const count = totalLength(hidden);
  const sectors = hidden
    .slice(0, 4)
    .map((run) => (run.length === 1 ? String(run.offset) : `${run.offset} to ${run.offset + run.length - 1}`));
  const more = hidden.length > sectors.length ? ' and more' : '';
  const message = `Block ${block} holds data in ${counted(count, 'sector')} whose bitmap bits are clear (sectors ${sectors.join(', ')}${more} of the block). ${clearReads(image)}`;
  return makeFinding('bitmap.data-under-clear', 'decision', message, {
    offset: dataAt + first.offset * SECTOR,
    length: (last.offset + last.length - first.offset) * SECTOR,
    field: `bitmap of block ${block}`,
    structure: 'vhd.bitmap',
    lost,
  });
}

function clearReads({ kind }: VhdImage): string {
  return kind === 'differencing'
    ? 'The guest sees what the parent holds there. A bitmap that was damaged, or a write that was cut off, looks like this.'
    : 'Platter and vhd-util read them as zeros; QEMU, libvhdi and The Sleuth Kit read what is stored.';
}

function partialFullFinding(image: VhdImage, { block, owned, sectors }: BlockReading): Finding {
  const child = image.kind === 'differencing';
  const danger = child
    ? "vhd-util believes the batmap and, in a coalesce, overwrites the parent's sectors with what is left over in the block."
    : 'The bitmap decides; the batmap is wrong.';
  const message = `The batmap says that block ${block} is full, but its bitmap owns ${owned ?? 0} of ${counted(sectors, 'sector')}. ${danger}`;
  return makeFinding('batmap.partial-full', 'no-loss', message, {
    offset: (image.batmap?.map?.at ?? 0) + (block >> 3),
    length: 1,
    field: `block ${block}`,
    structure: batmapHeader.id,
    severity: child ? 'error' : 'warning',
    repairs: ['batmap-rebuild'],
  });
}
