import { mergeExtents } from '../../../findings/extents.ts';
import type { Extent, Finding } from '../../../findings/finding.ts';
import { makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { SECTOR } from '../constants.ts';
import type { VhdImage } from '../read.ts';
import { blockRange, blockRanges, entryParts, tableParts, touchedRanges } from './blocks.ts';
import { counted, LISTED } from './context.ts';
import type { Survey } from './survey.ts';

/**
 * Blocks that share bytes, in one sweep over the blocks in file order: each is compared with the one that reaches
 * furthest before it, so one finding names each block that starts in another.
 */
export function overlaps(image: VhdImage, survey: Survey, order: Uint32Array): Finding[] {
  const { entries, blockLength } = survey;
  const findings: Finding[] = [];
  const rest = new Set<number>();
  let before = -1;
  let pairs = 0;
  for (const block of order) {
    const at = (entries[block] ?? 0) * SECTOR;
    const beforeAt = before < 0 ? 0 : (entries[before] ?? 0) * SECTOR;
    if (before >= 0 && at < beforeAt + blockLength) {
      pairs += 1;
      if (pairs <= LISTED) findings.push(overlapFinding(image, survey, before, block));
      else rest.add(before).add(block);
    }
    before = block; // all blocks are of one length, so the last one reaches furthest
  }
  if (pairs > LISTED) {
    const lost = blockRanges(
      image,
      [...rest].sort((a, b) => a - b),
    );
    const message = `${formatCount(pairs - LISTED)} more pairs of blocks share bytes of the file.`;
    findings.push(
      makeFinding('bat.overlap', 'decision', message, { ...tableParts(image), lost, repairs: ['bat-drop-entry'] }),
    );
  }
  return findings;
}

/** Blocks that start in another. `order` is the blocks in file order. */
export function sharedBlocks({ entries, blockLength }: Survey, order: Uint32Array): Set<number> {
  const out = new Set<number>();
  let reach = 0;
  for (const block of order) {
    const at = (entries[block] ?? 0) * SECTOR;
    if (at < reach) out.add(block);
    reach = at + blockLength;
  }
  return out;
}

function overlapFinding(image: VhdImage, { entries, blockLength }: Survey, first: number, second: number): Finding {
  const firstAt = (entries[first] ?? 0) * SECTOR;
  const at = (entries[second] ?? 0) * SECTOR;
  const shared = firstAt + blockLength - at;
  // whoever wrote last, the second block's bitmap cannot be trusted, nor the first one's sectors from there on
  const lost: Extent[] = mergeExtents(
    [blockRange(image, second), ...touchedRanges(image, first, at - firstAt, blockLength, undefined)],
    image.virtualSize ?? 0,
  );
  const message =
    shared === blockLength
      ? `Blocks ${first} and ${second} are both said to be at ${formatOffset(at)}: at most one of them has its own data there.`
      : `Block ${second} at ${formatOffset(at)} starts in block ${first} (${formatOffset(firstAt)} to ${formatOffset(firstAt + blockLength)}): they share ${formatBytes(shared)}, and whichever was written last has overwritten the other.`;
  const other = `Entry ${first} of the table stands at ${formatOffset((image.bat?.at ?? 0) + first * 4)}.`;
  return makeFinding('bat.overlap', 'decision', `${message} ${other}`, {
    ...entryParts(image, second),
    lost,
    repairs: ['bat-drop-entry'],
  });
}

/** Stretches that no structure owns and that are long enough to hold a block: what a crash between data and table leaves. */
export function unownedGaps({ entries, blockLength, metadata, limit }: Survey, order: Uint32Array): Finding[] {
  const gaps: Extent[] = [];
  let reach = 0;
  let claim = 0;
  const own = (from: number, to: number): void => {
    if (from - reach >= blockLength) gaps.push({ offset: reach, length: from - reach });
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
    const more = gaps.slice(LISTED);
    const message = `${formatCount(more.length)} more stretches of a block's length or more belong to no structure.`;
    const first = more[0];
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
