import type { ImageSummary } from '../../chain/summary.ts';
import type { Extent, Finding, RepairStrategy } from '../../findings/finding.ts';
import { type Survey, surveyImage } from '../../formats/vhd/checks/survey.ts';
import { SECTOR, UNALLOCATED } from '../../formats/vhd/constants.ts';
import type { VhdImage } from '../../formats/vhd/read.ts';
import type { Signal } from '../../io/source.ts';
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

/** Where the footer belongs, and what would stand in the way of putting it there. */
export interface Placement {
  /** First byte behind everything that is owned, on a sector boundary. */
  at: number;
  survey: Survey;
  /** Allocated blocks that reach past the end of the file, or start there: their bytes are not here. */
  cut: boolean;
}

/**
 * Proves where data ends from the BAT: a footer is never laid over a block, and never put where a missing tail would be
 * hidden behind a hole.
 */
export function placeFooter(image: VhdImage): Placement {
  const survey = surveyImage(image);
  const at = Math.ceil(survey.dataEnd / SECTOR) * SECTOR;
  const cut = survey.entries.some(
    (entry) => entry !== UNALLOCATED && entry * SECTOR + survey.blockLength > survey.limit,
  );
  return { at, survey, cut };
}
