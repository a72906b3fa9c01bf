import { useState } from 'react';
import { progressText, shareOf } from '../../shell/progress.ts';
import { useJobs } from '../../state/jobs.ts';
import { Progress } from '../../ui/bits.tsx';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { wroteNothing } from '../repair/wizard.ts';
import type { Writing } from './use-write.ts';
import css from './wizard.module.css';

export interface Phase {
  /** As the job's progress names it. */
  id: string;
  /** What is done then. */
  title: string;
}

/** The write as it goes on, phase by phase; or why it ended. */
export function RunStep<R>({
  writing,
  phases,
  title,
  text,
  unfinished,
}: {
  writing: Writing<R>;
  phases: readonly Phase[];
  title: string;
  text: string;
  /** What a failure in the middle leaves. */
  unfinished: string;
}) {
  if (writing.state === 'failed') {
    const { error } = writing;
    const cancelled = error.kind === 'cancelled';
    const nothing = wroteNothing(error);
    return (
      <>
        <SheetLead title={nothing ? 'Nothing was written' : 'It was not finished'}>
          {cancelled ? 'It was cancelled: everything is as it was.' : nothing ? 'Everything is as it was.' : unfinished}
        </SheetLead>
        {cancelled ? null : <ErrorBanner title="It could not be written" error={error} />}
      </>
    );
  }
  return (
    <>
      <SheetLead title={title}>{text}</SheetLead>
      <Pane title="Progress">
        <Phases phases={phases} job={writing.state === 'running' ? writing.job : null} />
      </Pane>
    </>
  );
}

function Phases({ phases, job }: { phases: readonly Phase[]; job: string | null }) {
  const info = useJobs((state) => (job === null ? undefined : state.jobs.get(job)));
  const now = info?.progress ?? null;
  const at = now ? phases.findIndex(({ id }) => id === now.phase) : -1;
  const [reached, setReached] = useState(-1);
  // a phase that came so fast that nobody saw it is over all the same
  if (at > reached) setReached(at);
  const share = shareOf(now);
  return (
    <ol className={css.phases} aria-label="Phases">
      {phases.map(({ id, title }, index) => {
        const state = index < reached ? 'done' : index === reached ? 'now' : 'next';
        return (
          <li
            key={id}
            className={css.phase}
            data-state={state}
            {...(state === 'now' ? { 'aria-current': 'step' } : {})}
          >
            <span className={css.mark}>
              {state === 'done' ? (
                <HealthGlyph health="ok" label="done" />
              ) : (
                <span className={css.number}>{index + 1}</span>
              )}
            </span>
            <span>{title}</span>
            {state === 'now' && now ? (
              <span className={css.pace} role="status">
                <Progress value={share} label={title} />
                {share === null ? null : <span className={css.percent}>{Math.floor(share * 100)} %</span>}
                <span className="clip">{progressText(now)}</span>
              </span>
            ) : null}
          </li>
        );
      })}
      {info?.state === 'cancelling' ? (
        <li className={css.phase}>
          <span />
          <span className={css.wide}>It is given up at the next point from which everything can be as it was.</span>
        </li>
      ) : null}
      {info?.state === 'queued' ? (
        <li className={css.phase}>
          <span />
          <span className={css.wide}>Waiting for another write.</span>
        </li>
      ) : null}
    </ol>
  );
}
