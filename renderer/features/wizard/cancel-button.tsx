import { useJobs } from '../../state/jobs.ts';
import { Button } from '../../ui/button.tsx';
import type { Write } from './use-write.ts';

/** Gives the running job up; pressed once, it says that it was heard. */
export function CancelButton<R>({ write: { writing, cancel } }: { write: Write<R> }) {
  const job = writing.state === 'running' ? writing.job : null;
  const isCancelling = useJobs((state) => (job === null ? false : state.jobs.get(job)?.state === 'cancelling'));
  return (
    <Button isDisabled={job === null || isCancelling} onPress={cancel}>
      {isCancelling ? 'Cancelling…' : 'Cancel'}
    </Button>
  );
}
