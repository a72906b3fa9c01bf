import { LockKeyholeOpen } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import type { OperationResult, PlanAnswer } from '../../../app/contract/types.ts';
import { isHealthy } from '../../../core/findings/finding.ts';
import { needsAcceptLoss } from '../../../core/plans/plan.ts';
import { useClient } from '../../state/client.ts';
import { tell } from '../../state/notices.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, Sheet, SheetLead } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { Tick } from '../repair/choose.tsx';
import { troubleText } from '../repair/consequences.ts';
import { openCopy, undoOperation } from '../repair/done.ts';
import { PrimaryKey, usePrimaryKey } from '../repair/foot.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { amountsOf, headline, stepViews } from '../repair/preview.ts';
import { Loss, Risks, Steps } from '../repair/preview-step.tsx';
import repair from '../repair/repair.module.css';
import { Checks } from '../repair/result-step.tsx';
import { runJob } from '../repair/run-job.ts';
import { RepairSide } from '../repair/side.tsx';
import { wroteNothing } from '../repair/wizard.ts';
import { OpenMade } from '../wizard/open-made.tsx';
import { Option } from '../wizard/option.tsx';
import { ProofDigest, ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import { RunStep } from '../wizard/run-step.tsx';
import { useWrite, type Write } from '../wizard/use-write.ts';
import { WizardFoot } from '../wizard/wizard-foot.tsx';
import { type Choice, whyNotNext, writesNothing } from './choice.ts';

/** What one wizard says where another would say something else. */
export interface Words {
  title: string;
  /** Name of the first step. */
  first: string;
  /** Beside "headline" of the preview: what changes, and what does not. */
  changes: string;
  /** What the button that writes says. */
  copy: string;
  inPlace: string;
  /** Heading of the result. */
  done: string;
  /** "its table is rebuilt": after the image's name. */
  said: string;
}

/** A wizard that shows what would be written to one image before it is: first its own step, then preview, apply and result. */
export function PlannedSheet({
  name,
  words,
  answer,
  why: whyFirst,
  lead,
  moved,
  onAgain,
  onClose,
  children,
}: {
  name: string;
  words: Words;
  /** The plan for what is chosen; null while there is none. */
  answer: PlanAnswer | null;
  /** Why the first step cannot be left; null when it can. */
  why: string | null;
  /** Heading of the preview; the sum of what is shown byte by byte unless given. */
  lead?: string;
  /** In the preview, what is not shown byte by byte. */
  moved?: ReactNode;
  /** Makes the plan anew, after one that no longer fits. */
  onAgain: () => void;
  onClose: () => void;
  /** The first step. */
  children: ReactNode;
}) {
  const client = useClient();
  const [step, setStep] = useState<'first' | 'preview'>('first');
  const [choice, setChoice] = useState<Choice>({ kind: 'copy', output: null, unlocked: false, accepted: null });
  const [asks, setAsks] = useState(false);
  const { kind, unlocked } = choice;
  const output = (choice.output ?? answer?.suggestedOutput ?? '').trim();
  const write = useWrite(
    words.title,
    (host, started) => {
      const planId = answer?.planId ?? '';
      const target = kind === 'copy' ? { kind, output } : { kind };
      return runJob(host, 'repair.apply', { planId, target, acceptLoss: choice.accepted === planId }, started);
    },
    ({ operation, output: made }) =>
      tell(`${name}: ${words.said}${made === null ? '' : ', in a copy'}.`, [
        ...(made === null ? [] : [{ label: 'Open the copy', run: () => void openCopy(client, made) }]),
        { label: 'Undo', run: () => void undoOperation(client, operation) },
      ]),
  );
  const { writing, undoing } = write;
  const running = writing.state === 'running';
  const shown = writing.state === 'none' ? step : writing.state === 'done' ? 'result' : 'apply';
  const plan = answer?.plan ?? null;
  const views = useMemo(() => (plan ? stepViews(plan, null) : []), [plan]);
  const why = shown === 'first' ? whyFirst : shown === 'preview' ? whyNotNext(answer, choice, output) : null;
  const after = writing.state === 'done' ? writing.result.findingsAfter : null;
  const close = (): void => {
    if (!running || asks) onClose();
    else setAsks(true);
  };
  const next = (): void => {
    if (why !== null) return;
    if (shown === 'first') setStep('preview');
    else if (shown === 'preview') write.start();
    else if (shown === 'result') onClose();
  };
  usePrimaryKey(next);
  const change = (changed: Partial<Choice>): void => setChoice((before) => ({ ...before, ...changed }));
  return (
    <Sheet
      title={words.title}
      subject={<Name>{name}</Name>}
      steps={[
        { id: 'first', title: words.first },
        { id: 'preview', title: 'Preview' },
        { id: 'apply', title: 'Apply' },
        { id: 'result', title: 'Result' },
      ]}
      current={shown}
      onClose={close}
      side={
        plan && !writesNothing(plan) ? (
          <RepairSide
            plan={plan}
            views={views}
            target={kind === 'copy' ? { kind, output } : { kind, unlocked }}
            after={after}
          />
        ) : undefined
      }
      foot={
        <>
          <WizardFoot write={write} asks={asks} onStay={() => setAsks(false)} onClose={onClose} />
          <span className="grow" />
          {shown === 'apply' ? (
            running ? (
              kind === 'copy' ? (
                <Button onPress={write.cancel}>Cancel</Button>
              ) : null
            ) : (
              <>
                {writing.state === 'failed' && wroteNothing(writing.error) ? (
                  <Button
                    onPress={() => {
                      write.reset();
                      onAgain();
                      setStep('first');
                    }}
                  >
                    Back
                  </Button>
                ) : null}
                <Button onPress={onClose}>Close</Button>
              </>
            )
          ) : shown === 'result' ? (
            <>
              {undoing.state === 'done' ? null : (
                <Button isDisabled={undoing.state === 'running'} onPress={write.undo}>
                  Undo
                </Button>
              )}
              {writing.state === 'done' && writing.result.output !== null && undoing.state !== 'done' ? (
                <OpenMade output={writing.result.output} label="Open the copy" onClose={onClose} />
              ) : null}
              <Button variant="primary" onPress={onClose}>
                Close <PrimaryKey />
              </Button>
            </>
          ) : (
            <>
              {why === null ? null : <span className={repair.footNote}>{why}</span>}
              {shown === 'first' ? (
                <Button onPress={onClose}>Close</Button>
              ) : (
                <Button onPress={() => setStep('first')}>Back</Button>
              )}
              <Button key={shown} variant="primary" isDisabled={why !== null} onPress={next}>
                {shown === 'preview' && kind === 'in-place' ? (
                  <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" />
                ) : null}
                {shown === 'first' ? 'Preview…' : kind === 'copy' ? words.copy : words.inPlace} <PrimaryKey />
              </Button>
            </>
          )}
        </>
      }
    >
      {shown === 'first' ? children : null}
      {shown === 'preview' && answer ? (
        <>
          <SheetLead title={lead ?? headline(amountsOf(views))}>{words.changes}</SheetLead>
          <Target answer={answer} choice={choice} output={output} name={name} onChange={change} />
          <div className={repair.gap} />
          {needsAcceptLoss(answer.plan) ? (
            <Loss
              plan={answer.plan}
              accepted={choice.accepted === answer.planId}
              onAccept={(accepted) => change({ accepted: accepted ? answer.planId : null })}
            />
          ) : null}
          <Risks plan={answer.plan} />
          {moved}
          <Steps plan={answer.plan} views={views} />
        </>
      ) : null}
      {shown === 'apply' ? (
        <RunStep
          writing={writing}
          phases={[{ id: 'Copying', title: kind === 'copy' ? 'Copy, then write' : 'Write' }]}
          title={kind === 'copy' ? 'The working copy is written' : 'The image is written'}
          text="Written, read back and compared."
          unfinished={
            kind === 'copy'
              ? 'The image is as it was; the unfinished copy is gone again.'
              : 'The journal beside the image knows how far it came: it can be finished or taken back.'
          }
        />
      ) : null}
      {shown === 'result' && writing.state === 'done' ? (
        <Result result={writing.result} undoing={undoing} title={words.done} />
      ) : null}
    </Sheet>
  );
}

function Target({
  answer,
  choice,
  output,
  name,
  onChange,
}: {
  answer: PlanAnswer;
  choice: Choice;
  output: string;
  name: string;
  onChange: (changed: Partial<Choice>) => void;
}) {
  return (
    <Pane title="Target">
      <div className={repair.options} role="radiogroup" aria-label="Target">
        <Option
          group="target"
          label="Working copy"
          text="A new file; the image is only read. Takes no room for what the file system can share."
          chosen={choice.kind === 'copy'}
          onChoose={() => onChange({ kind: 'copy', unlocked: false })}
        >
          <TextField
            label="Name of the working copy"
            value={choice.output ?? answer.suggestedOutput}
            onChange={(text) => onChange({ output: text })}
            mono
            invalid={output === ''}
          />
        </Option>
        <Option
          group="target"
          label="In place"
          text="The image itself is changed. What stood there goes to a journal beside it first."
          chosen={choice.kind === 'in-place'}
          onChoose={() => onChange({ kind: 'in-place' })}
        >
          <Tick checked={choice.unlocked} onChange={(unlocked) => onChange({ unlocked })}>
            Unlock {name}: let its bytes be changed
          </Tick>
        </Option>
      </div>
    </Pane>
  );
}

function Result({
  result,
  undoing,
  title,
}: {
  result: OperationResult;
  undoing: Write<OperationResult>['undoing'];
  title: string;
}) {
  const { findingsBefore, findingsAfter, output, outputSha256, journal, operation, notes } = result;
  if (undoing.state === 'done')
    return (
      <SheetLead title="It is taken back">
        {output === null ? 'Bytes, length and time are what they were.' : 'The new file is removed.'}{' '}
        {undoing.notes.join(' ')}
      </SheetLead>
    );
  return (
    <>
      <SheetLead title={title}>
        {isHealthy(findingsAfter) ? 'No error and no warning is left.' : `Left: ${troubleText(findingsAfter)}.`}
      </SheetLead>
      {undoing.state === 'failed' ? <ErrorBanner title="It could not be taken back" error={undoing.error} /> : null}
      <Pane title="Checks" caption={`before: ${troubleText(findingsBefore)} · after: ${troubleText(findingsAfter)}`}>
        <Checks before={findingsBefore} after={findingsAfter} />
      </Pane>
      <div className={repair.gap} />
      <Pane title="Proof">
        <ProofList>
          <ProofFile label="New file" path={output} />
          <ProofDigest label="SHA-256" digest={outputSha256} />
          <ProofFile label="Journal" path={journal} />
          <ProofRow label="Operation">
            <span className="mono">{operation}</span>
          </ProofRow>
          {notes.map((note) => (
            <ProofRow key={note} label="Note">
              {note}
            </ProofRow>
          ))}
        </ProofList>
      </Pane>
    </>
  );
}
