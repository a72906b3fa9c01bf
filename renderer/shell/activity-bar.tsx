import { type ReactNode, useMemo } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog as AriaDialog, DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import type { JobInfo } from '../../app/contract/types.ts';
import { showFindings } from '../features/findings/state.ts';
import { isOpen, useCase } from '../state/case.ts';
import { useClient } from '../state/client.ts';
import { isLive, useJobs } from '../state/jobs.ts';
import { report } from '../state/notices.ts';
import { Progress } from '../ui/bits.tsx';
import { Button } from '../ui/button.tsx';
import { plural } from '../ui/format.ts';
import { HealthGlyph } from '../ui/icons.tsx';
import popover from '../ui/menu.module.css';
import css from './activity-bar.module.css';
import { progressText, shareOf } from './progress.ts';

/** What is being done, and how much is wrong with what is open. */
export function ActivityBar({ children }: { children: ReactNode }) {
  const opened = useCase((state) => state.opened);
  const host = useCase((state) => state.host);
  const connection = useCase((state) => state.connection);
  return (
    <footer className={css.bar} aria-label="Activity">
      {connection === 'lost' ? <Lost /> : <Jobs />}
      <span className="grow" />
      {isOpen(opened) ? (
        <Counts images={opened.images} errors={opened.errors} warnings={opened.warnings} />
      ) : host ? (
        <span className="faint">Platter {host.version} · no network, no telemetry</span>
      ) : null}
      {children}
    </footer>
  );
}

function Lost() {
  return (
    <span className={css.job} role="status">
      <HealthGlyph health="warning" label={null} />
      The connection to Platter is lost. It is tried again; what is shown may be old.
    </span>
  );
}

function Jobs() {
  const jobs = useJobs((state) => state.jobs);
  const live = useMemo(() => [...jobs.values()].filter(isLive), [jobs]);
  const first = live.find(({ state }) => state === 'running') ?? live[0];
  if (!first) return <span className="faint">No jobs running</span>;
  return (
    <>
      <span className={css.job}>
        <span className="strong clip">{first.title}</span>
        <JobProgressBar job={first} />
      </span>
      <CancelButton job={first} />
      {live.length > 1 ? <Waiting first={first} live={live} /> : null}
    </>
  );
}

function JobProgressBar({ job }: { job: JobInfo }) {
  const { progress } = job;
  const share = shareOf(progress);
  return (
    <>
      <Progress value={share} label={job.title} />
      {share === null ? null : <span>{Math.floor(share * 100)} %</span>}
      {progress ? <span className="dim">{progressText(progress)}</span> : null}
    </>
  );
}

function CancelButton({ job }: { job: JobInfo }) {
  const client = useClient();
  const cancel = (): void => void client.call('jobs.cancel', { job: job.id }).catch(report);
  return (
    <Button
      variant="quiet"
      small
      onPress={cancel}
      isDisabled={job.state === 'cancelling'}
      aria-label={`Cancel ${job.title}`}
    >
      {job.state === 'cancelling' ? 'Cancelling…' : 'Cancel'}
    </Button>
  );
}

function Waiting({ first, live }: { first: JobInfo; live: readonly JobInfo[] }) {
  const others = live.filter((job) => job !== first);
  return (
    <DialogTrigger>
      <AriaButton className={css.count ?? ''}>
        +{others.length} more<span className={css.wide}>: {others[0]?.title}</span>
      </AriaButton>
      <Popover className={popover.popover ?? ''} placement="top start" offset={6}>
        <AriaDialog aria-label="Jobs">
          <ul className={css.list}>
            {live.map((job) => (
              <li key={job.id}>
                <span className="clip" data-tip={job.title}>
                  {job.title}
                </span>
                <Progress value={shareOf(job.progress)} label={job.title} />
                <CancelButton job={job} />
                <span className="faint small">
                  {job.state === 'queued' ? 'waiting' : job.progress ? progressText(job.progress) : job.state}
                </span>
              </li>
            ))}
          </ul>
        </AriaDialog>
      </Popover>
    </DialogTrigger>
  );
}

function Counts({ images, errors, warnings }: { images: number; errors: number; warnings: number }) {
  return (
    <>
      <span>{plural(images, 'image')}</span>
      {errors > 0 ? (
        <AriaButton className={css.count ?? ''} onPress={() => showFindings('error')}>
          <HealthGlyph health="error" label={null} />
          {plural(errors, 'error')}
        </AriaButton>
      ) : null}
      {warnings > 0 ? (
        <AriaButton className={css.count ?? ''} onPress={() => showFindings('warning')}>
          <HealthGlyph health="warning" label={null} />
          {plural(warnings, 'warning')}
        </AriaButton>
      ) : null}
      {errors === 0 && warnings === 0 && images > 0 ? (
        <span className={css.count}>
          <HealthGlyph health="ok" label={null} />
          no errors
        </span>
      ) : null}
    </>
  );
}
