import { useEffect, useMemo } from 'react';
import type { OperationResult } from '../../../app/contract/types.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useImageDetail } from '../../state/image.ts';
import { report, tell } from '../../state/notices.ts';
import { doneNotice } from './done.ts';
import { OneClick } from './one-click.tsx';
import { type StepView, stepViews } from './preview.ts';
import { RepairWizard } from './repair-wizard.tsx';
import { useRepair } from './use-repair.ts';
import { isWriting, planOf } from './wizard.ts';

/** Repairs one image: one confirmation where that is enough, else five steps. */
export function RepairDialog({ path, mode, onClose }: { path: string; mode: 'quick' | 'wizard'; onClose: () => void }) {
  const client = useClient();
  const name = useCase((all) => all.chains.byPath.get(path)?.name) ?? path;
  const say = (result: OperationResult): void => {
    const { text, actions } = doneNotice(client, name, result);
    tell(text, actions);
  };
  const repair = useRepair(path, mode, (end) => {
    if ('result' in end) say(end.result);
    else report(end.error, 'Repair');
  });
  const { state, dispatch } = repair;
  const plan = planOf(state);
  const detail = useImageDetail(path);
  const tableAt = detail.value?.parts.find(({ id }) => id === 'bat')?.at ?? null;
  const views: readonly StepView[] = useMemo(() => (plan ? stepViews(plan, tableAt) : []), [plan, tableAt]);

  const close = (): void => {
    if (!isWriting(state) || state.asksToClose) onClose();
    else dispatch({ type: 'ask-to-close', asks: true });
  };
  const done = state.mode === 'quick' && state.writing.state === 'done' ? state.writing.result : null;
  useEffect(() => {
    if (!done) return;
    say(done);
    onClose();
    // told once, when the write ended
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [done]);

  if (state.mode === 'quick') return <OneClick name={name} repair={repair} views={views} onClose={close} />;
  return <RepairWizard path={path} name={name} repair={repair} views={views} onClose={close} />;
}
