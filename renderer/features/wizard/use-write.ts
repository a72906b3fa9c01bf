import { useCallback, useEffect, useRef, useState } from 'react';
import type { Client } from '../../../app/contract/contract.ts';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { useClient } from '../../state/client.ts';
import { report } from '../../state/notices.ts';
import { runJob } from '../repair/run-job.ts';

/** How far the one job of a wizard is. */
export type Writing<R> =
  | { state: 'none' }
  | { state: 'running'; job: string | null }
  | { state: 'failed'; error: ErrorData }
  | { state: 'done'; result: R };

type Undoing =
  | { state: 'none' }
  | { state: 'running' }
  | { state: 'failed'; error: ErrorData }
  | { state: 'done'; notes: string[] };

export interface Write<R> {
  writing: Writing<R>;
  undoing: Undoing;
  start: () => void;
  /** Gives the job up; what it made so far is taken away again. */
  cancel: () => void;
  undo: () => void;
  /** Forgets a job that failed, so that another can be started. */
  reset: () => void;
}

/**
 * The job a wizard is about, and its undo. It is started once, whatever the page draws in between, and goes on when nobody looks
 * any more: `late` is told of the end then.
 */
export function useWrite<R extends object>(
  title: string,
  run: (client: Client, started: (job: string) => void) => Promise<R>,
  late: (result: R) => void,
): Write<R> {
  const client = useClient();
  const [writing, setWriting] = useState<Writing<R>>({ state: 'none' });
  const [undoing, setUndoing] = useState<Undoing>({ state: 'none' });
  const begun = useRef(false);
  const here = useRef(true);
  const latest = useRef({ run, late });
  useEffect(() => {
    latest.current = { run, late };
  });
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  const start = useCallback(() => {
    if (begun.current) return;
    begun.current = true;
    setWriting({ state: 'running', job: null });
    latest.current
      .run(client, (job) => setWriting({ state: 'running', job }))
      .then(
        (result) => {
          if (here.current) setWriting({ state: 'done', result });
          else latest.current.late(result);
        },
        (thrown: unknown) => {
          const error = asPlatterError(thrown);
          begun.current = false;
          if (here.current) setWriting({ state: 'failed', error: error.toData() });
          else if (error.kind !== 'cancelled') report(error, title);
        },
      );
  }, [client, title]);

  const job = writing.state === 'running' ? writing.job : null;
  const cancel = useCallback(() => {
    if (job !== null) client.call('jobs.cancel', { job }).catch(report);
  }, [client, job]);

  const operation = writing.state === 'done' ? operationOf(writing.result) : null;
  const undo = useCallback(() => {
    if (operation === null) return;
    setUndoing({ state: 'running' });
    runJob(client, 'operations.undo', { operation }).then(
      ({ notes }) => setUndoing({ state: 'done', notes }),
      (thrown: unknown) => setUndoing({ state: 'failed', error: asPlatterError(thrown).toData() }),
    );
  }, [client, operation]);

  const reset = useCallback(() => setWriting({ state: 'none' }), []);
  return { writing, undoing, start, cancel, undo, reset };
}

/** What can be undone; null for what only made files of its own. */
function operationOf(result: object): string | null {
  return 'operation' in result && typeof result.operation === 'string' ? result.operation : null;
}
