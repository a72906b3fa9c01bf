import { mergeExtents } from '../../../findings/extents.ts';
import type { Extent, Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { SECTOR } from '../constants.ts';
import type { VhdImage } from '../read.ts';
import { blockRanges, entryParts, tableParts, touchedRanges } from './blocks.ts';
import { capped, counted, LISTED, listed } from './context.ts';
import type { Survey } from './survey.ts';

/**
 * Blocks that share bytes, in one sweep over the blocks in file order. A run of blocks of which each starts in the one
 * before is one finding: three in a row are one entry that points between two good ones.
 */
export function overlaps(image: VhdImage, survey: Survey, order: Uint32Array): Finding[] {
  const { entries, blockLength } = survey;
  // as places in `order`: there can be half a million
  const clusters: { from: number; to: number }[] = [];
  let reach = 0;
  let from = 0;
  for (let i = 0; i <= order.length; i += 1) {
    const at = i < order.length ? (entries[order[i] ?? 0] ?? 0) * SECTOR : Number.POSITIVE_INFINITY;
    if (at >= reach) {
      if (i - from > 1) clusters.push({ from, to: i });
      from = i;
    }
    reach = at + blockLength;
  }
  return capped(
    clusters,
    ({ from, to }) => overlapFinding(image, survey, order.subarray(from, to)),
    (rest) => {
      const blocks = new Uint32Array(rest.reduce((sum, { from, to }) => sum + to - from, 0));
      let count = 0;
      for (const { from, to } of rest) {
        blocks.set(order.subarray(from, to), count);
        count += to - from;
      }
      blocks.sort();
      const message = `${counted(blocks.length, 'more block')} share bytes of the file, in ${formatCount(rest.length)} places.`;
      const lost = blockRanges(image, blocks);
      return makeFinding('bat.overlap', 'decision', message, {
        ...tableParts(image),
        lost,
        repairs: ['bat-drop-entry'],
      });
    },
  );
}

/** Which blocks start in another, as 1 at their number. `order` is the blocks in file order. */
export function sharedBlocks({ entries, blockLength }: Survey, order: Uint32Array): Uint8Array {
  const out = new Uint8Array(entries.length);
  let reach = 0;
  for (const block of order) {
    const at = (entries[block] ?? 0) * SECTOR;
    if (at < reach) out[block] = 1;
    reach = at + blockLength;
  }
  return out;
}

function overlapFinding(image: VhdImage, survey: Survey, blocks: Uint32Array): Finding {
  const [first = 0, second = 0, third] = blocks;
  const placeOf = (block: number): number => (survey.entries[block] ?? 0) * SECTOR;
  const at = placeOf(second);
  const shared = placeOf(first) + survey.blockLength - at;
  let message: string;
  if (blocks.every((block) => placeOf(block) === at)) {
    message = `${named(blocks)} are ${blocks.length === 2 ? 'both' : 'all'} said to be at ${formatOffset(at)}: at most one of them has its own data there.`;
  } else if (third === undefined) {
    message = `Block ${second} at ${formatOffset(at)} starts in block ${first} (${formatOffset(placeOf(first))} to ${formatOffset(placeOf(first) + survey.blockLength)}): they share ${formatBytes(shared)}, and whichever was written last has overwritten the other.`;
  } else {
    message = `${named(blocks)} overlap, from ${formatOffset(placeOf(first))} on: each starts in the one before, and whichever was written last has overwritten the other.`;
    if (blocks.length === 3) message += ` Without block ${second} at ${formatOffset(at)} there would be no overlap.`;
  }
  const other = `Entry ${first} of the table stands at ${formatOffset((image.bat?.at ?? 0) + first * 4)}.`;
  return makeFinding('bat.overlap', 'decision', `${message} ${other}`, {
    ...entryParts(image, second),
    lost: lostTo(image, survey, blocks),
    repairs: ['bat-drop-entry'],
  });
}

/**
 * What neighbours that overlap can lose to each other. Whoever wrote last, a block that starts in another cannot trust its
 * bitmap, and the other not its sectors from there on.
 */
function lostTo(image: VhdImage, { entries, blockLength }: Survey, blocks: Uint32Array): Extent[] {
  const [first = 0, second = 0] = blocks;
  const distance = ((entries[second] ?? 0) - (entries[first] ?? 0)) * SECTOR;
  const later = blocks.slice(1).sort();
  return mergeExtents(
    [...touchedRanges(image, first, distance, blockLength, undefined), ...blockRanges(image, later)],
    image.virtualSize ?? 0,
  );
}

function named(blocks: Uint32Array): string {
  const few = [
    ...Array.from(blocks.subarray(0, 4), String),
    ...(blocks.length > 4 ? [`${formatCount(blocks.length - 4)} more`] : []),
  ];
  return `Blocks ${listed(few)}`;
}

/** Stretches that no structure owns and that are long enough to hold a block: what a crash between data and table leaves. */
export function unownedGaps({ footers }: VhdImage, survey: Survey, order: Uint32Array): Finding[] {
  const { entries, blockLength, metadata } = survey;
  // bytes behind a footer that is not the last thing in the file are a finding of their own
  const limit = footers.end?.valid ? survey.limit : (footers.elsewhere?.at ?? survey.limit);
  const gaps: Extent[] = [];
  let count = 0;
  let reach = 0;
  let claim = 0;
  const own = (from: number, to: number): void => {
    if (from - reach >= blockLength) {
      count += 1;
      if (gaps.length <= LISTED) gaps.push({ offset: reach, length: from - reach });
    }
    reach = Math.max(reach, to);
  };
  for (const block of order) {
    const at = (entries[block] ?? 0) * SECTOR;
    for (; claim < metadata.length && (metadata[claim]?.from ?? 0) <= at; claim += 1) {
      own(metadata[claim]?.from ?? 0, metadata[claim]?.to ?? 0);
    }
    own(at, at + blockLength);
  }
  for (; claim < metadata.length; claim += 1) own(metadata[claim]?.from ?? 0, metadata[claim]?.to ?? 0);
  own(limit, limit);
  const listed = gaps.slice(0, LISTED).map(({ offset, length }) => {
    const message = `${formatBytes(length)} from ${formatOffset(offset)} on belong to no structure: room for ${counted(Math.floor(length / blockLength), 'block')}. A block whose entry was not written any more, as after a crash, looks like this.`;
    return makeFinding('block.unreferenced', 'decision', message, { offset, length, repairs: ['bat-carve'] });
  });
  if (gaps.length > LISTED) {
    const message = `${formatCount(count - LISTED)} more stretches of a block's length or more belong to no structure.`;
    const first = gaps[LISTED];
    listed.push(
      makeFinding('block.unreferenced', 'decision', message, {
        offset: first?.offset ?? null,
        length: first?.length ?? null,
        repairs: ['bat-carve'],
      }),
    );
  }
  return listed;
}
