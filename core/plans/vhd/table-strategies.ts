import { mergeExtents } from '../../findings/extents.ts';
import type { Extent } from '../../findings/finding.ts';
import { BATMAP_V1_1, BATMAP_V1_2, batmapChecksum, batmapExpected } from '../../formats/vhd/batmap.ts';
import { countSet, setBit } from '../../formats/vhd/bitmap.ts';
import { type Survey, surveyImage } from '../../formats/vhd/checks/survey.ts';
import { BATMAP_COOKIE, FOOTER_LENGTH, SECTOR, UNALLOCATED } from '../../formats/vhd/constants.ts';
import { endStands } from '../../formats/vhd/footer.ts';
import { batmapHeader } from '../../formats/vhd/layout.ts';
import { readVhd, type VhdImage } from '../../formats/vhd/read.ts';
import { type ByteSource, throwIfAborted } from '../../io/source.ts';
import { formatOffset } from '../../structure/text.ts';
import { putEndFooter } from './footer-strategies.ts';
import { firstCut, headerDoubt, lostSectors, placeFooter, type RepairContext, type Strategy } from './strategy.ts';

export const batmapRebuild: Strategy = {
  id: 'batmap-rebuild',
  does: 'Writes the batmap anew from the sector bitmaps of every block.',
  keeps: 'No block, bitmap or table entry is touched; marker and key hash stay.',
  byDefault: true,
  async plan({ draft, image, findings, asked, signal }) {
    const { bat, header, footer } = image;
    if (!bat || !header?.usable || !footer) return { refused: 'The block allocation table cannot be read.' };
    const found = new Set(findings.map(({ code }) => code));
    if (!asked && found.has('image.truncated'))
      return { refused: 'The blocks are cut off: a new batmap would only say that they are not there.' };
    if (!asked && found.has('batmap.unallocated-full') && found.has('block.unreferenced')) {
      return {
        refused:
          'The batmap says that a block was full, and the file holds a block that no table entry points to: the table may have lost the entry, and the batmap is the only witness. bat-carve makes a draft of it.',
      };
    }
    if (batmapExpected(footer.value) === 'no') return { refused: 'Images of this creator have no batmap.' };
    const at = bat.at + bat.paddedLength;
    const sectors = Math.ceil(header.value.maxTableEntries / 8 / SECTOR);
    const mapAt = at + SECTOR;
    const first = firstBlock(bat.entries);
    if (first !== null && first < mapAt + sectors * SECTOR)
      return { refused: 'Blocks lie where the batmap would have to be.' };
    const map = new Uint8Array(sectors * SECTOR);
    const perBlock = header.value.blockSize / SECTOR;
    for (const [block, entry] of bat.entries.entries()) {
      if (entry === UNALLOCATED || block >= map.length * 8) continue;
      throwIfAborted(signal);
      const bitmap = await draft.read(entry * SECTOR, image.bitmapBytes, signal);
      if (bitmap.length === image.bitmapBytes && countSet(bitmap, perBlock) === perBlock) setBit(map, block, true);
    }
    const old = await draft.read(at, SECTOR);
    const known =
      old.length === SECTOR && image.batmap !== null && trustworthy(image.batmap.value.batmapOffset, BigInt(mapAt));
    const version = image.batmap?.value.batmapVersion === BATMAP_V1_1 ? BATMAP_V1_1 : BATMAP_V1_2;
    const values = {
      cookie: BATMAP_COOKIE,
      batmapOffset: BigInt(mapAt),
      batmapSize: sectors,
      batmapVersion: version,
      checksum: batmapChecksum(map, version),
    };
    await draft.write(mapAt, map, { why: 'One bit a block, as the sector bitmaps say.', structure: 'vhd.batmap-bits' });
    await draft.write(at, batmapHeader.serialise(values, known ? old : undefined), {
      why: 'Its checksum is over the new bits.',
      structure: batmapHeader.id,
    });
    return {
      confidence: 'certain',
      risks: known ? [] : ['Marker and key hash could not be read and are written as zero.'],
    };
  },
};

/** The rest of a damaged batmap header is kept when the offset in it is the one it must have. */
function trustworthy(stored: bigint, expected: bigint): boolean {
  return stored === expected;
}

function firstBlock(entries: Uint32Array): number | null {
  let first = UNALLOCATED;
  for (const entry of entries) if (entry < first) first = entry;
  return first === UNALLOCATED ? null : first * SECTOR;
}

export const batDropEntry: Strategy = {
  id: 'bat-drop-entry',
  does: 'Takes back table entries that point nowhere, and marks the sectors of a block that was cut short as not held.',
  keeps: 'Sectors whose bytes are in the file stay readable.',
  byDefault: true,
  async plan(context) {
    const { image, draft, asked } = context;
    const { bat, header } = image;
    if (!bat || !header?.usable) return { refused: 'The block allocation table cannot be read.' };
    const doubt = asked ? null : headerDoubt(context.findings);
    if (doubt !== null)
      return { refused: `Which entries are wrong cannot be told while ${doubt} stands: by it, good ones may look so.` };
    const survey = surveyImage(image);
    const edits = draft.edits.length;
    const lost: Extent[] = [];
    const risks: string[] = [];
    const { blockSize } = header.value;
    const shifted = asked ? null : shiftedBlock(image, survey);
    if (shifted !== null) {
      return {
        refused: `Block ${shifted} runs into the footer and would just fit in front of it: its entry may be wrong rather than the block cut. Ask for bat-drop-entry by name when it is cut.`,
      };
    }
    for (const [block, entry] of survey.entries.entries()) {
      if (entry === UNALLOCATED) continue;
      const at = entry * SECTOR;
      const data = at + image.bitmapBytes;
      const guest = block * blockSize;
      const nowhere =
        data > survey.limit || survey.metadata.some(({ from, to }) => at < to && at + survey.blockLength > from);
      const missing = nowhere
        ? [{ offset: guest, length: blockSize }]
        : await cutSectors(context, block, data, survey.limit);
      if (!nowhere && missing === null) continue;
      const unproved = mergeExtents(missing ?? [], image.virtualSize ?? Number.MAX_SAFE_INTEGER);
      const holder = await context.surroundings.childHolds(unproved);
      if (unproved.length > 0 && holder === null) {
        if (image.kind === 'differencing' && !asked) {
          return {
            refused: `Block ${block} of a child is not all in the file: giving it up would show the parent's older data there. Ask for bat-drop-entry by name when that is wanted.`,
          };
        }
        lost.push(...unproved);
      } else if (holder !== null) {
        risks.push(`${holder} holds every sector of block ${block} itself: nothing is lost.`);
      }
      if (nowhere) {
        await draft.write(bat.at + block * 4, new Uint8Array([255, 255, 255, 255]), {
          why: `The entry of block ${block} points to ${formatOffset(at)}, where no block can be.`,
          field: 'entry',
          structure: 'vhd.bat',
        });
      } else {
        await clearBits(context, block, at, data, survey.limit);
      }
    }
    if (image.kind === 'differencing' && lost.length > 0)
      risks.push('In these ranges the guest will see the parent’s older data.');
    await moveFooterOutOfBlock(context);
    if (draft.edits.length === edits) {
      return {
        refused:
          'Every entry points to a place where a block can be: which of those that clash is right cannot be told.',
      };
    }
    return { confidence: 'certain', lost, risks };
  },
};

/** A block that runs into a good footer although there is room for all of it between its neighbour and the footer. */
function shiftedBlock(image: VhdImage, { entries, metadata, blockLength, limit }: Survey): number | null {
  if (!endStands(image.footers)) return null;
  const block = entries.findIndex((entry) => {
    const at = entry * SECTOR;
    return entry !== UNALLOCATED && at + image.bitmapBytes <= limit && at + blockLength > limit;
  });
  if (block < 0) return null;
  const at = (entries[block] ?? 0) * SECTOR;
  let before = metadata.reduce((end, { to }) => Math.max(end, to), 0);
  for (const entry of entries) if (entry * SECTOR < at) before = Math.max(before, entry * SECTOR + blockLength);
  const data = before + image.bitmapBytes;
  // where this block's data is on a page, so would it be in its right place
  const aligned = (at + image.bitmapBytes) % PAGE === 0 ? Math.ceil(data / PAGE) * PAGE : data;
  return aligned - image.bitmapBytes + blockLength <= limit ? block : null;
}

/** Sectors a block owns whose bytes lie past `limit`; null when the block is whole. */
async function cutSectors(
  { image, draft }: RepairContext,
  block: number,
  data: number,
  limit: number,
): Promise<Extent[] | null> {
  const blockSize = image.header?.value.blockSize ?? 0;
  if (data + blockSize <= limit) return null;
  const bitmap = await draft.read(data - image.bitmapBytes, image.bitmapBytes);
  return lostSectors(bitmap, data, limit, blockSize).map((sector) => ({
    offset: block * blockSize + sector * SECTOR,
    length: SECTOR,
  }));
}

/** A good footer that stands inside a block whose cut part is in use by nobody goes behind the block. */
async function moveFooterOutOfBlock(context: RepairContext): Promise<void> {
  const { end } = context.image.footers;
  if (!end?.valid || end.length !== FOOTER_LENGTH) return;
  // entries were taken back and bits cleared in the draft: whether anything is lost is asked again
  const image = await readVhd(context.draft, context.signal);
  const findings = context.findings.filter(({ code }) => code !== 'bat.over-footer');
  const now = { ...context, image, findings };
  const place = await placeFooter(now);
  if ('at' in place && place.at > end.at) {
    await putEndFooter(now, place.at, end, `The block before it ends at ${formatOffset(place.at)}.`);
  }
}

async function clearBits(
  { image, draft }: RepairContext,
  block: number,
  at: number,
  data: number,
  limit: number,
): Promise<void> {
  const blockSize = image.header?.value.blockSize ?? 0;
  const bitmap = (await draft.read(at, image.bitmapBytes)).slice();
  for (let sector = firstCut(data, limit); sector < blockSize / SECTOR; sector += 1) setBit(bitmap, sector, false);
  await draft.write(at, bitmap, {
    why: `Sectors of block ${block} from ${formatOffset(limit)} on are not in the file.`,
    field: 'bits',
    structure: 'vhd.bitmap',
  });
}

export const batCarve: Strategy = {
  id: 'bat-carve',
  does: 'Gives blocks that no entry points to the free entries of the table, in the order they lie in the file: a guess to look at.',
  keeps: 'Entries that are there stay; no block is touched.',
  byDefault: false,
  async plan({ image, draft }) {
    const { bat, header } = image;
    if (!bat || !header?.usable) return { refused: 'Without a dynamic header the length of a block is not known.' };
    const survey = surveyImage(image);
    const orphans = await findOrphans(draft, survey);
    if (orphans.length === 0) return { refused: 'No block without an entry was found.' };
    let next = 0;
    for (const orphan of orphans) {
      while (next < image.blocks && survey.entries[next] !== UNALLOCATED) next += 1;
      if (next >= image.blocks) break;
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, orphan);
      await draft.write(bat.at + next * 4, bytes, {
        why: `A block lies at ${formatOffset(orphan * SECTOR)} and no entry points to it.`,
        field: 'entry',
        structure: 'vhd.bat',
      });
      next += 1;
    }
    return {
      confidence: 'guess',
      lossy: true,
      draftOnly: true,
      risks: ['Which block of the disk each one is cannot be told from the file: the order is a guess.'],
    };
  },
};

const PAGE = 4096;
const SCAN = 1024 * 1024;

/** Sectors where blocks seem to start in the stretches nobody owns: a block begins with its bitmap, which is not zero. */
async function findOrphans(source: ByteSource, { entries, metadata, blockLength, limit }: Survey): Promise<number[]> {
  const owned = [...entries.filter((entry) => entry !== UNALLOCATED).sort()].map((entry) => entry * SECTOR);
  const orphans: number[] = [];
  let at = Math.ceil(metadata.reduce((end, { to }) => Math.max(end, to), 0) / SECTOR) * SECTOR;
  for (const next of [...owned, limit]) {
    while (at + blockLength <= next) {
      const start = await firstUsedSector(source, at, next - blockLength + SECTOR);
      if (start === null) break;
      orphans.push(start / SECTOR);
      at = start + blockLength;
    }
    at = Math.max(at, next + blockLength);
  }
  return orphans;
}

async function firstUsedSector(source: ByteSource, from: number, to: number): Promise<number | null> {
  for (let at = from; at < to; at += SCAN) {
    const bytes = await source.read(at, Math.min(SCAN, to - at));
    const used = bytes.findIndex((byte) => byte !== 0);
    if (used >= 0) return at + Math.floor(used / SECTOR) * SECTOR;
  }
  return null;
}
