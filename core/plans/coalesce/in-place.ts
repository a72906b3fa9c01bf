import type { Layer } from '../../chain/layer.ts';
import { refusal } from '../../errors.ts';
import { blockOffset } from '../../formats/vhd/bat.ts';
import { batmapChecksum } from '../../formats/vhd/batmap.ts';
import { bitmapHas, countSet, setBit } from '../../formats/vhd/bitmap.ts';
import { surveyImage } from '../../formats/vhd/checks/survey.ts';
import { FOOTER_LENGTH, SECTOR } from '../../formats/vhd/constants.ts';
import { batmapHeader } from '../../formats/vhd/layout.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import { type Signal, throwIfAborted } from '../../io/source.ts';
import { Draft } from '../draft.ts';
import type { Copy } from '../plan.ts';

/** What folding a child in place comes to. */
export interface CoalesceMoves {
  copies: Copy[];
  /** Metadata of the parent, in the order it has to be written: bitmaps, table, batmap, footer. */
  draft: Draft;
  bytes: number;
  newBlocks: number;
}

const WINDOW = 256 * 1024 * 1024;
const PAGE = 4096;

/** Runs of guest bytes the child itself holds. @throws refusal for what it should hold and does not. */
async function* ownRuns(
  child: Layer,
  signal?: Signal,
): AsyncGenerator<{ at: number; length: number; fileOffset: number }> {
  for (let from = 0; from < child.size; from += WINDOW) {
    throwIfAborted(signal);
    for (const run of await child.runs(from, Math.min(WINDOW, child.size - from), signal)) {
      if (run.state === 'lost') {
        throw refusal(
          'data-damaged',
          `${run.length} bytes at guest offset ${run.at} should be in ${child.path}, but are not in the file.`,
          { path: child.path },
        );
      }
      if (run.state === 'own' && run.fileOffset !== null)
        yield { at: run.at, length: run.length, fileOffset: run.fileOffset };
    }
  }
}

/** Folding into a raw disk or a fixed VHD: bytes go where they are on the disk. */
export async function movesToFlat(
  child: Layer,
  parentPath: string,
  parent: Draft,
  signal?: Signal,
): Promise<CoalesceMoves> {
  const copies: Copy[] = [];
  let bytes = 0;
  for await (const { at, length, fileOffset } of ownRuns(child, signal)) {
    copies.push({
      from: { file: child.path, offset: fileOffset },
      to: { file: parentPath, offset: at },
      bytes: length,
    });
    bytes += length;
  }
  return { copies, draft: parent, bytes, newBlocks: 0 };
}

/**
 * Folding into a dynamic or differencing parent. Data goes into the parent's blocks, or into new ones behind its data with
 * block data on 4 KiB; the steps that make it readable come after it. Until the last of them the child holds everything
 * itself, so its view is right at every moment.
 */
export async function movesToBlocks(
  child: Layer,
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
  const survey = surveyImage(parent);
  const copies: Copy[] = [];
  const touched = new Map<number, { at: number; bitmap: Uint8Array; fresh: boolean }>();
  let end = survey.dataEnd;
  let bytes = 0;

  const blockOf = async (block: number): Promise<{ at: number; bitmap: Uint8Array; fresh: boolean }> => {
    const known = touched.get(block);
    if (known) return known;
    const offset = blockOffset(bat, block);
    const at = offset ?? Math.ceil((end + bitmapBytes) / PAGE) * PAGE - bitmapBytes;
    if (offset === null) end = at + bitmapBytes + blockSize;
    const bitmap =
      offset === null ? new Uint8Array(bitmapBytes) : (await parent.source.read(offset, bitmapBytes, signal)).slice();
    const fresh = { at, bitmap, fresh: offset === null };
    touched.set(block, fresh);
    return fresh;
  };

  for await (const { at, length, fileOffset } of ownRuns(child, signal)) {
    for (let done = 0; done < length; ) {
      const block = Math.floor((at + done) / blockSize);
      const inBlock = at + done - block * blockSize;
      const part = Math.min(length - done, blockSize - inBlock);
      const target = await blockOf(block);
      copies.push({
        from: { file: child.path, offset: fileOffset + done },
        to: { file: parentPath, offset: target.at + bitmapBytes + inBlock },
        bytes: part,
      });
      for (let sector = inBlock / SECTOR; sector < (inBlock + part) / SECTOR; sector += 1)
        setBit(target.bitmap, sector, true);
      bytes += part;
      done += part;
    }
  }
  const newBlocks = [...touched.values()].filter(({ fresh }) => fresh).length;
  if (newBlocks > 0) await wipeOldFooter(draft, parent, [...touched.values()], blockSize);
  for (const [block, { at, bitmap }] of touched) {
    await draft.write(at, bitmap, { why: `Block ${block} holds the child's sectors now.`, structure: 'vhd.bitmap' });
  }
  for (const [block, { at, fresh }] of touched) {
    if (!fresh) continue;
    const entry = new Uint8Array(4);
    new DataView(entry.buffer).setUint32(0, at / SECTOR);
    await draft.write(bat.at + block * 4, entry, {
      why: `Block ${block} is new.`,
      field: 'entry',
      structure: 'vhd.bat',
    });
  }
  await writeBatmap(draft, parent, touched, blockSize);
  if (newBlocks > 0) {
    const at = Math.ceil(end / SECTOR) * SECTOR;
    await draft.write(at, footer.bytes, { why: 'The footer goes behind the new blocks.', structure: 'vhd.footer' });
    draft.truncate(at + FOOTER_LENGTH, { why: 'The image ends with its footer.' });
  }
  return { copies, draft, bytes, newBlocks };
}

/** The footer makes room for blocks: where none of the child's sectors comes to lie on it, its bytes would look like data. */
async function wipeOldFooter(
  draft: Draft,
  { footers, bitmapBytes }: VhdImage,
  touched: readonly { at: number; bitmap: Uint8Array; fresh: boolean }[],
  blockSize: number,
): Promise<void> {
  const old = footers.end;
  if (!old?.valid) return;
  for (let at = old.at; at < old.at + old.length; at += SECTOR) {
    const block = touched.find((one) => one.fresh && at >= one.at && at < one.at + bitmapBytes + blockSize);
    const sector = block ? (at - block.at - bitmapBytes) / SECTOR : -1;
    if (block && (sector < 0 || bitmapHas(block.bitmap, sector))) continue;
    const length = Math.min(SECTOR, old.at + old.length - at);
    await draft.write(at, new Uint8Array(length), { why: 'The footer stood here.', structure: 'vhd.footer' });
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
