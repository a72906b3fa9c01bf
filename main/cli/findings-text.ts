import { type Finding, isHealthy, type Prognosis, type Severity } from '../../core/findings/finding.ts';
import { formatBytes, formatCount, formatOffset } from '../../core/structure/text.ts';
import { type Output, type Style, safe } from './output.ts';

/** A finding as the JSON documents have it. */
export function findingJson(finding: Finding): unknown {
  const { code, severity, message, offset, length, structure, field, prognosis, lost, repairs } = finding;
  return { code, severity, message, offset, length, structure, field, prognosis, lost, repairs };
}

const STYLES: Record<Severity, Style> = { error: 'red', warning: 'yellow', info: 'cyan' };
const PROGNOSES: Record<Prognosis, string> = {
  'no-loss': 'can be put right without loss',
  'some-loss': 'some data is lost',
  'lost': 'lost',
  'decision': 'has to be decided',
  'cosmetic': 'matters to no data',
};
const RANK: Severity[] = ['error', 'warning', 'info'];

/** Findings below each other, the gravest first, in three or four lines each. */
export function* findingLines(findings: readonly Finding[], out: Output): Generator<string> {
  for (const severity of RANK) {
    for (const finding of findings) if (finding.severity === severity) yield* linesOf(finding, out);
  }
}

function* linesOf(finding: Finding, out: Output): Generator<string> {
  const { code, severity, message, offset, length, field, prognosis, lost, repairs } = finding;
  const place = offset === null ? '' : `  at ${formatOffset(offset)}${length ? `, ${formatBytes(length)}` : ''}`;
  const name = field === null ? '' : `  ${field}`;
  yield `  ${out.style(STYLES[severity], severity.padEnd(7))}  ${out.style('bold', code)}${out.style('dim', `${place}${safe(name)}`)}`;
  yield `           ${safe(message)}`;
  if (lost.length > 0) {
    const ranges = lost
      .slice(0, 4)
      .map((range) => `${formatOffset(range.offset)} to ${formatOffset(range.offset + range.length)}`);
    const more = lost.length > ranges.length ? ` and ${formatCount(lost.length - ranges.length)} more ranges` : '';
    yield `           lost of the guest: ${ranges.join(', ')}${more}`;
  }
  if (severity === 'info') return;
  const remedy = repairs.length > 0 ? `: ${repairs.join(', ')}` : '';
  yield out.style('dim', `           ${PROGNOSES[prognosis]}${remedy}`);
}

/** "healthy", or what there is. */
export function verdictText(findings: readonly Finding[], out: Output): string {
  if (findings.length === 0) return out.style('green', 'healthy');
  const text = tallyText(findings);
  return isHealthy(findings) ? `${out.style('green', 'healthy')}, ${text}` : text;
}

/** "2 errors, 1 warning". */
export function tallyText(findings: readonly Finding[]): string {
  const nouns: Record<Severity, string> = { error: 'error', warning: 'warning', info: 'note' };
  const parts = RANK.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count > 0 ? [`${formatCount(count)} ${nouns[severity]}${count === 1 ? '' : 's'}`] : [];
  });
  return parts.length > 0 ? parts.join(', ') : 'nothing found';
}
