import { Copy } from 'lucide-react';
import type { OperationResult } from '../../../app/contract/types.ts';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import { type Finding, isHealthy } from '../../../core/findings/finding.ts';
import { tell } from '../../state/notices.ts';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import table from '../../ui/table.module.css';
import { Name } from '../../ui/values.tsx';
import { sortFindings } from '../findings/summary.ts';
import { troubleText } from './consequences.ts';
import { ErrorBanner } from './messages.tsx';
import css from './repair.module.css';
import type { RepairState } from './wizard.ts';

/** What was written, proved. */
export function ResultStep({ state, result }: { state: RepairState; result: OperationResult }) {
  const { undoing } = state;
  const { findingsBefore, findingsAfter, output } = result;
  if (undoing.state === 'done')
    return (
      <SheetLead title="It is taken back">
        {output === null ? 'Bytes, length and time are what they were.' : 'The new file is removed.'}{' '}
        {undoing.notes.join(' ')}
      </SheetLead>
    );
  const healthy = isHealthy(findingsAfter);
  return (
    <>
      <SheetLead title={healthy ? 'The result is clean' : `The result has ${troubleText(findingsAfter)} left`}>
        {output === null
          ? 'The image was written, read back from disk and checked again.'
          : 'The copy was written, read back from disk and checked again. The image is as it was.'}
      </SheetLead>
      {undoing.state === 'failed' ? <ErrorBanner title="It could not be taken back" error={undoing.error} /> : null}
      <Pane title="Checks" caption={`before: ${troubleText(findingsBefore)} · after: ${troubleText(findingsAfter)}`}>
        <Checks before={findingsBefore} after={findingsAfter} />
      </Pane>
      <Pane title="Proof">
        <dl className={css.results}>
          {output === null ? null : (
            <>
              <dt>New file</dt>
              <dd>
                <Name>{output}</Name>
              </dd>
            </>
          )}
          {result.outputSha256 === null ? null : (
            <>
              <dt>SHA-256</dt>
              <dd className="row">
                <span className={`mono ${css.digest ?? ''}`}>{result.outputSha256}</span>
                <IconButton label="Copy SHA-256" onPress={() => void copyDigest(result.outputSha256 ?? '')}>
                  <Copy size={ICON_SMALL} />
                </IconButton>
              </dd>
            </>
          )}
          {result.journal === null ? null : (
            <>
              <dt>Journal</dt>
              <dd>
                <Name>{result.journal}</Name>
              </dd>
            </>
          )}
          <dt>Operation</dt>
          <dd className="mono">{result.operation}</dd>
          {result.notes.map((note) => (
            <FactNote key={note} note={note} />
          ))}
        </dl>
      </Pane>
    </>
  );
}

function FactNote({ note }: { note: string }) {
  return (
    <>
      <dt>Note</dt>
      <dd>{note}</dd>
    </>
  );
}

async function copyDigest(digest: string): Promise<void> {
  if (await copyText(digest)) tell('The SHA-256 is copied.');
}

interface CheckLine {
  code: Finding['code'];
  severity: Finding['severity'];
  before: boolean;
  after: boolean;
}

/** Findings before and after, side by side. */
export function checkLines(before: readonly Finding[], after: readonly Finding[]): CheckLine[] {
  const lines = new Map<string, CheckLine>();
  for (const [findings, isAfter] of [
    [sortFindings(before), false],
    [sortFindings(after), true],
  ] as const)
    for (const { code, severity } of findings) {
      if (severity === 'info') continue;
      const line = lines.get(code) ?? { code, severity, before: false, after: false };
      lines.set(code, { ...line, before: line.before || !isAfter, after: line.after || isAfter });
    }
  return [...lines.values()];
}

export function Checks({ before, after }: { before: readonly Finding[]; after: readonly Finding[] }) {
  const lines = checkLines(before, after);
  if (lines.length === 0) return <p className={css.why}>No errors and no warnings, before or after.</p>;
  return (
    <table className={table.table} aria-label="Checks before and after">
      <thead>
        <tr>
          <th>Finding</th>
          <th style={{ width: 96 }}>Before</th>
          <th style={{ width: 96 }}>After</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.code}>
            <td>
              {CATALOGUE[line.code].title} <span className="mono faint">{line.code}</span>
            </td>
            <td>
              <State is={line.before} line={line} />
            </td>
            <td>
              <State is={line.after} line={line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ is, line }: { is: boolean; line: CheckLine }) {
  return (
    <span className={css.trouble}>
      <HealthGlyph health={is ? line.severity : 'ok'} label={null} />
      {is ? line.severity : 'clean'}
    </span>
  );
}
