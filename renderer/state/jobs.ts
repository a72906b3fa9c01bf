import { create } from 'zustand';
import type { Client } from '../../app/contract/contract.ts';
import type { JobInfo, JobState } from '../../app/contract/types.ts';
import { report } from './notices.ts';

interface JobStore {
  /** In the order they were started. */
  jobs: ReadonlyMap<string, JobInfo>;
}

export const useJobs = create<JobStore>()(() => ({ jobs: new Map() }));

const LIVE: ReadonlySet<JobState> = new Set(['queued', 'running', 'cancelling']);

export function isLive({ state }: JobInfo): boolean {
  return LIVE.has(state);
}

/** Jobs with changes put in; ended ones that nobody needs any more are left out. */
export function withChanges(jobs: ReadonlyMap<string, JobInfo>, changed: readonly JobInfo[]): Map<string, JobInfo> {
  const next = new Map(jobs);
  for (const job of changed) next.set(job.id, job);
  return next;
}

const awaited = new Set<string>();

/** Whoever waits for a job tells of its failure by itself. */
export function awaitJob(job: string): void {
  awaited.add(job);
}

/** Keeps the store in step with the host's jobs; a failure is reported once. */
export function followJobs(client: Client): () => void {
  const stopEvents = client.on('jobs.changed', ({ jobs: changed }) => {
    const before = useJobs.getState().jobs;
    useJobs.setState({ jobs: withChanges(before, changed) });
    for (const job of changed) {
      const was = before.get(job.id);
      if (job.state === 'failed' && job.error && was?.state !== 'failed' && !awaited.has(job.id))
        report(job.error, job.title);
    }
  });
  const stopConnection = client.onConnection((state) => {
    if (state === 'connected')
      client.call('jobs.list', {}).then(({ jobs }) => useJobs.setState({ jobs: withChanges(new Map(), jobs) }), report);
  });
  return () => {
    stopEvents();
    stopConnection();
  };
}
