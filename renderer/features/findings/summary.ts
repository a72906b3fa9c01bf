import type { ChainRow, CheckSummaryRow } from '../../../app/contract/types.ts';
import type { Finding, Severity } from '../../../core/findings/finding.ts';
import type { SortKey } from './state.ts';

/** One image in the table of findings: what a check said, or what is known of it without one. */
export interface SummaryLine {
  path: string;
  name: string;
  /** Below the folder that was opened. */
  folder: string;
  errors: number;
  warnings: number;
  /** Null while it was not checked: only a check counts them. */
  infos: number | null;
  /** Null likewise; the findings are asked for when they are unfolded. */
  findings: readonly Finding[] | null;
  /** Why it could not be read. */
  failure: string | null;
  checked: boolean;
}

export function summaryLines(rows: readonly ChainRow[], results: ReadonlyMap<string, CheckSummaryRow>): SummaryLine[] {
  return rows.map((row) => {
    const result = results.get(row.path);
    if (!result)
      return {
        path: row.path,
        name: row.name,
        folder: row.folder,
        errors: row.errors,
        warnings: row.warnings,
        infos: null,
        findings: null,
        failure: null,
        checked: false,
      };
    const { path, name, errors, warnings, infos, findings, error } = result;
    const { folder } = row;
    return { path, name, folder, errors, warnings, infos, findings, failure: error?.message ?? null, checked: true };
  });
}

/** Whether anything of a shown severity is wrong with it. What nobody looked for stays in sight. */
export function isShown(line: SummaryLine, shown: Record<Severity, boolean>): boolean {
  if (shown.error && shown.warning && shown.info) return true;
  if (line.failure !== null) return shown.error;
  return (
    (shown.error && line.errors > 0) || (shown.warning && line.warnings > 0) || (shown.info && (line.infos ?? 0) > 0)
  );
}

export function sortLines(lines: readonly SummaryLine[], key: SortKey, desc: boolean): SummaryLine[] {
  const sign = desc ? -1 : 1;
  const grave = (line: SummaryLine): number => (line.failure === null ? line.errors : line.errors + 1e9);
  const value = (line: SummaryLine): number =>
    key === 'errors' ? grave(line) : key === 'warnings' ? line.warnings : (line.infos ?? -1);
  const byName = (a: SummaryLine, b: SummaryLine): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
  return [...lines].sort((a, b) => {
    if (key === 'name') return sign * byName(a, b);
    // as many errors: more warnings first, then by name
    return sign * (value(a) - value(b)) || sign * (a.warnings - b.warnings) || byName(a, b);
  });
}

const RANK: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** Gravest first, then as they stand in the file. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity] || (a.offset ?? Number.MAX_VALUE) - (b.offset ?? Number.MAX_VALUE),
  );
}
