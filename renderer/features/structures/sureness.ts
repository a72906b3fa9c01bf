import type { Confidence } from '../../../core/structure/structure.ts';

/** What each degree of confidence in an unpublished format's field rests on. */
export const SURENESS: Record<Confidence, string> = {
  proven: 'Proven: real volumes and two independent readers agree on it.',
  seen: 'Seen: volumes of one kind, or one reader, show it.',
  reported: 'Reported: one reader or document says so.',
  inferred: 'Inferred: our own reading of the bytes.',
};
