import type { ChainRow } from '../../../app/contract/types.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { isDropped } from '../../state/dropped.ts';

/** Why an image is not repaired, in a few words for a menu; null when a repair can be looked for. */
export function whyNotRepair(row: Pick<ChainRow, 'path' | 'format' | 'errors' | 'warnings'>): string | null {
  if (isDropped(row.path)) return 'open it from its folder';
  if (row.format !== 'vhd' && row.errors + row.warnings === 0) return 'not a VHD';
  return row.errors + row.warnings === 0 ? 'nothing is wrong' : null;
}

/** Whether something can be done about a finding, be it that a person has to decide. */
export function isRepairable(finding: Finding): boolean {
  return hasRepair([finding]) || (finding.severity !== 'info' && finding.repairs.length > 0);
}

/** Whether a repair is known that needs no decision. A footer that lacks its last byte is legal, and still worth it. */
export function hasRepair(findings: readonly Finding[]): boolean {
  return findings.some(
    ({ severity, code, repairs, prognosis }) =>
      repairs.length > 0 && prognosis !== 'decision' && (severity !== 'info' || code === 'footer.short'),
  );
}
