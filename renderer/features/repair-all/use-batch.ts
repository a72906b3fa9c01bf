import { type Dispatch, useEffect, useReducer, useRef } from 'react';
import { asPlatterError, type ErrorData } from '../../../core/errors.ts';
import { useClient } from '../../state/client.ts';
import { report, tell } from '../../state/notices.ts';
import { plural } from '../../ui/format.ts';
import { followJob } from '../repair/run-job.ts';
import { type Batch, type BatchEvent, batchReducer, NO_BATCH, pickedPlans, whyNotWriteAll } from './batch.ts';

export interface BatchControl {
  state: Batch;
  dispatch: Dispatch<BatchEvent>;
  write: () => void;
  cancel: () => void;
}

/** Plans a repair of every image with findings as soon as it is shown, and writes those that are picked. */
export function useBatch(): BatchControl {
  const client = useClient();
  const [state, dispatch] = useReducer(batchReducer, NO_BATCH);
  const job = useRef<string | null>(null);
  const here = useRef(false);
  const cancel = (): void => {
    if (job.current !== null) void client.call('jobs.cancel', { job: job.current }).catch(report);
  };

  useEffect(() => {
    let gone = false;
    here.current = true;
    let planning: string | null = null;
    const give = (event: BatchEvent): void => {
      if (!gone) dispatch(event);
    };
    followJob(
      client,
      'repair.planAll',
      {},
      {
        started(id) {
          planning = id;
          if (gone) void client.call('jobs.cancel', { job: id }).catch(() => undefined);
          else job.current = id;
          give({ type: 'started', job: id });
        },
        rows: (rows) => give({ type: 'plans', rows }),
      },
    ).then(
      () => give({ type: 'planned', cutShort: null }),
      (thrown: unknown) => give({ type: 'planned', cutShort: endOf(thrown) }),
    );
    return () => {
      gone = true;
      here.current = false;
      // plans that nobody looks at are not made; what is being written goes on
      if (planning !== null) void client.call('jobs.cancel', { job: planning }).catch(() => undefined);
    };
  }, [client]);

  const write = (): void => {
    if (whyNotWriteAll(state) !== null) return;
    const planIds = pickedPlans(state).flatMap(({ planId }) => (planId === null ? [] : [planId]));
    dispatch({ type: 'write' });
    followJob(
      client,
      'repair.applyAll',
      { planIds, target: state.kind },
      {
        started(id) {
          job.current = id;
          dispatch({ type: 'started', job: id });
        },
        rows: (rows) => dispatch({ type: 'results', rows }),
      },
    ).then(
      ({ applied, failed }) => {
        dispatch({ type: 'written', end: 'done' });
        if (!here.current)
          tell(`${plural(applied, 'image')} repaired${failed > 0 ? `, ${plural(failed, 'image')} not` : ''}.`);
      },
      (thrown: unknown) => {
        dispatch({ type: 'written', end: endOf(thrown) });
        if (!here.current) report(thrown, 'Repair');
      },
    );
  };
  return { state, dispatch, write, cancel };
}

function endOf(thrown: unknown): 'cancelled' | ErrorData {
  const error = asPlatterError(thrown);
  return error.kind === 'cancelled' ? 'cancelled' : error.toData();
}
