import type { GuestDisk } from '../../chain/guest.ts';
import { guestRuns } from '../../chain/stream.ts';
import { refusal } from '../../errors.ts';
import { blockOffset } from '../../formats/vhd/bat.ts';
import { batmapChecksum } from '../../formats/vhd/batmap.ts';
import { bitmapHas, countSet, setBit } from '../../formats/vhd/bitmap.ts';
import { surveyImage } from '../../formats/vhd/checks/survey.ts';
import { FOOTER_LENGTH, SECTOR } from '../../formats/vhd/constants.ts';
import { batmapHeader } from '../../formats/vhd/layout.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import type { Signal } from '../../io/source.ts';
import { Draft } from '../draft.ts';
import type { Copy } from '../plan.ts';
import { growParent } from './grow.ts';

/** What folding in place comes to. */
export interface CoalesceMoves {
  copies: Copy[];
  /** Metadata of the parent, in the order it has to be written. */
  draft: Draft;
  /** How many of the draft's edits come before the first copy: a larger disk, and the footer where it will end. */
  first: number;
  bytes: number;
  newBlocks: number;
  /** Bytes of the parent behind its data, which new blocks are laid over; null when there are none of either. */
  covers: { offset: number; length: number } | null;
}

const PAGE = 4096;
/** Bytes of a table written at once: whole sectors, so that no entry is ever half written. */
const TABLE_PART = 64 * 1024;
/** Bytes behind a parent's data that are looked at for remains; more than that is for a repair. */
const REMAINS = 64 * 1024 * 1024;

/**
 * Runs of guest bytes that the images above the parent hold.
 * @param below bytes of the parent's disk: behind them it will read as zeros by itself
 * @throws refusal for what they should hold and do not.
 */
async function* ownRuns(
  upper: GuestDisk,
  below: number,
  signal?: Signal,
): AsyncGenerator<{ at: number; length: number; file: string; fileOffset: number }> {
  for await (const run of guestRuns(upper, 0, upper.size, signal)) {
    if (run.state === 'lost') upper.assertReadable(run);
    if (run.state === 'zero' && run.at < below) {
      throw refusal(
        'unsupported',
        `${run.length} bytes at guest offset ${run.at} are behind the end of an image in between: they read as zeros, whatever is below.`,
        { hint: 'Write a new file with --output.' },
      );
    }
    const layer = run.owner === null ? undefined : upper.layers[run.owner];
    if (run.state === 'data' && layer && run.fileOffset !== null)
      yield { at: run.at, length: run.length, file: layer.path, fileOffset: run.fileOffset };
  }
}

/**
 * Folding into a raw disk or a fixed VHD: bytes go where they are on the disk. A raw disk that is shorter grows.
 * @param upper what is folded: the images above the parent, as one disk with holes
 */
export async function movesToFlat(
  upper: GuestDisk,
  parentPath: string,
  parent: { draft: Draft; raw: boolean; size: number },
  signal?: Signal,
): Promise<CoalesceMoves> {
  const copies: Copy[] = [];
  const { draft, raw, size } = parent;
  let bytes = 0;
  for await (const { at, length, file, fileOffset } of ownRuns(upper, size, signal)) {
    copies.push({ from: { file, offset: fileOffset }, to: { file: parentPath, offset: at }, bytes: length });
    bytes += length;
  }
  const last = copies[copies.length - 1];
  const end = last ? last.to.offset + last.bytes : 0;
  if (raw && upper.size > Math.max(draft.size, end))
    await draft.write(upper.size - SECTOR, new Uint8Array(SECTOR), { why: 'The disk is as large as its child now.' });
  else if (raw && end > draft.size) draft.size = end;
  return { copies, draft, first: draft.edits.length, bytes, newBlocks: 0, covers: null };
}

/** A block of the parent that takes sectors. */
interface Target {
  /** File offset of its bitmap. */
  at: number;
  bitmap: Uint8Array;
  fresh: boolean;
}

/**
 * Folding into a dynamic or differencing parent. First of all its footer is written where the file will end, so that it is
 * never without one; then data goes into the parent's blocks, or into new ones behind its data with block data on 4 KiB; the
 * steps that make it readable come after it. The child keeps everything itself, so its view is right at every moment.
 */
export async function movesToBlocks(
  upper: GuestDisk,
  parentPath: string,
  parent: VhdImage,
  signal?: Signal,
): Promise<CoalesceMoves> {
  const { header, bat, footer, bitmapBytes } = parent;
  if (!header?.usable || !bat || !footer)
    throw refusal('data-damaged', `${parentPath} cannot be written to: its header or table is damaged.`, {
      path: parentPath,
    });
  const { blockSize } = header.value;
  const draft = new Draft(parent.source);
  const dataEnd = surveyImage(parent).dataEnd;
  const copies: Copy[] = [];
  const touched = new Map<number, Target>();
  let end = dataEnd;
  let bytes = 0;

  const targetOf = async (block: number): Promise<Target> => {
    const known = touched.get(block);
    if (known) return known;
    const offset = blockOffset(bat, block);
    const at = offset ?? Math.ceil((end + bitmapBytes) / PAGE) * PAGE - bitmapBytes;
    if (offset === null) end = at + bitmapBytes + blockSize;
    const bitmap =
      offset === null ? new Uint8Array(bitmapBytes) : (await parent.source.read(offset, bitmapBytes, signal)).slice();
    const target = { at, bitmap, fresh: offset === null };
    touched.set(block, target);
    return target;
  };

  for await (const { at, length, file, fileOffset } of ownRuns(upper, parent.virtualSize ?? 0, signal)) {
    for (let done = 0; done < length; ) {
      const block = Math.floor((at + done) / blockSize);
      const inBlock = at + done - block * blockSize;
      const part = Math.min(length - done, blockSize - inBlock);
      const target = await targetOf(block);
      copies.push({
        from: { file, offset: fileOffset + done },
        to: { file: parentPath, offset: target.at + bitmapBytes + inBlock },
        bytes: part,
      });
      for (let sector = inBlock / SECTOR; sector < (inBlock + part) / SECTOR; sector += 1)
        setBit(target.bitmap, sector, true);
      bytes += part;
      done += part;
    }
  }
  const fresh = [...touched.values()].filter((target) => target.fresh);
  const larger = upper.size > (parent.virtualSize ?? 0);
  const footerAt = fresh.length > 0 ? Math.ceil(end / SECTOR) * SECTOR : (parent.footers.end?.at ?? dataEnd);
  if (larger) await growParent(draft, parent, upper.size, footerAt);
  else if (fresh.length > 0)
    await draft.write(footerAt, footer.bytes, {
      why: 'The footer goes behind the new blocks before they take its place.',
      structure: 'vhd.footer',
    });
  const first = draft.edits.length;

  await wipeRemains(draft, parent, fresh, { from: dataEnd, blockSize }, signal);
  for (const [block, { at, bitmap }] of touched)
    await draft.write(at, bitmap, { why: `Block ${block} holds the child's sectors now.`, structure: 'vhd.bitmap' });
  await writeTable(draft, bat.at, touched);
  await writeBatmap(draft, parent, touched, blockSize);
  if (fresh.length > 0) draft.truncate(footerAt + FOOTER_LENGTH, { why: 'The image ends with its footer.' });
  const behind = parent.source.size - dataEnd;
  const covers = fresh.length > 0 && behind > 0 ? { offset: dataEnd, length: behind } : null;
  return { copies, draft, first, bytes, newBlocks: fresh.length, covers };
}

/**
 * New blocks are laid over what stood behind the data: the old footer, and what no structure owned. Where none of the
 * child's sectors comes to lie, its bytes would look like data under a clear bit.
 */
async function wipeRemains(
  draft: Draft,
  parent: VhdImage,
  fresh: readonly Target[],
  { from, blockSize }: { from: number; blockSize: number },
  signal?: Signal,
): Promise<void> {
  const { source, bitmapBytes } = parent;
  if (fresh.length === 0) return;
  if (source.size - from > REMAINS) {
    throw refusal('data-damaged', `${source.size - from} bytes behind the parent's data belong to nothing.`, {
      hint: 'Run platter check on the parent, and platter repair --strategy trim-trailing.',
    });
  }
  const why = 'What stood here is not the new block’s: the footer, or nobody’s.';
  for (const { at, bitmap } of fresh) {
    const data = at + bitmapBytes;
    const end = Math.min(source.size, data + blockSize);
    const old = at < source.size ? await source.read(at, end - at, signal) : new Uint8Array();
    for (let place = at; place < end; place += SECTOR) {
      const sector = Math.floor((place - data) / SECTOR);
      const piece = old.subarray(place - at, place - at + SECTOR);
      const kept = sector < 0 || bitmapHas(bitmap, sector);
      if (kept || piece.every((byte) => byte === 0)) continue;
      await draft.write(place, new Uint8Array(piece.length), { why, structure: 'vhd.remains' });
    }
  }
}

/** The table's new entries, in whole sectors: a power cut leaves an entry as it was or as it will be. */
async function writeTable(draft: Draft, tableAt: number, touched: ReadonlyMap<number, Target>): Promise<void> {
  const parts = new Map<number, [number, Target][]>();
  for (const [block, target] of touched) {
    if (!target.fresh) continue;
    const part = Math.floor((block * 4) / TABLE_PART);
    const list = parts.get(part);
    if (list) list.push([block, target]);
    else parts.set(part, [[block, target]]);
  }
  for (const [part, list] of [...parts].sort(([a], [b]) => a - b)) {
    const numbers = list.map(([block]) => block * 4 - part * TABLE_PART);
    const from = Math.floor(Math.min(...numbers) / SECTOR) * SECTOR;
    const to = Math.ceil((Math.max(...numbers) + 4) / SECTOR) * SECTOR;
    const bytes = (await draft.read(tableAt + part * TABLE_PART + from, to - from)).slice();
    const view = new DataView(bytes.buffer);
    for (const [block, { at }] of list) view.setUint32(block * 4 - part * TABLE_PART - from, at / SECTOR);
    const what = list.length === 1 ? `Block ${list[0]?.[0] ?? 0} is new.` : `${list.length} blocks are new.`;
    await draft.write(tableAt + part * TABLE_PART + from, bytes, { why: what, field: 'entry', structure: 'vhd.bat' });
  }
}

async function writeBatmap(
  draft: Draft,
  parent: VhdImage,
  touched: ReadonlyMap<number, { bitmap: Uint8Array }>,
  blockSize: number,
): Promise<void> {
  const { batmap } = parent;
  if (!batmap?.cookieOk || !batmap.map) return;
  const map = batmap.map.bytes.slice();
  const sectors = blockSize / SECTOR;
  for (const [block, { bitmap }] of touched) {
    const full = countSet(bitmap, sectors) === sectors;
    if (block < map.length * 8 && bitmapHas(map, block) !== full) setBit(map, block, full);
  }
  await draft.write(batmap.map.at, map, { why: 'Blocks that are full now.', structure: 'vhd.batmap-bits' });
  const sealed = batmapHeader.serialise({ checksum: batmapChecksum(map, batmap.value.batmapVersion) }, batmap.bytes);
  await draft.write(batmap.at, sealed, {
    why: 'Its checksum is over the new bits.',
    field: 'checksum',
    structure: batmapHeader.id,
  });
}
