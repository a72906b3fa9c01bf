import type { ReactNode } from 'react';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useJobs } from '../../state/jobs.ts';
import { Progress } from '../../ui/bits.tsx';
import { SheetLead } from '../../ui/sheet.tsx';
import { ErrorBanner } from './messages.tsx';
import css from './repair.module.css';
import { type RepairState, wroteNothing } from './wizard.ts';

/** The write, as it goes on. */
export function ApplyStep({ state, actions }: { state: RepairState; actions?: ReactNode }) {
  const { writing, kind } = state;
  if (writing.state === 'failed') {
    const nothing = wroteNothing(writing.error);
    const cancelled = writing.error.kind === 'cancelled';
    return (
      <>
        <SheetLead title={nothing ? 'Nothing was written' : 'It was not finished'}>
          {nothing
            ? cancelled
              ? 'It was cancelled; the unfinished copy is gone again.'
              : 'The image is as it was.'
            : kind === 'in-place'
              ? 'The journal beside the image knows how far it came: it can be finished or taken back.'
              : 'The image is as it was; the unfinished copy is gone again.'}
        </SheetLead>
        {cancelled ? null : <ErrorBanner title="It could not be written" error={writing.error} actions={actions} />}
      </>
    );
  }
  return (
    <>
      <SheetLead title={kind === 'copy' ? 'The working copy is written' : 'The image is written'}>
        {kind === 'copy'
          ? 'Copied first, then repaired, read back and hashed. It gets its name when it is complete.'
          : 'What stands there goes to the journal first; then the bytes are written, read back and compared.'}
      </SheetLead>
      <JobLine job={writing.state === 'running' ? writing.job : null} label="Repair" />
    </>
  );
}

/** A job's progress with rate and time left. */
export function JobLine({ job, label }: { job: string | null; label: string }) {
  const info = useJobs((state) => (job === null ? undefined : state.jobs.get(job)));
  const share = shareOf(info?.progress ?? null);
  return (
    <p className={css.wait} role="status">
      <Progress value={share} label={label} />
      {share === null ? null : <span>{Math.floor(share * 100)} %</span>}
      <span>
        {info?.state === 'queued' ? 'Waiting for another write' : info?.progress ? progressText(info.progress) : label}
      </span>
    </p>
  );
}
