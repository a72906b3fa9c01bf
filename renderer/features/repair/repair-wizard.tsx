import { LockKeyholeOpen } from 'lucide-react';
import { useClient } from '../../state/client.ts';
import { Button } from '../../ui/button.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { saveText } from '../findings/export.ts';
import { EndInterrupted } from '../log/interrupted.tsx';
import { CloseButton } from '../wizard/close-button.tsx';
import { ApplyStep } from './apply-step.tsx';
import { Choose, weakest } from './choose.tsx';
import { Diagnose } from './diagnose.tsx';
import { openCopy } from './done.ts';
import { CancelCopy, FootNote, PrimaryKey, usePrimaryKey } from './foot.tsx';
import { ErrorBanner } from './messages.tsx';
import type { StepView } from './preview.ts';
import { Preview } from './preview-step.tsx';
import css from './repair.module.css';
import { ResultStep } from './result-step.tsx';
import { RepairSide } from './side.tsx';
import type { Repair } from './use-repair.ts';
import { isWriting, planOf, STEPS, type StepId, targetOf, whyNotNext, whyNotWrite, writeLabel } from './wizard.ts';

const TITLES: Record<StepId, string> = {
  diagnose: 'Diagnose',
  choose: 'Choose',
  preview: 'Preview',
  apply: 'Apply',
  result: 'Result',
};

/** Diagnose, choose, preview, apply, result. */
export function RepairWizard({
  path,
  name,
  repair,
  views,
  onClose,
}: {
  path: string;
  name: string;
  repair: Repair;
  views: readonly StepView[];
  onClose: () => void;
}) {
  const { state, dispatch, write } = repair;
  const plan = planOf(state);
  const after = state.writing.state === 'done' ? state.writing.result.findingsAfter : null;
  const sided = plan ?? state.recommended?.plan ?? null;
  usePrimaryKey(() => {
    if (state.step === 'diagnose' || state.step === 'choose') dispatch({ type: 'next' });
    else if (state.step === 'preview') write();
    else if (state.step === 'result') onClose();
  });
  return (
    <Sheet
      title="Repair"
      subject={<Name>{name}</Name>}
      {...(plan && plan.strategies.length > 0
        ? {
            caption: (
              <>
                plan <span className="mono">{plan.strategies.join(', ')}</span> · {weakest(plan.notes)}
              </>
            ),
          }
        : {})}
      steps={STEPS.map((id) => ({ id, title: TITLES[id] }))}
      current={state.step}
      onClose={onClose}
      side={
        sided ? <RepairSide plan={sided} views={plan ? views : []} target={targetOf(state)} after={after} /> : undefined
      }
      foot={
        <>
          <FootNote state={state} dispatch={dispatch} onClose={onClose} />
          <span className="grow" />
          <Buttons repair={repair} onClose={onClose} />
        </>
      }
    >
      <Step path={path} repair={repair} views={views} />
    </Sheet>
  );
}

function Step({
  path,
  repair: { state, dispatch },
  views,
}: {
  path: string;
  repair: Repair;
  views: readonly StepView[];
}) {
  const { step, planned, recommended, writing } = state;
  const plan = planOf(state);
  const again = () => dispatch({ type: 'replan' });
  switch (step) {
    case 'diagnose':
      if (planned.state === 'failed' && !recommended)
        return planned.error.code === 'in-use' ? (
          <EndInterrupted path={path} error={planned.error} onEnded={again} />
        ) : (
          <ErrorBanner
            title="No plan could be made"
            error={planned.error}
            actions={<Button onPress={again}>Try again</Button>}
          />
        );
      return recommended ? <Diagnose path={path} plan={recommended.plan} /> : <p className={css.wait}>Planning…</p>;
    case 'choose':
      return <Choose state={state} dispatch={dispatch} />;
    case 'preview':
      return plan ? <Preview plan={plan} views={views} state={state} dispatch={dispatch} /> : null;
    case 'apply':
      return (
        <ApplyStep
          state={state}
          actions={
            writing.state === 'failed' && writing.error.code === 'changed-since-plan' ? (
              <Button onPress={again}>Make a new plan</Button>
            ) : undefined
          }
        />
      );
    case 'result':
      return writing.state === 'done' ? <ResultStep state={state} result={writing.result} /> : null;
  }
}

function Buttons({ repair: { state, dispatch, write, undo }, onClose }: { repair: Repair; onClose: () => void }) {
  const { step, writing, undoing } = state;
  const plan = planOf(state);
  const back = <Button onPress={() => dispatch({ type: 'back' })}>Back</Button>;
  switch (step) {
    case 'diagnose':
    case 'choose': {
      const why = whyNotNext(state);
      return (
        <>
          {why === null ? null : <span className={css.footNote}>{why}</span>}
          {step === 'choose' ? back : <Button onPress={onClose}>Close</Button>}
          <Button key={step} variant="primary" isDisabled={why !== null} onPress={() => dispatch({ type: 'next' })}>
            {step === 'diagnose' ? 'Choose…' : 'Preview…'} <PrimaryKey />
          </Button>
        </>
      );
    }
    case 'preview': {
      const why = whyNotWrite(state);
      return (
        <>
          {why === null ? null : <span className={css.footNote}>{why}</span>}
          <Button isDisabled={!plan} onPress={() => plan && savePlan(plan)}>
            Save the plan…
          </Button>
          {back}
          <Button key="write" variant="primary" isDisabled={why !== null} onPress={write}>
            {state.kind === 'in-place' ? <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" /> : null}
            {writeLabel(state)} <PrimaryKey />
          </Button>
        </>
      );
    }
    case 'apply':
      if (isWriting(state)) return <CancelCopy state={state} />;
      return (
        <>
          {back}
          <Button onPress={onClose}>Close</Button>
        </>
      );
    case 'result':
      return (
        <>
          {undoing.state === 'done' ? null : (
            <Button isDisabled={undoing.state === 'running'} onPress={undo}>
              Undo
            </Button>
          )}
          {writing.state === 'done' && writing.result.output !== null && undoing.state !== 'done' ? (
            <OpenCopy output={writing.result.output} onClose={onClose} />
          ) : null}
          <CloseButton takesFocus={undoing.state === 'done'} onClose={onClose} />
        </>
      );
  }
}

function OpenCopy({ output, onClose }: { output: string; onClose: () => void }) {
  const client = useClient();
  return (
    <Button
      onPress={() => {
        onClose();
        void openCopy(client, output);
      }}
    >
      Open the repaired copy
    </Button>
  );
}

function savePlan(plan: NonNullable<ReturnType<typeof planOf>>): void {
  const name = plan.target.split(/[\\/]/).pop() ?? 'image';
  saveText(`${name}.plan.json`, 'application/json', `${JSON.stringify(plan, null, 2)}\n`);
}
