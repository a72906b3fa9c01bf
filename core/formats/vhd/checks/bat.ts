import { mergeExtents, totalLength } from '../../../findings/extents.ts';
import type { Extent, Finding } from '../../../findings/finding.ts';
import { type FindingParts, makeFinding } from '../../../findings/make.ts';
import { formatBytes, formatCount, formatOffset } from '../../../structure/text.ts';
import { SECTOR, UNALLOCATED } from '../constants.ts';
import { dynamicHeader } from '../layout.ts';
import type { VhdImage } from '../read.ts';
import { blockRange, blockRanges, entryParts, tableParts, touchedRanges } from './blocks.ts';
import { capped, counted, fieldParts } from './context.ts';
import { overlaps, sharedBlocks, unownedGaps } from './overlap.ts';
import { sortedIndices } from './sort.ts';
import type { Claim, Survey } from './survey.ts';

/** Rules of the block allocation table and of the room the blocks take. */
export function checkBat(image: VhdImage, survey: Survey, bitmaps?: ReadonlyMap<number, Uint8Array>): Finding[] {
  const { bat, header } = image;
  if (!bat || !header?.usable || !survey.tableReads) return [];
  const sorted = sortEntries(survey);
  const order = sortedIndices(survey.entries, sorted.placed);
  const shared = sorted.cut.length > 0 ? sharedBlocks(survey, order) : null;
  const cutShort = isCutShort(image) && !survey.tablePromiseAbsurd;
  const findings = checkTable(image, survey, sorted.pastEnd);
  if (!cutShort) findings.push(...pastEndFindings(image, survey, sorted.pastEnd));
  const { wiped, rest } = wipedRuns(survey.entries, sorted.inMetadata);
  findings.push(...wiped.map((run) => wipedFinding(image, run)));
  findings.push(
    ...capped(
      rest,
      (block) => inMetadataFinding(image, survey, block),
      (blocks) => {
        const message = `${counted(blocks.length, 'more block')} start in the image's own structures.`;
        return makeFinding('bat.in-metadata', 'some-loss', message, {
          ...tableParts(image),
          lost: blockRanges(image, blocks),
          repairs: ['bat-drop-entry', 'bat-carve'],
        });
      },
    ),
  );
  findings.push(
    ...capped(
      // one that starts in another is lost as a whole already
      sorted.cut.filter((block) => shared?.[block] !== 1),
      (block) => cutFinding(image, survey, block, bitmaps?.get(block)),
      (blocks) => {
        const message = `${counted(blocks.length, 'more block')} run past the end of the data.`;
        return makeFinding('block.truncated', 'some-loss', message, {
          ...tableParts(image),
          lost: blockRanges(image, blocks),
        });
      },
    ),
  );
  findings.push(...overlaps(image, survey, order));
  findings.push(...beyondSize(image, sorted.placed));
  findings.push(...unownedGaps(image, survey, order));
  return findings;
}

/** The file ends within the table. Not all of a table that is there need have been read. */
function isCutShort({ bat, source }: VhdImage): boolean {
  return bat !== null && bat.at + bat.promised * 4 > source.size;
}

/** Whether the table is there and as long as the disk needs. */
function checkTable(image: VhdImage, survey: Survey, pastEnd: readonly number[]): Finding[] {
  const { bat, header, blocks, source } = image;
  if (!bat || !header) return [];
  if (survey.tablePromiseAbsurd) {
    const message = `The header promises ${formatCount(bat.promised)} BAT entries, ${formatBytes(bat.promised * 4)} of them; the disk needs ${formatCount(blocks)} and the file has no room for more.`;
    return [
      makeFinding('header.max-entries', 'no-loss', message, {
        ...fieldParts(dynamicHeader, header.at, 'maxTableEntries'),
        repairs: ['header-rebuild'],
      }),
    ];
  }
  if (!isCutShort(image)) return [];
  // as one stretch: a forged size makes billions of blocks
  const first = blockRange(image, bat.entries.length).offset;
  const end = blockRange(image, Math.max(bat.entries.length, Math.min(blocks, bat.promised))).offset;
  const lost = mergeExtents([...blockRanges(image, pastEnd), { offset: first, length: end - first }]);
  const message = `The file ends at ${formatOffset(source.size)}, within the block allocation table: ${formatCount(bat.entries.length)} of ${formatCount(bat.promised)} entries are there. Where the other blocks were is not known${pastEnd.length > 0 ? `, and ${counted(pastEnd.length, 'block')} of those that are known lie past the end` : ''}.`;
  return [
    makeFinding('bat.truncated', lost.length > 0 ? 'some-loss' : 'decision', message, {
      ...tableParts(image),
      lost,
      repairs: lost.length > 0 ? ['bat-carve'] : [],
    }),
  ];
}

interface SortedEntries {
  /** Blocks that start at or past the end of the file, or in its footer. */
  pastEnd: number[];
  inMetadata: number[];
  /** Blocks that start within the file and run past where they have to end. */
  cut: number[];
  /** Blocks that start where blocks may, cut ones too; ascending. */
  placed: Uint32Array;
}

function sortEntries({ entries, metadata, limit, blockLength }: Survey): SortedEntries {
  const out = { pastEnd: [] as number[], inMetadata: [] as number[], cut: [] as number[] };
  const placed = new Uint32Array(entries.length);
  let count = 0;
  const metadataEnd = metadata.reduce((end, { to }) => Math.max(end, to), 0);
  for (let block = 0; block < entries.length; block += 1) {
    const entry = entries[block] ?? UNALLOCATED;
    if (entry === UNALLOCATED) continue;
    const at = entry * SECTOR;
    if (at >= limit) out.pastEnd.push(block);
    else if (at < metadataEnd && claimHit(metadata, at, at + blockLength)) out.inMetadata.push(block);
    else {
      placed[count] = block;
      count += 1;
      if (at + blockLength > limit) out.cut.push(block);
    }
  }
  return { ...out, placed: placed.subarray(0, count) };
}

function claimHit(metadata: readonly Claim[], from: number, to: number): Claim | undefined {
  return metadata.find((claim) => from < claim.to && claim.from < to);
}

function inMetadataFinding(image: VhdImage, survey: Survey, block: number): Finding {
  const at = (survey.entries[block] ?? 0) * SECTOR;
  const hit = claimHit(survey.metadata, at, at + survey.blockLength);
  const verb = hit && at >= hit.from ? 'starts in' : 'runs into';
  const message = `Block ${block} is said to be at ${formatOffset(at)} and ${verb} ${hit?.what ?? 'the metadata'} (${formatOffset(hit?.from ?? 0)} to ${formatOffset(hit?.to ?? 0)}), so its data is not known.`;
  return makeFinding('bat.in-metadata', 'some-loss', message, {
    ...entryParts(image, block),
    ...lossGrade(blockRanges(image, [block])),
    repairs: ['bat-drop-entry', 'bat-carve'],
  });
}

/** So many zero entries in a row are no damaged entries but a table that has been wiped. */
const WIPED = 8;

/** Runs of zero entries, and the other blocks. `blocks` ascends. */
function wipedRuns(entries: Uint32Array, blocks: readonly number[]): { wiped: number[][]; rest: number[] } {
  const wiped: number[][] = [];
  const rest: number[] = [];
  for (let i = 0; i < blocks.length; ) {
    const from = i;
    const first = blocks[from] ?? 0;
    const isZero = entries[first] === 0;
    i += 1;
    while (isZero && blocks[i] === first + i - from && entries[blocks[i] ?? 0] === 0) i += 1;
    if (i - from >= WIPED) wiped.push(blocks.slice(from, i));
    else for (let at = from; at < i; at += 1) rest.push(blocks[at] ?? 0);
  }
  return { wiped, rest };
}

function wipedFinding(image: VhdImage, blocks: readonly number[]): Finding {
  const [first = 0] = blocks;
  const message = `${formatCount(blocks.length)} table entries from ${first} on are zero, which would place their blocks at the start of the file: this part of the table has been wiped, and where the blocks are is not known.`;
  return makeFinding('bat.in-metadata', 'some-loss', message, {
    ...entryParts(image, first),
    length: blocks.length * 4,
    ...lossGrade(blockRanges(image, blocks)),
    repairs: ['bat-carve', 'bat-drop-entry'],
  });
}

/** Blocks wholly past the end: one by one, or as one cut when the file's end is gone and more than one block with it. */
function pastEndFindings(image: VhdImage, survey: Survey, blocks: readonly number[]): Finding[] {
  const { source, footers } = image;
  if (blocks.length > 1 && !footers.end?.valid) {
    const lost = blockRanges(image, blocks);
    let reach = 0;
    for (const block of blocks) reach = Math.max(reach, (survey.entries[block] ?? 0) * SECTOR + survey.blockLength);
    const message = `The file ends at ${formatOffset(source.size)}, but by its table it should reach ${formatOffset(reach)}: ${counted(blocks.length, 'block')} lie wholly past the end (${formatBytes(totalLength(lost))} of the guest's data).`;
    return [
      makeFinding('image.truncated', 'some-loss', message, {
        offset: source.size,
        length: 0,
        lost,
        repairs: ['bat-drop-entry'],
      }),
    ];
  }
  return capped(
    blocks,
    (block) => pastEndFinding(image, survey, block),
    (rest) => {
      const message = `${counted(rest.length, 'more block')} start at or past the end of the file.`;
      return makeFinding('bat.past-eof', 'some-loss', message, {
        ...tableParts(image),
        lost: blockRanges(image, rest),
        repairs: ['bat-drop-entry', 'bat-carve'],
      });
    },
  );
}

function pastEndFinding(image: VhdImage, survey: Survey, block: number): Finding {
  const at = (survey.entries[block] ?? 0) * SECTOR;
  const lost = blockRanges(image, [block]);
  const parts: FindingParts = {
    ...entryParts(image, block),
    ...lossGrade(lost),
    repairs: ['bat-drop-entry', 'bat-carve'],
  };
  if (at < image.source.size) {
    const message = `Block ${block} is said to be at ${formatOffset(at)}, in the footer at ${formatOffset(survey.limit)}.`;
    return makeFinding('bat.over-footer', 'some-loss', message, parts);
  }
  const message = `Block ${block} is said to be at ${formatOffset(at)}, but the file ends at ${formatOffset(image.source.size)}: the block is not there.`;
  return makeFinding('bat.past-eof', 'some-loss', message, parts);
}

function cutFinding(image: VhdImage, survey: Survey, block: number, bitmap: Uint8Array | undefined): Finding {
  const { source, footers, kind } = image;
  const at = (survey.entries[block] ?? 0) * SECTOR;
  const end = at + survey.blockLength;
  const there = survey.limit - at;
  const lost = mergeExtents(touchedRanges(image, block, there, survey.blockLength, bitmap), image.virtualSize ?? 0);
  const loses =
    lost.length > 0
      ? `${formatBytes(totalLength(lost))} of the guest's data are gone`
      : bitmap
        ? 'its bitmap says that no sector of the missing part was in use'
        : 'the missing part lies past the end of the disk';
  const hasFooter = footers.end?.valid === true;
  const repairs: Finding['repairs'] =
    kind === 'differencing' ? [] : hasFooter ? ['bat-drop-entry'] : ['footer-from-copy', 'bat-drop-entry'];
  // a write to the missing part destroys the footer, or grows the file past it: only past the disk's end is that no danger
  const guest = touchedRanges(image, block, there, survey.blockLength, undefined).length > 0;
  const grade: FindingParts = { lost, repairs, severity: guest ? 'error' : 'warning' };
  const prognosis = lost.length > 0 ? 'some-loss' : 'no-loss';
  if (hasFooter && end <= source.size) {
    const message = `Block ${block} at ${formatOffset(at)} ends at ${formatOffset(end)} and so runs ${counted(end - survey.limit, 'byte')} into the footer at ${formatOffset(survey.limit)}; ${loses}.`;
    return makeFinding('bat.over-footer', prognosis, message, { ...entryParts(image, block), ...grade });
  }
  const what = hasFooter
    ? `the footer stands at ${formatOffset(survey.limit)}`
    : `the file ends at ${formatOffset(survey.limit)}`;
  const message = `Block ${block} takes ${formatOffset(at)} to ${formatOffset(end)}, but ${what}: ${counted(end - survey.limit, 'byte')} are missing, and ${loses}.`;
  return makeFinding('block.truncated', prognosis, message, { offset: at, length: there, ...grade });
}

/** Nothing lost: someone should look, but no data is in danger. */
function lossGrade(lost: Extent[]): FindingParts {
  return lost.length > 0 ? { lost } : { lost, severity: 'warning' };
}

/** Blocks that stand where blocks may, for a part of the disk that there is not. `placed` ascends. */
function beyondSize(image: VhdImage, placed: Uint32Array): Finding[] {
  const first = placed.findIndex((block) => block >= image.blocks);
  const block = placed[first];
  if (image.blocks === 0 || block === undefined) return [];
  const message = `${counted(placed.length - first, 'allocated block')} from block ${block} on lie past the disk's size of ${formatBytes(image.virtualSize ?? 0)}: what they hold is kept, and no guest sees it. A disk that was made smaller looks like this.`;
  return [makeFinding('bat.beyond-size', 'cosmetic', message, entryParts(image, block))];
}
