import type { Finding } from '../../core/findings/finding.ts';
import type { ChainRow } from '../contract/types.ts';

/** Findings counted, and the gravest of them, as a row of the chain table shows them. */
export interface Verdict {
  errors: number;
  warnings: number;
  worst: ChainRow['worst'];
}

export function verdictOf(findings: readonly Finding[]): Verdict {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const gravest = errors[0] ?? warnings[0];
  return {
    errors: errors.length,
    warnings: warnings.length,
    worst: gravest ? { code: gravest.code, severity: gravest.severity, message: firstSentence(gravest.message) } : null,
  };
}

/** A sentence ends at a full stop before a blank: not inside "0x1.vhd". */
export function firstSentence(text: string): string {
  return /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text;
}
