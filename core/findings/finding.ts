import type { FindingCode } from './codes.ts';

export type Severity = 'error' | 'warning' | 'info';

/** What the fault means for the guest's data. */
export type Prognosis =
  /** It can be put right and nothing of the guest's data is lost. */
  | 'no-loss'
  /** Some of the guest's data is lost; `lost` says which. */
  | 'some-loss'
  /** It cannot be brought back from what is here. */
  | 'lost'
  /** A person has to decide. */
  | 'decision'
  /** It matters to no reader. */
  | 'cosmetic';

/** A run of bytes. */
export interface Extent {
  offset: number;
  length: number;
}

/** Something that is wrong, or unusual, in an image's data. Returned, never thrown. */
export interface Finding {
  code: FindingCode;
  severity: Severity;
  /** One or two plain sentences with the facts: offsets, values, what follows. */
  message: string;
  /** File offset of the bytes it is about; of bytes that are missing, where they belong. Null when it is about none. */
  offset: number | null;
  /** 0 where bytes are missing at the end of the file. */
  length: number | null;
  /** Name of the field in its structure, as `checksum`; null when it is about no field. */
  field: string | null;
  /** Structure the field belongs to, as `vhd.footer`; null likewise. */
  structure: string | null;
  prognosis: Prognosis;
  /** What the guest loses, in guest offsets. */
  lost: Extent[];
  /** Strategies that apply, best first. */
  repairs: RepairStrategy[];
}

export const REPAIR_STRATEGIES = [
  'footer-from-copy',
  'footer-copy-from-footer',
  'footer-vote',
  'footer-synthesise',
  'footer-fixed-synthesise',
  'trim-trailing',
  'realign',
  'header-recompute',
  'header-rebuild',
  'batmap-rebuild',
  'bat-drop-entry',
  'bat-carve',
  'locator-rewrite',
  'relink-parent',
  'uuid-new',
] as const;
export type RepairStrategy = (typeof REPAIR_STRATEGIES)[number];

const RANK: Record<Severity, number> = { error: 2, warning: 1, info: 0 };

/** Whether `severity` is at least as grave as `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return RANK[severity] >= RANK[threshold];
}

/** The gravest severity among findings; null when there are none. */
export function worst(findings: readonly Finding[]): Severity | null {
  let found: Severity | null = null;
  for (const { severity } of findings) if (found === null || RANK[severity] > RANK[found]) found = severity;
  return found;
}

/** Neither an error nor a warning. */
export function isHealthy(findings: readonly Finding[]): boolean {
  return findings.every(({ severity }) => severity === 'info');
}
