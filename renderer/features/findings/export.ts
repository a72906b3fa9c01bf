import type { Finding } from '../../../core/findings/finding.ts';
import type { SummaryLine } from './summary.ts';

const COLUMNS = [
  'path',
  'state',
  'errors',
  'warnings',
  'infos',
  'severity',
  'code',
  'offset',
  'length',
  'field',
] as const;

/**
 * A field as CSV has it. A text that a spreadsheet would take for a formula gets an apostrophe before it: names of files are
 * chosen by whoever made them.
 */
export function csvField(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One line a finding; one line an image without any. RFC 4180, with a line of headings. */
export function toCsv(lines: readonly SummaryLine[]): string {
  const out: string[] = [[...COLUMNS, 'message'].join(',')];
  for (const line of lines) {
    const { path, errors, warnings, infos } = line;
    const head = [path, stateOf(line), errors, warnings, infos];
    const findings: readonly (Finding | null)[] = line.findings?.length ? line.findings : [null];
    for (const finding of findings) {
      const tail = finding
        ? [finding.severity, finding.code, finding.offset, finding.length, finding.field, finding.message]
        : [null, null, null, null, null, line.failure];
      out.push([...head, ...tail].map(csvField).join(','));
    }
  }
  return `${out.join('\r\n')}\r\n`;
}

export function toJson(lines: readonly SummaryLine[]): string {
  const images = lines.map((line) => {
    const { path, name, errors, warnings, infos, findings, failure } = line;
    return { path, name, state: stateOf(line), errors, warnings, infos, failure, findings: findings ?? [] };
  });
  return `${JSON.stringify({ images }, null, 2)}\n`;
}

function stateOf({ checked, failure, errors, warnings }: SummaryLine): string {
  if (failure !== null) return 'unreadable';
  if (!checked) return 'not checked';
  return errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'clean';
}

/** Hands text to the browser as a file to keep. */
export function saveText(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
