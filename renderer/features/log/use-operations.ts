import { useEffect, useState } from 'react';
import type { JobInfo, OperationRow } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { liveWrite } from './rows.ts';

/** The write that goes on now. */
export function useLiveWrite(): JobInfo | null {
  return useJobs((state) => liveWrite(state.jobs));
}

/** Operations on an image, or on all that may be seen; asked for again when the case changes and when a write ends. */
export function useOperations(path: string | null): Answer<OperationRow[]> {
  const client = useClient();
  const rev = useCase((state) => state.opened?.rev ?? -1);
  const writing = useLiveWrite() !== null;
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    // another program writes to the same log: whoever comes back to the window sees what it did
    const again = (): void => setAsked((count) => count + 1);
    window.addEventListener('focus', again);
    return () => window.removeEventListener('focus', again);
  }, []);
  const subject = path ?? '';
  return useAnswer(subject, `${subject} ${rev} ${writing} ${asked}`, async (signal) => {
    const { operations } = await client.call('operations.list', { path }, signal);
    return operations;
  });
}
