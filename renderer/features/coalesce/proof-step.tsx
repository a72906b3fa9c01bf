import type { CoalesceResult } from '../../../app/contract/types.ts';
import { isHealthy } from '../../../core/findings/finding.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { troubleText } from '../repair/consequences.ts';
import { ErrorBanner } from '../repair/messages.tsx';
import repair from '../repair/repair.module.css';
import { Checks } from '../repair/result-step.tsx';
import { ProofDigest, ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import type { Write } from '../wizard/use-write.ts';
import { short } from './fold.ts';

/** The guest's view before and after, and the checks of what was written. */
export function Proof({
  result,
  undoing,
  name,
  raw,
}: {
  result: CoalesceResult;
  undoing: Write<CoalesceResult>['undoing'];
  name: string;
  /** The new file is a raw image, which has no id. */
  raw: boolean;
}) {
  const { guestSha256Before, guestSha256After, findingsBefore, findingsAfter, output, journal, operation, notes } =
    result;
  if (undoing.state === 'done')
    return (
      <SheetLead title="It is taken back">
        {output === null ? 'Bytes, length and time of the parent are what they were.' : 'The new file is removed.'}{' '}
        {undoing.notes.join(' ')}
      </SheetLead>
    );
  const same = guestSha256Before !== null && guestSha256Before === guestSha256After;
  return (
    <>
      <SheetLead title={`The guest of ${short(name)} reads the same`}>
        {same
          ? 'Its whole disk was hashed before and after: the two are equal.'
          : 'Every run that was moved was read back and compared.'}{' '}
        {isHealthy(findingsAfter) ? 'The result is clean.' : `The result has ${troubleText(findingsAfter)}.`}
      </SheetLead>
      {undoing.state === 'failed' ? <ErrorBanner title="It could not be taken back" error={undoing.error} /> : null}
      <Pane
        title="Proof"
        aside={
          same ? (
            <span className={repair.trouble}>
              <HealthGlyph health="ok" label={null} /> the hashes are equal
            </span>
          ) : null
        }
      >
        <ProofList>
          <ProofDigest label="SHA-256 before" digest={guestSha256Before} />
          <ProofDigest label="SHA-256 after" digest={guestSha256After} />
          <ProofFile label="New file" path={output} />
          <ProofFile label="Journal" path={journal} />
          <ProofRow label="Operation">
            <span className="mono">{operation}</span>
          </ProofRow>
          {output === null || raw ? null : (
            <ProofRow label="Id">
              It keeps the child’s. Before anything mounts them by id, keep only one of the two in this folder.
            </ProofRow>
          )}
          {notes.map((note) => (
            <ProofRow key={note} label="Note">
              {note}
            </ProofRow>
          ))}
        </ProofList>
      </Pane>
      <div className={repair.gap} />
      <Pane title="Checks" caption={`before: ${troubleText(findingsBefore)} · after: ${troubleText(findingsAfter)}`}>
        <Checks before={findingsBefore} after={findingsAfter} />
      </Pane>
    </>
  );
}
