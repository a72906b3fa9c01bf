import type { ImageSummary } from '../../chain/summary.ts';
import type { Extent, Finding, RepairStrategy } from '../../findings/finding.ts';
import { bitmapHas } from '../../formats/vhd/bitmap.ts';
import { surveyImage } from '../../formats/vhd/checks/survey.ts';
import { SECTOR, UNALLOCATED } from '../../formats/vhd/constants.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import type { Signal } from '../../io/source.ts';
import { formatOffset } from '../../structure/text.ts';
import type { Draft } from '../draft.ts';
import type { Confidence } from '../plan.ts';

/** What stands around the image and can witness for it; all of it read beforehand. */
export interface Surroundings {
  /** Images that name this one as their parent, by id or by name. */
  children: readonly ImageSummary[];
  /** The file taken for its parent: found by name or by id; null when it has none or none was found. */
  parent: {
    summary: ImageSummary;
    verdict: 'ok' | 'moved' | 'id-mismatch';
    relativePath: string;
    absolutePath: string;
  } | null;
  /**
   * Name of a child of this image that holds every sector of the ranges itself, so that this image's own content there is
   * never read through it; null when none does.
   */
  childHolds(ranges: readonly Extent[]): Promise<string | null>;
  /** Milliseconds since 1970. */
  now: number;
  /** A fresh random id, in case one is needed. */
  newId: string;
}

/** What a strategy works on: the file as the strategies before it would leave it. */
export interface RepairContext {
  path: string;
  draft: Draft;
  image: VhdImage;
  findings: readonly Finding[];
  surroundings: Surroundings;
  /** The strategy was asked for by name. */
  asked: boolean;
  signal?: Signal | undefined;
}

export interface StrategyResult {
  confidence: Confidence;
  /** What the guest loses by it, in guest offsets. */
  lost?: Extent[];
  /** Loses, or may lose, something that is no known range. */
  lossy?: boolean;
  risks?: string[];
  /** Never written over evidence: only to a new file. */
  draftOnly?: boolean;
}

/** One rung of the ladder. Its edits go into the draft; it answers null with a reason when it does not apply. */
export interface Strategy {
  id: RepairStrategy;
  /** What it does, in one sentence. */
  does: string;
  /** What it never touches, in one sentence. */
  keeps: string;
  /** Taken without being asked for, when it applies. */
  byDefault: boolean;
  plan: (context: RepairContext) => Promise<StrategyResult | { refused: string }>;
}

/** Where the footer belongs; or why that cannot be proved. */
export type Placement = { at: number } | { refused: string };

const UNCERTAIN: readonly Finding['code'][] = ['bat.over-footer', 'bat.overlap', 'bat.in-metadata', 'bat.truncated'];
/** With one of these the header may promise too few entries, or the table is read in the wrong place or units. */
const HEADER_DOUBTS: readonly Finding['code'][] = [
  'header.table-offset',
  'header.max-entries',
  'header.block-size',
  'header.size-exceeds-table',
];

/** What is wrong with the header and not put right yet, although its checksum holds; null when blocks can be found by it. */
export function headerDoubt(findings: readonly Finding[]): Finding['code'] | null {
  const doubt = findings.find(({ code, severity }) => severity !== 'info' && HEADER_DOUBTS.includes(code));
  return doubt?.code ?? null;
}

/**
 * Proves from the BAT where data ends: a footer is never laid over a block, and never put where it would hide a missing
 * tail that was in use behind a hole.
 */
export async function placeFooter({ image, draft, findings }: RepairContext): Promise<Placement> {
  if (!image.header?.usable || !image.bat) {
    return {
      refused: 'Where data ends cannot be proved: the dynamic header or the block allocation table cannot be read.',
    };
  }
  const doubt = findings.find(({ code }) => UNCERTAIN.includes(code))?.code ?? headerDoubt(findings);
  if (doubt) return { refused: `Where data ends cannot be proved while ${doubt} stands.` };
  const survey = surveyImage(image);
  for (const [block, entry] of survey.entries.entries()) {
    const at = entry * SECTOR;
    if (entry === UNALLOCATED || at + survey.blockLength <= survey.limit) continue;
    const data = at + image.bitmapBytes;
    const bitmap = data > survey.limit ? null : await draft.read(at, image.bitmapBytes);
    if (!bitmap || lostSectors(bitmap, data, survey.limit, image.header.value.blockSize).length > 0) {
      return {
        refused: `Block ${block} reaches past the end of the file: a footer put behind it would hide the missing part behind a hole.`,
      };
    }
  }
  const at = Math.ceil(Math.max(survey.dataEnd, batmapRoom(image)) / SECTOR) * SECTOR;
  // a crash leaves one such block at most; where more stands, entries were lost, and cutting would take their blocks
  const behind = findings.find(
    ({ code, severity, offset, length }) =>
      code === 'block.unreferenced' && severity !== 'info' && (offset ?? 0) + (length ?? 0) > at,
  );
  if (behind) {
    return {
      refused: `Behind ${formatOffset(at)}, where data ends by the table, stand blocks that it does not name: entries were lost, and a footer there would cut them off.`,
    };
  }
  return { at };
}

/** Where a batmap ends that has to be there and is damaged: its place is not the footer's. */
function batmapRoom({ bat, batmap, header }: VhdImage): number {
  if (!bat || !header || !batmap?.expected || batmap.cookieOk) return 0;
  return batmap.at + SECTOR + Math.ceil(header.value.maxTableEntries / 8 / SECTOR) * SECTOR;
}

/** Sectors of a block, by its bitmap, whose bytes are not all before `limit`. */
export function lostSectors(bitmap: Uint8Array, data: number, limit: number, blockSize: number): number[] {
  const out: number[] = [];
  for (let sector = firstCut(data, limit); sector < blockSize / SECTOR; sector += 1)
    if (bitmapHas(bitmap, sector)) out.push(sector);
  return out;
}

/** First sector of a block that is not whole in the file. */
export function firstCut(data: number, limit: number): number {
  return Math.max(0, Math.floor((limit - data) / SECTOR));
}
