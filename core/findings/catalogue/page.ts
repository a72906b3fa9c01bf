import type { FindingCode } from '../codes.ts';
import type { Severity } from '../finding.ts';

/** What the help says of one finding code. Plain text, a few sentences each. */
export interface CataloguePage {
  /** As a heading: "The footer is missing". */
  title: string;
  /** The severity a finding has unless its circumstances say otherwise. */
  severity: Severity;
  /** What it means for the image and the guest's data. */
  means: string;
  /** How it comes about. */
  causes: string;
  /** What to do. */
  action: string;
}

/** The pages of all codes that begin with one of the given words, as `image`. */
export type PagesOf<Family extends string> = Record<Extract<FindingCode, `${Family}.${string}`>, CataloguePage>;
