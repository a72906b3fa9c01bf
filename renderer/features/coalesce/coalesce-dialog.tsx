import { LockKeyholeOpen } from 'lucide-react';
import { useState } from 'react';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { tell } from '../../state/notices.ts';
import { Button } from '../../ui/button.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Sheet } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { chainOf } from '../chains/tree.ts';
import { openCopy, undoOperation } from '../repair/done.ts';
import { PrimaryKey, usePrimaryKey } from '../repair/foot.tsx';
import repair from '../repair/repair.module.css';
import { runJob } from '../repair/run-job.ts';
import { wroteNothing } from '../repair/wizard.ts';
import { CancelButton } from '../wizard/cancel-button.tsx';
import { CloseButton } from '../wizard/close-button.tsx';
import { OpenMade } from '../wizard/open-made.tsx';
import { RunStep } from '../wizard/run-step.tsx';
import { useWrite } from '../wizard/use-write.ts';
import { WizardFoot } from '../wizard/wizard-foot.tsx';
import { type Choice, DEFAULTS, outputOf, phasesOf, STEPS, type StepId, short, whyNotWrite } from './fold.ts';
import { How } from './how.tsx';
import { CannotFold } from './messages.tsx';
import { Proof } from './proof-step.tsx';
import { CoalesceSide } from './side.tsx';
import { What } from './what.tsx';
import { WhoElse } from './who-else.tsx';

/** Folds an image into its parent, or into an ancestor further down: what, who else, how, run, proof. */
export function CoalesceDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const client = useClient();
  const { byPath } = useCase((state) => state.chains);
  const name = byPath.get(path)?.name ?? path;
  // the chain as it was when the wizard was opened: its own writing changes it
  const [ancestors] = useState(() => chainOf(byPath, path).slice(1));
  const [into, setInto] = useState(ancestors[0] ?? '');
  const [tries, setTries] = useState(0);
  const [step, setStep] = useState<StepId>('what');
  const [choice, setChoice] = useState<Choice>(DEFAULTS);
  const [asks, setAsks] = useState(false);
  const asked = useAnswer(path, `${into} ${tries}`, (signal) =>
    client.call('coalesce.plan', { path, into: into === '' ? null : into }, signal),
  );
  const answer = asked.state === 'ready' ? asked.value : null;
  const change = (changed: Partial<Choice>): void => setChoice((before) => ({ ...before, ...changed }));
  const { kind, relinkChildren, removeChild, prove } = choice;
  const target =
    kind === 'copy' ? { kind, output: answer ? outputOf(answer, choice) : '' } : { kind, relinkChildren, removeChild };
  const write = useWrite(
    'Coalesce',
    (host, started) => runJob(host, 'coalesce.run', { path, into: into === '' ? null : into, target, prove }, started),
    ({ operation, output: made }) =>
      tell(`${name} is folded, read back and compared.`, [
        ...(made === null ? [] : [{ label: 'Open the new file', run: () => void openCopy(client, made) }]),
        { label: 'Undo', run: () => void undoOperation(client, operation) },
      ]),
  );
  const { writing, undoing } = write;
  const running = writing.state === 'running';
  const shown: StepId = writing.state === 'none' ? step : writing.state === 'done' ? 'proof' : 'run';
  const why = shown === 'how' ? whyNotWrite(answer, choice) : answer ? null : 'It is being looked at.';

  const close = (): void => {
    if (!running || asks) onClose();
    else setAsks(true);
  };
  const next = (): void => {
    if (why !== null) return;
    if (shown === 'what') setStep('who');
    else if (shown === 'who') setStep('how');
    else if (shown === 'how') write.start();
    else if (shown === 'proof') onClose();
  };
  usePrimaryKey(next);
  const parent = byPath.get(into);
  const hashed = prove || (answer?.hashed ?? true);
  return (
    <Sheet
      title="Coalesce"
      subject={<Name>{name}</Name>}
      {...(parent
        ? {
            caption: (
              <>
                into{' '}
                <span className="mono" data-tip={parent.path}>
                  {short(parent.name)}
                </span>
              </>
            ),
          }
        : {})}
      steps={STEPS}
      current={shown}
      onClose={close}
      side={answer ? <CoalesceSide answer={answer} choice={choice} /> : undefined}
      foot={
        <>
          <WizardFoot write={write} asks={asks} onStay={() => setAsks(false)} onClose={onClose} />
          <span className="grow" />
          {shown === 'run' ? (
            running ? (
              <CancelButton write={write} />
            ) : (
              <>
                {writing.state === 'failed' && wroteNothing(writing.error) ? (
                  <Button
                    onPress={() => {
                      write.reset();
                      setTries(tries + 1);
                    }}
                  >
                    Back
                  </Button>
                ) : null}
                <Button autoFocus onPress={onClose}>
                  Close
                </Button>
              </>
            )
          ) : shown === 'proof' ? (
            <>
              {undoing.state === 'done' ? null : (
                <Button isDisabled={undoing.state === 'running'} onPress={write.undo}>
                  Undo
                </Button>
              )}
              {writing.state === 'done' && writing.result.output !== null && undoing.state !== 'done' ? (
                <OpenMade output={writing.result.output} label="Open the new file" onClose={onClose} />
              ) : null}
              <CloseButton takesFocus={undoing.state === 'done'} onClose={onClose} />
            </>
          ) : (
            <>
              {why === null || asked.state === 'failed' ? null : <span className={repair.footNote}>{why}</span>}
              {shown === 'what' ? (
                <Button onPress={onClose}>Close</Button>
              ) : (
                <Button onPress={() => setStep(shown === 'how' ? 'who' : 'what')}>Back</Button>
              )}
              <Button key={shown} variant="primary" isDisabled={why !== null} onPress={next}>
                {shown === 'how' && kind === 'in-place' ? (
                  <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" />
                ) : null}
                {shown === 'what' ? 'Who else…' : shown === 'who' ? 'How…' : labelOf(kind)} <PrimaryKey />
              </Button>
            </>
          )}
        </>
      }
    >
      {asked.state === 'failed' ? (
        <CannotFold path={path} error={asked.error.toData()} onAgain={() => setTries(tries + 1)} />
      ) : null}
      {shown === 'what' ? (
        <What
          path={path}
          ancestors={ancestors}
          into={into}
          onInto={(chosen) => {
            setInto(chosen);
            setChoice(DEFAULTS);
          }}
          answer={answer}
        />
      ) : answer === null && shown !== 'run' && shown !== 'proof' ? (
        <p className={repair.wait}>It is being looked at…</p>
      ) : null}
      {answer && shown === 'who' ? <WhoElse answer={answer} /> : null}
      {answer && shown === 'how' ? <How answer={answer} choice={choice} onChange={change} /> : null}
      {shown === 'run' ? (
        <RunStep
          writing={writing}
          phases={phasesOf(kind, hashed)}
          title={kind === 'copy' ? 'The new file is written' : 'The parent is written'}
          text={
            kind === 'copy'
              ? 'Both sources are only read. The file gets its name when it is whole and has been read back.'
              : 'What stands there goes to the journal first. The child is only read, and reads right at every moment.'
          }
          unfinished={
            kind === 'copy'
              ? 'The sources are as they were; the unfinished file is gone again.'
              : 'The journal beside the parent knows how far it came: it can be finished or taken back. The child still reads as before.'
          }
        />
      ) : null}
      {shown === 'proof' && writing.state === 'done' ? (
        <Proof result={writing.result} undoing={undoing} name={name} raw={answer?.raw ?? false} />
      ) : null}
    </Sheet>
  );
}

function labelOf(kind: Choice['kind']): string {
  return kind === 'copy' ? 'Write a new file' : 'Fold in place';
}
