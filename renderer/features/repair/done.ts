import type { Client } from '../../../app/contract/contract.ts';
import type { OperationResult } from '../../../app/contract/types.ts';
import { isHealthy } from '../../../core/findings/finding.ts';
import { selectWhenThere, useCase } from '../../state/case.ts';
import { type NoticeAction, report, tell } from '../../state/notices.ts';
import { useView } from '../../state/view.ts';
import { troubleText } from './consequences.ts';
import { runJob } from './run-job.ts';

/** What is said after a repair, with the way back. */
export function doneNotice(
  client: Client,
  name: string,
  { operation, output, findingsAfter }: OperationResult,
): { text: string; actions: NoticeAction[] } {
  const left = isHealthy(findingsAfter) ? 'No error and no warning is left.' : `Left: ${troubleText(findingsAfter)}.`;
  const undo: NoticeAction = { label: 'Undo', run: () => void undoOperation(client, operation) };
  if (output === null) return { text: `${name} is repaired. ${left}`, actions: [undo] };
  return {
    text: `A repaired copy of ${name} is written. ${left} It has the same id: only one of the two should stay in a folder that is mounted from.`,
    actions: [{ label: 'Open the repaired copy', run: () => void openCopy(client, output) }, undo],
  };
}

/** Takes an operation back and says so; answers whether that worked. */
export async function undoOperation(client: Client, operation: string): Promise<boolean> {
  try {
    const { notes } = await runJob(client, 'operations.undo', { operation });
    tell(['It is taken back.', ...notes].join(' '));
    return true;
  } catch (thrown) {
    report(thrown, 'Undo');
    return false;
  }
}

/** Shows a new file in the window; it joins what is open where it lies outside of it. */
export async function openCopy(client: Client, output: string): Promise<void> {
  try {
    if (!useCase.getState().chains.byPath.has(output))
      await client.call('evidence.openPath', { paths: [output], add: true });
    selectWhenThere(output);
    useView.getState().setTab('overview');
  } catch (thrown) {
    report(thrown, 'Open');
  }
}
