import type { HeaderPlanAnswer } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { report } from '../../state/notices.ts';
import { runJob } from '../repair/run-job.ts';

/** Plans the restoring of a backup, again whenever another is chosen; null while none is. What nobody waits for is cancelled. */
export function useRestorePlan(path: string, backup: string | null, tries: number): Answer<HeaderPlanAnswer | null> {
  const client = useClient();
  return useAnswer(path, JSON.stringify([backup, tries]), async (signal) => {
    if (backup === null) return null;
    let job: string | null = null;
    const stop = (): void => {
      if (job !== null) client.call('jobs.cancel', { job }).catch(report);
    };
    signal.addEventListener('abort', stop);
    try {
      return await runJob(client, 'headers.plan', { path, backup }, (started) => {
        job = started;
        if (signal.aborted) stop();
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}
