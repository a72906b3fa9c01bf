import { type Dispatch, useCallback, useEffect, useReducer, useRef } from 'react';
import type { Client } from '../../../app/contract/contract.ts';
import type { OperationResult } from '../../../app/contract/types.ts';
import { asPlatterError, bug, type PlatterError } from '../../../core/errors.ts';
import { useClient } from '../../state/client.ts';
import { runJob } from './run-job.ts';
import { useSession } from './session.ts';
import { beginRepair, type RepairEvent, type RepairState, repairReducer, whyNotWrite } from './wizard.ts';

export interface Repair {
  state: RepairState;
  dispatch: Dispatch<RepairEvent>;
  /** Writes what is shown; nothing happens while something is in the way. */
  write: () => void;
  undo: () => void;
}

/**
 * A repair of one image: asks the host for plans as they are chosen, applies one, and takes it back. `late` is told how a write
 * ended that was left alone.
 */
export function useRepair(
  path: string,
  mode: RepairState['mode'],
  late: (end: { result: OperationResult } | { error: PlatterError }) => void,
): Repair {
  const client = useClient();
  const [state, dispatch] = useReducer(repairReducer, null, () => beginRepair(mode, useSession.getState().kind));
  const { choice, planned, writing } = state;
  const asking = planned.state === 'asking';

  useEffect(() => {
    if (!asking) return;
    const stop = new AbortController();
    const strategies = choice === null ? null : [choice];
    client.call('repair.plan', { path, strategies }, stop.signal).then(
      (answer) => {
        if (!stop.signal.aborted) dispatch({ type: 'planned', choice, answer });
      },
      (thrown: unknown) => {
        if (!stop.signal.aborted) dispatch({ type: 'plan-failed', choice, error: asPlatterError(thrown).toData() });
      },
    );
    return () => stop.abort();
  }, [client, path, choice, asking]);

  // a write is asked for once, whatever the page draws in between, and goes on when nobody looks any more
  const begun = useRef(false);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  const write = useCallback(() => {
    if (begun.current || whyNotWrite(state) !== null) return;
    begun.current = true;
    dispatch({ type: 'write' });
    apply(client, state, (job) => dispatch({ type: 'writing', job })).then(
      (result) => {
        begun.current = false;
        if (here.current) dispatch({ type: 'written', result });
        else late({ result });
      },
      (thrown: unknown) => {
        begun.current = false;
        const error = asPlatterError(thrown);
        if (here.current) dispatch({ type: 'write-failed', error: error.toData() });
        else late({ error });
      },
    );
  }, [client, state, late]);

  const operation = writing.state === 'done' ? writing.result.operation : null;
  const undo = useCallback(() => {
    if (operation === null) return;
    dispatch({ type: 'undo' });
    runJob(client, 'operations.undo', { operation }).then(
      ({ notes }) => dispatch({ type: 'undone', notes }),
      (thrown: unknown) => dispatch({ type: 'undo-failed', error: asPlatterError(thrown).toData() }),
    );
  }, [client, operation]);

  return { state, dispatch, write, undo };
}

async function apply(
  client: Client,
  { planned, kind, output, acceptLoss }: RepairState,
  started: (job: string) => void,
): Promise<OperationResult> {
  if (planned.state !== 'ready') throw bug('a repair is written without a plan');
  const { planId } = planned.answer;
  const target = kind === 'copy' ? { kind, output: output.trim() } : { kind };
  const result = await runJob(client, 'repair.apply', { planId, target, acceptLoss }, started);
  useSession.setState({ kind });
  return result;
}
