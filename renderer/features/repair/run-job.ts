import type { Client, Input, Jobs, Partial, Result } from '../../../app/contract/contract.ts';
import { awaitJob, useJobs } from '../../state/jobs.ts';
import { report } from '../../state/notices.ts';

/** Starts a job and waits for its end; `started` is told its id, so that its progress can be shown and it can be cancelled. */
export async function runJob<N extends Jobs>(
  client: Client,
  name: N,
  input: Input<N>,
  started: (job: string) => void = () => undefined,
): Promise<Result<N>> {
  const job = await client.start(name, input);
  awaitJob(job);
  started(job);
  return client.result(name, job);
}

/** The same, with each partial result as it comes; all of them have come when it ends well. */
export async function followJob<N extends Jobs>(
  client: Client,
  name: N,
  input: Input<N>,
  on: { started(job: string): void; rows(rows: Partial<N>[]): void },
): Promise<Result<N>> {
  const job = await client.start(name, input);
  awaitJob(job);
  on.started(job);
  let taken = 0;
  let last: Promise<void> = Promise.resolve();
  // one after another, so that no row comes twice
  const fetch = (): Promise<void> => {
    last = last.then(async () => {
      const rows = await client.partials(name, job, taken);
      taken += rows.length;
      if (rows.length > 0) on.rows(rows);
    });
    return last;
  };
  const stop = useJobs.subscribe(({ jobs }) => {
    if ((jobs.get(job)?.partials ?? 0) > taken) fetch().catch(report);
  });
  try {
    return await client.result(name, job);
  } finally {
    stop();
    // what was done before a cancel or a failure is shown too; the host answers so many at a time
    for (let before = -1; before < taken; ) {
      before = taken;
      await fetch();
    }
  }
}
