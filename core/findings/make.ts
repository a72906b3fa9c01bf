import { CATALOGUE } from './catalogue.ts';
import type { FindingCode } from './codes.ts';
import type { Finding, Prognosis, Severity } from './finding.ts';

/** Parts of a finding that may be left out: no place, nothing lost, no repair. */
export interface FindingParts {
  /** Only where it differs from the code's own. */
  severity?: Severity;
  offset?: number | null;
  length?: number | null;
  field?: string | null;
  structure?: string | null;
  lost?: Finding['lost'];
  repairs?: Finding['repairs'];
}

/** A finding with its code's own severity, unless the parts say another. */
export function makeFinding(
  code: FindingCode,
  prognosis: Prognosis,
  message: string,
  parts: FindingParts = {},
): Finding {
  return {
    code,
    severity: parts.severity ?? CATALOGUE[code].severity,
    message,
    offset: parts.offset ?? null,
    length: parts.length ?? null,
    field: parts.field ?? null,
    structure: parts.structure ?? null,
    prognosis,
    lost: parts.lost ?? [],
    repairs: parts.repairs ?? [],
  };
}
