import { useEffect, useState } from 'react';
import type { Client, Input, Jobs, Result } from '../../../app/contract/contract.ts';
import type { JobInfo } from '../../../app/contract/types.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { report } from '../../state/notices.ts';
import { runJob } from '../repair/run-job.ts';

export type PlanJob<R> = { info: JobInfo | undefined; cancel: () => void } & (
  | { state: 'running' }
  | { state: 'done'; answer: R }
  | { state: 'failed'; error: ErrorData }
);

type Held<R> = { key: string } & (
  | { state: 'running'; job: string | null }
  | { state: 'done'; answer: R }
  | { state: 'failed'; error: ErrorData }
);

/** Runs a job that plans, again whenever `key` changes; one that nobody waits for any more is cancelled. */
export function usePlanJob<N extends Jobs>(name: N, input: Input<N>, key: string): PlanJob<Result<N>> {
  const client = useClient();
  const [held, setHeld] = useState<Held<Result<N>>>({ key, state: 'running', job: null });
  useEffect(() => {
    let over = false;
    let job: string | null = null;
    const put = (next: Held<Result<N>>): void => {
      if (!over) setHeld(next);
    };
    put({ key, state: 'running', job: null });
    runJob(client, name, input, (started) => {
      job = started;
      if (over) stop(client, started);
      else put({ key, state: 'running', job: started });
    })
      .then(
        (answer) => put({ key, state: 'done', answer }),
        (thrown: unknown) => put({ key, state: 'failed', error: asPlatterError(thrown).toData() }),
      )
      .finally(() => {
        job = null;
      });
    return () => {
      over = true;
      if (job !== null) stop(client, job);
    };
    // `input` is made anew by each render; what it asks for is in the key
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [client, name, key]);
  const now: Held<Result<N>> = held.key === key ? held : { key, state: 'running', job: null };
  const running = now.state === 'running' ? now.job : null;
  const info = useJobs((state) => (running === null ? undefined : state.jobs.get(running)));
  return {
    ...now,
    info,
    cancel: () => {
      if (running !== null) stop(client, running);
    },
  };
}

function stop(client: Client, job: string): void {
  client.call('jobs.cancel', { job }).catch(report);
}
