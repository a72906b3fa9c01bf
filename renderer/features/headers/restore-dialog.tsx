import { useState } from 'react';
import type { FoundBackup, HeaderPlanAnswer } from '../../../app/contract/types.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { formatSize, plural } from '../../ui/format.ts';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { PlannedSheet, type Words } from '../rebuild/planned-sheet.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import repair from '../repair/repair.module.css';
import { Backups } from './backups.tsx';
import { suggestedFolder } from './open.ts';
import { Moved, Parts } from './parts.tsx';
import { useRestorePlan } from './use-restore-plan.ts';

const WORDS: Words = {
  title: 'Restore headers',
  first: 'Backup',
  changes: 'Only what the backup holds and the disk has otherwise is written; nothing else changes.',
  copy: 'Write copy with these headers',
  inPlace: 'Write the headers in place',
  done: 'The headers are restored',
  said: 'its headers are restored',
};

const NONE: readonly FoundBackup[] = [];

/** Writes a backup of table and VMFS headers back: which one, what differs, the bytes, apply, result. */
export function RestoreDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const client = useClient();
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const [folder] = useState(() => suggestedFolder(path));
  const [picked, setPicked] = useState<string | null>();
  const [tries, setTries] = useState(0);
  const looked = useAnswer(path, folder, (signal) => client.call('headers.list', { path, folder }, signal));
  const found = looked.value?.backups ?? NONE;
  const looking = looked.state === 'loading';
  // another disk's is offered, and not chosen by itself
  const backup = picked === undefined ? (found.find(({ samePath }) => samePath)?.path ?? null) : picked;
  const planned = useRestorePlan(path, backup, tries);
  const answer = planned.state === 'ready' ? planned.value : null;
  const failed = planned.state === 'failed' ? planned.error : null;
  return (
    <PlannedSheet
      name={name}
      words={WORDS}
      answer={answer}
      why={whyNot(backup, failed !== null, answer)}
      {...(answer ? { lead: leadOf(answer), moved: <Moved copies={answer.plan.copies} /> } : {})}
      onAgain={() => setTries(tries + 1)}
      onClose={onClose}
    >
      <SheetLead title={headingOf(looking, backup, failed !== null, answer)}>
        {answer === null
          ? 'A backup is a folder that “Back up headers” made, or a file with the first sectors of the disk, as dd makes it.'
          : answer.time === null
            ? 'It is a file with the first sectors of a disk; it has no hashes that it could be proved with.'
            : 'It is whole: every part has the SHA-256 that was noted when it was made.'}
      </SheetLead>
      <Pane title="Backup" caption={found.length > 0 ? `${plural(found.length, 'backup')} in ${folder}` : ''}>
        <Backups found={found} chosen={backup} onChoose={setPicked} />
      </Pane>
      {failed ? (
        <>
          <div className={repair.gap} />
          <ErrorBanner title="It cannot be restored to this disk" error={failed.toData()} />
        </>
      ) : answer ? (
        <>
          <div className={repair.gap} />
          <Pane title="What it holds" caption="compared with what stands on the disk">
            <Parts parts={answer.parts} />
          </Pane>
        </>
      ) : null}
    </PlannedSheet>
  );
}

function whyNot(backup: string | null, failed: boolean, answer: HeaderPlanAnswer | null): string | null {
  if (backup === null) return 'Choose a backup.';
  if (failed) return 'It cannot be restored.';
  if (!answer) return 'The backup is being read.';
  return changedParts(answer) === 0 ? 'There is nothing to write.' : null;
}

function headingOf(looking: boolean, backup: string | null, failed: boolean, answer: HeaderPlanAnswer | null): string {
  if (answer) {
    const changed = changedParts(answer);
    if (changed === 0) return 'All of the backup stands there already';
    return `${changed === 1 ? 'One part' : plural(changed, 'part')} of the backup ${changed === 1 ? 'is' : 'are'} not what the disk has`;
  }
  if (failed) return 'This backup cannot be taken';
  if (backup !== null) return 'The backup is read, and compared with the disk';
  return looking ? 'Backups are looked for' : 'Which backup?';
}

function changedParts({ parts }: HeaderPlanAnswer): number {
  return parts.filter(({ differs }) => differs > 0).length;
}

/** "217 bytes change; 3 MiB are moved from the backup". */
function leadOf({ plan, parts }: HeaderPlanAnswer): string {
  const differs = parts.reduce((sum, part) => sum + part.differs, 0);
  const moved = plan.copies.reduce((sum, { bytes }) => sum + bytes, 0);
  const change = `${plural(differs, 'byte')} ${differs === 1 ? 'changes' : 'change'}`;
  return moved === 0 ? change : `${change}; ${formatSize(moved)} are moved from the backup`;
}
