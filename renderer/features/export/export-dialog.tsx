import { useState } from 'react';
import type { ExportAnswer, ExportResult } from '../../../app/contract/types.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { openDialog } from '../../state/dialogs.ts';
import { tell } from '../../state/notices.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { Pane, Sheet, SheetFacts, SheetLead } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { Tick } from '../repair/choose.tsx';
import { openCopy, undoOperation } from '../repair/done.ts';
import { PrimaryKey, usePrimaryKey } from '../repair/foot.tsx';
import { ErrorBanner } from '../repair/messages.tsx';
import { openRepair } from '../repair/open.ts';
import repair from '../repair/repair.module.css';
import { runJob } from '../repair/run-job.ts';
import { wroteNothing } from '../repair/wizard.ts';
import { CancelButton } from '../wizard/cancel-button.tsx';
import { CloseButton } from '../wizard/close-button.tsx';
import { OpenMade } from '../wizard/open-made.tsx';
import { ProofDigest, ProofFile, ProofList, ProofRow } from '../wizard/proof.tsx';
import { RunStep } from '../wizard/run-step.tsx';
import { FactList, Sentences } from '../wizard/side.tsx';
import { useWrite, type Write } from '../wizard/use-write.ts';
import { WizardFoot } from '../wizard/wizard-foot.tsx';
import { FormatStep } from './format-step.tsx';
import {
  type Choice,
  chainText,
  DEFAULTS,
  neededBytes,
  outputOf,
  phasesOf,
  STEPS,
  type StepId,
  whyNotExport,
} from './formats.ts';

/** Writes the guest's disk of an image as one new file: what, format, run, proof. */
export function ExportDialog({ path, onClose }: { path: string; onClose: () => void }) {
  const client = useClient();
  const name = useCase((state) => state.chains.byPath.get(path)?.name) ?? path;
  const [step, setStep] = useState<StepId>('what');
  const [choice, setChoice] = useState<Choice>(DEFAULTS);
  const [tries, setTries] = useState(0);
  const [asks, setAsks] = useState(false);
  const asked = useAnswer(path, `${path} ${tries}`, (signal) => client.call('export.plan', { path }, signal));
  const answer = asked.state === 'ready' ? asked.value : null;
  const change = (changed: Partial<Choice>): void => setChoice((before) => ({ ...before, ...changed }));
  const { kind, flavour, holes, hash } = choice;

  const write = useWrite(
    'Export',
    (host, started) => {
      const format = kind === 'azure' ? 'vhd-fixed' : kind;
      const output = answer ? outputOf(choice, answer).trim() : '';
      const input = { path, output, format, flavour, azure: kind === 'azure', holes, hash } as const;
      return runJob(host, 'export.run', input, started);
    },
    ({ operation, output }) =>
      tell(`The disk of ${name} is exported.`, [
        { label: 'Open the new file', run: () => void openCopy(client, output) },
        { label: 'Undo', run: () => void undoOperation(client, operation) },
      ]),
  );
  const { writing, undoing } = write;
  const running = writing.state === 'running';
  const shown: StepId = writing.state === 'none' ? step : writing.state === 'done' ? 'proof' : 'run';
  const why = whyNotExport(answer, choice, shown);
  const close = (): void => {
    if (!running || asks) onClose();
    else setAsks(true);
  };
  const next = (): void => {
    if (shown === 'proof') onClose();
    else if (why !== null) return;
    else if (shown === 'what') setStep('format');
    else if (shown === 'format') write.start();
  };
  usePrimaryKey(next);
  return (
    <Sheet
      title="Export"
      subject={<Name>{name}</Name>}
      steps={STEPS}
      current={shown}
      onClose={close}
      side={answer ? <Side answer={answer} choice={choice} /> : undefined}
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
              {writing.state === 'done' && undoing.state !== 'done' ? (
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
                <Button onPress={() => setStep('what')}>Back</Button>
              )}
              <Button key={shown} variant="primary" isDisabled={why !== null} onPress={next}>
                {shown === 'what' ? 'Format…' : 'Write the new file'} <PrimaryKey />
              </Button>
            </>
          )}
        </>
      }
    >
      {asked.state === 'failed' ? (
        <ErrorBanner
          title="Its disk cannot be read"
          error={asked.error.toData()}
          actions={<Button onPress={() => setTries(tries + 1)}>Try again</Button>}
        />
      ) : answer === null ? (
        <p className={repair.wait}>It is being looked at…</p>
      ) : shown === 'what' ? (
        <What path={path} answer={answer} choice={choice} onChange={change} />
      ) : shown === 'format' ? (
        <FormatStep answer={answer} choice={choice} onChange={change} />
      ) : shown === 'run' ? (
        <RunStep
          writing={writing}
          phases={phasesOf(hash)}
          title="The new file is written"
          text="The images are only read. The file gets its name when it is whole."
          unfinished="The images are as they were; the unfinished file is gone again."
        />
      ) : writing.state === 'done' ? (
        <Proof result={writing.result} undoing={undoing} />
      ) : null}
    </Sheet>
  );
}

function What({
  path,
  answer,
  choice,
  onChange,
}: {
  path: string;
  answer: ExportAnswer;
  choice: Choice;
  onChange: (changed: Partial<Choice>) => void;
}) {
  const { incomplete, holeBytes, lostBytes, virtualSize, dataBytes, chain } = answer;
  return (
    <>
      <SheetLead title={`The disk of ${formatSize(virtualSize)}, as its guest sees it`}>
        Read through {chainText(answer)} and written as one file that needs no other.
      </SheetLead>
      {lostBytes > 0 ? (
        <div className={repair.messages}>
          <Banner
            severity="error"
            title={`${formatSize(lostBytes)} are lost`}
            actions={<Button onPress={() => openRepair(path)}>Repair…</Button>}
          >
            An image of the chain should hold them and does not. Nothing is exported that would pass for whole.
          </Banner>
        </div>
      ) : null}
      {holeBytes > 0 ? (
        <div className={repair.messages}>
          <Banner
            severity="warning"
            title={incomplete ?? 'A parent is missing'}
            actions={
              <Button onPress={() => openDialog({ kind: 'relink', path: chain.at(-1)?.path ?? path })}>Relink…</Button>
            }
          >
            {formatSize(holeBytes)} of the disk would be in it. They are not known, and are not zeros by themselves.
          </Banner>
          <Tick checked={choice.holes} onChange={(holes) => onChange({ holes })}>
            Write zeros for these {formatSize(holeBytes)} all the same, and list them in the result
          </Tick>
        </div>
      ) : null}
      <Pane title="What is read">
        <ProofList>
          {chain.map(({ path: at }, index) => (
            <ProofFile
              key={at}
              label={index === 0 ? 'Image' : `Below it${chain.length > 2 ? `, ${index}` : ''}`}
              path={at}
            />
          ))}
          <ProofRow label="Guest’s disk">
            <span data-tip={formatBytes(virtualSize)}>{formatSize(virtualSize)}</span>
          </ProofRow>
          <ProofRow label="Data in it">
            <span data-tip={formatBytes(dataBytes)}>
              {formatSize(dataBytes)};{' '}
              {holeBytes > 0 ? `${formatSize(holeBytes)} are not known` : 'the rest reads as zeros'}
            </span>
          </ProofRow>
        </ProofList>
      </Pane>
    </>
  );
}

function Side({ answer, choice }: { answer: ExportAnswer; choice: Choice }) {
  const needed = neededBytes(choice, answer);
  return (
    <>
      <SheetFacts title="What is written">
        <FactList
          facts={[
            { label: 'Disk', value: formatSize(answer.virtualSize), tip: formatBytes(answer.virtualSize) },
            { label: 'Data in it', value: formatSize(needed), tip: formatBytes(needed) },
            ...(answer.free === null
              ? []
              : [{ label: 'Free there', value: formatSize(answer.free), tip: formatBytes(answer.free) }]),
          ]}
        />
        <div className={repair.file}>
          <Name>{outputOf(choice, answer)}</Name>
        </div>
      </SheetFacts>
      <SheetFacts title="What is not touched">
        <Sentences mark="kept" lines={['Every image of the chain: they are only read']} />
      </SheetFacts>
      {answer.holeBytes > 0 ? (
        <SheetFacts title="What is not known">
          <Sentences mark="bad" lines={[`${formatSize(answer.holeBytes)} that a missing parent would hold`]} />
        </SheetFacts>
      ) : null}
      <SheetFacts title="Proof at the end">
        <Sentences
          mark={choice.hash ? 'good' : 'bad'}
          lines={[
            choice.hash
              ? 'SHA-256 of the guest’s view in the same pass, and the file read back to the same'
              : 'None: it is neither hashed nor read back',
          ]}
        />
      </SheetFacts>
      <SheetFacts title="Taking it back">
        <Sentences mark="back" lines={['Undo removes the new file. Nothing else has changed.']} />
      </SheetFacts>
    </>
  );
}

/** Holes that are listed. */
const LISTED = 12;

function Proof({ result, undoing }: { result: ExportResult; undoing: Write<ExportResult>['undoing'] }) {
  const { guestSha256, output, fileSize, virtualSize, holes, holeBytes, operation } = result;
  if (undoing.state === 'done')
    return <SheetLead title="It is taken back">The new file is removed. {undoing.notes.join(' ')}</SheetLead>;
  return (
    <>
      <SheetLead title="The disk is exported">
        {guestSha256 === null
          ? 'It was written and made durable; nothing was hashed.'
          : 'It was hashed while it was written, and the file reads back to the same hash.'}
      </SheetLead>
      {undoing.state === 'failed' ? <ErrorBanner title="It could not be taken back" error={undoing.error} /> : null}
      <Pane title="Proof">
        <ProofList>
          <ProofDigest label="SHA-256" digest={guestSha256} />
          <ProofFile label="New file" path={output} />
          <ProofRow label="Size">
            <span data-tip={formatBytes(fileSize)}>{formatSize(fileSize)}</span>, a disk of {formatSize(virtualSize)}
          </ProofRow>
          <ProofRow label="Operation">
            <span className="mono">{operation}</span>
          </ProofRow>
        </ProofList>
      </Pane>
      {holes.length > 0 ? (
        <>
          <div className={repair.gap} />
          <Pane
            title="Written as zeros"
            caption={`${plural(holes.length, 'stretch', 'stretches')}, ${formatSize(holeBytes)}`}
          >
            <ProofList>
              {holes.slice(0, LISTED).map(({ offset, length }) => (
                <ProofRow key={offset} label={formatOffset(offset)}>
                  <span data-tip={formatBytes(length)}>{formatSize(length)}</span>
                </ProofRow>
              ))}
              {holes.length > LISTED ? <ProofRow label="and">{holes.length - LISTED} more</ProofRow> : null}
            </ProofList>
          </Pane>
        </>
      ) : null}
    </>
  );
}
