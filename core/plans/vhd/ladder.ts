import { footerCopyFromFooter, footerFromCopy, footerVote, realign, trimTrailing } from './footer-strategies.ts';
import { headerRebuild, headerRecompute } from './header-strategies.ts';
import { locatorRewrite, relinkParent } from './parent-strategies.ts';
import type { Strategy } from './strategy.ts';
import { footerFixedSynthesise, footerSynthesise, uuidNew } from './synthesise-strategies.ts';
import { batCarve, batDropEntry, batmapRebuild } from './table-strategies.ts';

/**
 * Every rung, in the order it is tried. A footer that reads comes first, then the header, then the table: each is needed
 * to prove where the next belongs. The end footer comes after the table, for where data ends is only known then.
 */
export const LADDER: readonly Strategy[] = [
  footerVote,
  headerRecompute,
  headerRebuild,
  batDropEntry,
  trimTrailing,
  realign,
  footerFromCopy,
  footerSynthesise,
  footerFixedSynthesise,
  footerCopyFromFooter,
  uuidNew,
  batmapRebuild,
  locatorRewrite,
  relinkParent,
  batCarve,
];
