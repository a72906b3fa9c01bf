import { footerCopyFromFooter, footerFromCopy, footerVote, realign, trimTrailing } from './footer-strategies.ts';
import type { Strategy } from './strategy.ts';

/**
 * Every rung, in the order it is tried: what later rungs need to know (a readable footer, a header) is repaired first.
 */
export const LADDER: readonly Strategy[] = [footerVote, trimTrailing, realign, footerFromCopy, footerCopyFromFooter];
