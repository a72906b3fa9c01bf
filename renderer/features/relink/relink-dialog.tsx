import { LockKeyholeOpen } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { OperationResult, RelinkAnswer } from '../../../app/contract/types.ts';
import { isHealthy } from '../../../core/findings/finding.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { tell } from '../../state/notices.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { shortenName } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, Sheet, SheetLead } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { Tick } from '../repair/choose.tsx';
import { troubleText } from '../repair/consequences.ts';
import { openCopy, undoOperation } from '../repair/done.ts';
import { PrimaryKey, usePrimaryKey } from '../repair/foot.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { amountsOf, headline, stepViews } from '../repair/preview.ts';
import { Risks, Steps } from '../repair/preview-step.tsx';
import repair from '../repair/repair.module.css';
import { Checks } from '../repair/result-step.tsx';
import { runJob } from '../repair/run-job.ts';
import { RepairSide } from '../repair/side.tsx';
import { wroteNothing } from '../repair/wizard.ts';
import { CancelButton } from '../wizard/cancel-button.tsx';
import { CloseButton } from '../wizard/close-button.tsx';
import { OpenMade } from '../wizard/open-made.tsx';
import { Option } from '../wizard/option.tsx';
import { ProofDigest, ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import { RunStep } from '../wizard/run-step.tsx';
import { useWrite, type Write } from '../wizard/use-write.ts';
import { WizardFoot } from '../wizard/wizard-foot.tsx';
import { Candidates } from './candidates.tsx';
import { type Choice, chosenOf, DEFAULTS, folderOf, STEPS, type StepId, whyNotNext } from './choice.ts';

/** Points a child at its parent again: which file it is, the bytes, apply, result. */
export function RelinkDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const client = useClient();
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const [step, setStep] = useState<StepId>('parent');
  const [choice, setChoice] = useState<Choice>(DEFAULTS);
  const [tries, setTries] = useState(0);
  const [asks, setAsks] = useState(false);
  const { parent, search, reason, kind, unlocked } = choice;
  const typed = kind === 'copy' ? (choice.output ?? '').trim() : '';
  // the locators of a copy begin in its folder; the reason is asked for again when it is written
  const folder = typed === '' ? folderOf(path) : folderOf(typed);
  const input = {
    path,
    parent,
    search,
    output: typed === '' || folder === folderOf(path) ? null : typed,
    reason: reason.trim() === '' ? null : reason.trim(),
  };
  const key = JSON.stringify([parent, search, folder, reason.trim() !== '', tries]);
  const asked = useAnswer(path, key, (signal) => client.call('relink.plan', input, signal));
  const answer = asked.state === 'ready' ? asked.value : null;
  const kept = asked.state === 'failed' ? asked.value : (answer ?? asked.value);
  const output = (choice.output ?? kept?.suggestedOutput ?? '').trim();
  const change = (changed: Partial<Choice>): void => setChoice((before) => ({ ...before, ...changed }));

  const write = useWrite(
    'Relink',
    async (host, started) => {
      const { planId } = await host.call('relink.plan', input);
      const target = kind === 'copy' ? { kind, output } : { kind };
      return runJob(host, 'repair.apply', { planId, target, acceptLoss: false }, started);
    },
    ({ operation, output: made }) =>
      tell(made === null ? `${name} is relinked.` : `A relinked copy of ${name} is written.`, [
        ...(made === null ? [] : [{ label: 'Open the copy', run: () => void openCopy(client, made) }]),
        { label: 'Undo', run: () => void undoOperation(client, operation) },
      ]),
  );
  const { writing, undoing } = write;
  const running = writing.state === 'running';
  const shown: StepId = writing.state === 'none' ? step : writing.state === 'done' ? 'result' : 'apply';
  const why = shown === 'result' ? null : whyNotNext(answer, choice, shown);
  const plan = answer?.plan ?? null;
  const views = useMemo(() => (plan ? stepViews(plan, null) : []), [plan]);
  const after = writing.state === 'done' ? writing.result.findingsAfter : null;
  const close = (): void => {
    if (!running || asks) onClose();
    else setAsks(true);
  };
  const next = (): void => {
    if (why !== null) return;
    if (shown === 'parent') setStep('preview');
    else if (shown === 'preview') write.start();
    else if (shown === 'result') onClose();
  };
  usePrimaryKey(next);
  const chosen = chosenOf(kept, choice);
  return (
    <Sheet
      title="Relink"
      subject={<Name>{name}</Name>}
      {...(chosen
        ? {
            caption: (
              <>
                to{' '}
                <span className="mono" data-tip={chosen.path}>
                  {shortenName(chosen.name, 24)}
                </span>
              </>
            ),
          }
        : {})}
      steps={STEPS}
      current={shown}
      onClose={close}
      side={
        plan && plan.steps.length > 0 ? (
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
                <CancelButton write={write} />
              ) : null
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
              <CloseButton takesFocus={undoing.state === 'done'} onClose={onClose} />
            </>
          ) : (
            <>
              {why === null || asked.state === 'failed' ? null : <span className={repair.footNote}>{why}</span>}
              {shown === 'parent' ? (
                <Button onPress={onClose}>Close</Button>
              ) : (
                <Button onPress={() => setStep('parent')}>Back</Button>
              )}
              <Button key={shown} variant="primary" isDisabled={why !== null} onPress={next}>
                {shown === 'preview' && kind === 'in-place' ? (
                  <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" />
                ) : null}
                {shown === 'parent' ? 'Preview…' : kind === 'copy' ? 'Write relinked copy' : 'Relink in place'}{' '}
                <PrimaryKey />
              </Button>
            </>
          )}
        </>
      }
    >
      {asked.state === 'failed' ? (
        <ErrorBanner
          title="It cannot be planned"
          error={asked.error.toData()}
          actions={
            <Button
              onPress={() => {
                change({ parent: null, search: [] });
                setTries(tries + 1);
              }}
            >
              Begin again
            </Button>
          }
        />
      ) : null}
      {shown === 'parent' ? (
        kept ? (
          <Candidates answer={kept} choice={choice} onChange={change} />
        ) : asked.state === 'failed' ? null : (
          <p className={repair.wait}>Candidates are looked for…</p>
        )
      ) : null}
      {shown === 'preview' && kept ? (
        <>
          <SheetLead title={answer ? headline(amountsOf(views)) : 'Planning…'}>
            Only the child’s header and the texts that name its parent change; no sector of the guest does.
          </SheetLead>
          <Target answer={kept} choice={choice} output={output} name={name} onChange={change} />
          <div className={repair.gap} />
          {plan ? (
            <>
              <Risks plan={plan} />
              <Steps plan={plan} views={views} />
            </>
          ) : null}
        </>
      ) : null}
      {shown === 'apply' ? (
        <RunStep
          writing={writing}
          phases={[{ id: 'Copying', title: kind === 'copy' ? 'Copy, then relink' : 'Relink' }]}
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
        <Result result={writing.result} undoing={undoing} parent={chosen?.name ?? 'its parent'} reason={input.reason} />
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
  answer: RelinkAnswer;
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
          text="A new file, whose locators begin in its own folder; the image is only read."
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
  parent,
  reason,
}: {
  result: OperationResult;
  undoing: Write<OperationResult>['undoing'];
  parent: string;
  reason: string | null;
}) {
  const { findingsBefore, findingsAfter, output, outputSha256, journal, operation } = result;
  if (undoing.state === 'done')
    return (
      <SheetLead title="It is taken back">
        {output === null ? 'Bytes, length and time are what they were.' : 'The new file is removed.'}{' '}
        {undoing.notes.join(' ')}
      </SheetLead>
    );
  return (
    <>
      <SheetLead title={`It names ${parent} now`}>
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
          {reason === null ? null : <ProofRow label="Reason">{reason}</ProofRow>}
          <ProofRow label="Operation">
            <span className="mono">{operation}</span>
          </ProofRow>
        </ProofList>
      </Pane>
    </>
  );
}
