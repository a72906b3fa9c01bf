import { LockKeyholeOpen } from 'lucide-react';
import type { Dispatch } from 'react';
import { useView } from '../../state/view.ts';
import { Banner } from '../../ui/banner.tsx';
import { Button, Segments } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { Sheet, SheetFacts, SheetLead } from '../../ui/sheet.tsx';
import { saveText } from '../findings/export.ts';
import { JobLine } from '../repair/apply-step.tsx';
import { Tick } from '../repair/choose.tsx';
import { PrimaryKey, usePrimaryKey } from '../repair/foot.tsx';
import repair from '../repair/repair.module.css';
import { type Batch, type BatchEvent, countPlans, hasBegun, outcomeOf, pickedPlans, whyNotWriteAll } from './batch.ts';
import { BatchTable } from './batch-table.tsx';
import { batchCsv } from './export.ts';
import css from './repair-all.module.css';
import { useBatch } from './use-batch.ts';

const STEPS = [
  { id: 'plan', title: 'Summary' },
  { id: 'write', title: 'Apply' },
  { id: 'result', title: 'Result' },
] as const;

/** "Repair all safe": plans of every image with findings first, then those that lose nothing. */
export function RepairAll({ onClose }: { onClose: () => void }) {
  const batch = useBatch();
  const { state, dispatch, write, cancel } = batch;
  const why = whyNotWriteAll(state);
  const picked = pickedPlans(state).length;
  usePrimaryKey(() => {
    if (state.phase === 'ready') write();
    else if (state.phase === 'ended') onClose();
  });
  return (
    <Sheet
      title="Repair all safe"
      steps={STEPS}
      current={state.phase === 'writing' ? 'write' : state.phase === 'ended' ? 'result' : 'plan'}
      onClose={onClose}
      side={<Side state={state} dispatch={dispatch} />}
      foot={
        <>
          <span className={repair.footNote}>
            <HealthGlyph health={state.phase === 'ended' ? 'ok' : 'info'} label={null} />
            {footText(state)}
          </span>
          <span className="grow" />
          {state.phase === 'ready' && why !== null ? <span className={repair.footNote}>{why}</span> : null}
          {state.phase === 'planning' || state.phase === 'writing' ? (
            <Button onPress={cancel}>{state.phase === 'planning' ? 'Stop planning' : 'Cancel'}</Button>
          ) : null}
          {state.phase === 'ended' ? (
            <>
              <Button onPress={() => saveText('repairs.csv', 'text/csv', batchCsv(state))}>Save as CSV…</Button>
              <Button
                onPress={() => {
                  useView.getState().setTab('log');
                  onClose();
                }}
              >
                Show the log
              </Button>
            </>
          ) : null}
          {state.phase === 'planning' || state.phase === 'ready' ? (
            <>
              <Button onPress={onClose}>Close</Button>
              <Button variant="primary" isDisabled={why !== null} onPress={write}>
                {state.kind === 'in-place' ? <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" /> : null}
                {writeText(state, picked)} <PrimaryKey />
              </Button>
            </>
          ) : state.phase === 'ended' ? (
            <Button variant="primary" onPress={onClose}>
              Close <PrimaryKey />
            </Button>
          ) : (
            <Button onPress={onClose}>Hide</Button>
          )}
        </>
      }
    >
      <Lead state={state} />
      {state.phase === 'planning' || state.phase === 'writing' ? (
        <JobLine job={state.job} label={state.phase === 'planning' ? 'Plan repairs' : 'Repair'} />
      ) : null}
      <Trouble state={state} />
      <BatchTable state={state} dispatch={dispatch} />
    </Sheet>
  );
}

function writeText({ kind }: Batch, picked: number): string {
  return kind === 'copy'
    ? `Write ${plural(picked, 'repaired copy', 'repaired copies')}`
    : `Repair ${plural(picked, 'image')} in place`;
}

function footText({ phase, results }: Batch): string {
  if (phase === 'planning' || phase === 'ready') return 'Nothing has been written yet.';
  const done = [...results.values()].filter(({ error }) => error === null).length;
  return `${plural(done, 'image')} repaired${phase === 'writing' ? ' so far' : ''}.`;
}

function Lead({ state }: { state: Batch }) {
  const { safe, lossy, none } = countPlans(state.plans);
  if (state.phase === 'ended') {
    const failed = [...state.results.values()].filter(({ error }) => error !== null).length;
    const done = state.results.size - failed;
    return (
      <SheetLead title={`${plural(done, 'image')} repaired${failed > 0 ? `, ${failed} not` : ''}`}>
        Each was read back from disk and checked again. Each can be undone in the log.
      </SheetLead>
    );
  }
  if (state.phase === 'ready' && state.plans.length === 0)
    return <SheetLead title="Nothing to repair">No image has an error or a warning.</SheetLead>;
  return (
    <SheetLead title={`${plural(safe, 'image')} can be repaired without loss`}>
      {lossy > 0 ? `${plural(lossy, 'image needs', 'images need')} a person, because something would be lost. ` : ''}
      {none > 0 ? `For ${plural(none, 'image')} nothing can be done by default. ` : ''}
      {safe > 0 ? 'Only the first are touched.' : ''}
    </SheetLead>
  );
}

function Trouble({ state: { cutShort, end } }: { state: Batch }) {
  const texts: string[] = [];
  if (cutShort === 'cancelled') texts.push('Planning was stopped: images that are not listed were not looked at.');
  else if (cutShort) texts.push(`Planning ended early: ${cutShort.message}`);
  if (end === 'cancelled') texts.push('It was cancelled: images without a result are as they were.');
  else if (end && end !== 'done') texts.push(`It ended early: ${end.message}`);
  if (texts.length === 0) return null;
  return (
    <div className={repair.messages}>
      <Banner severity="warning" title="Not all of them">
        {texts.join(' ')}
      </Banner>
    </div>
  );
}

function Side({ state, dispatch }: { state: Batch; dispatch: Dispatch<BatchEvent> }) {
  const picked = pickedPlans(state);
  const bytes = picked.reduce((sum, row) => sum + row.bytesWritten, 0);
  const copy = state.kind === 'copy';
  const waiting = state.plans.filter((row) => outcomeOf(state, row) === 'waiting').length;
  return (
    <>
      {hasBegun(state) ? null : (
        <SheetFacts title="Target">
          <div className={css.target}>
            <Segments
              label="Target"
              value={state.kind}
              options={[
                { id: 'copy', label: 'Working copies' },
                { id: 'in-place', label: 'In place' },
              ]}
              onChange={(kind) => dispatch({ type: 'kind', kind })}
            />
            {copy ? null : (
              <Tick checked={state.unlocked} onChange={(unlocked) => dispatch({ type: 'unlock', unlocked })}>
                Unlock {plural(picked.length, 'image')}: let their bytes be changed
              </Tick>
            )}
          </div>
        </SheetFacts>
      )}
      <SheetFacts title="What is written">
        <dl className={repair.facts}>
          <div>
            <dt>Images</dt>
            <dd>{picked.length}</dd>
          </div>
          <div>
            <dt>Bytes changed</dt>
            <dd>{bytes.toLocaleString('en-US')}</dd>
          </div>
          <div>
            <dt>Target</dt>
            <dd>{copy ? 'new files beside them' : 'the images themselves'}</dd>
          </div>
          {state.phase === 'writing' ? (
            <div>
              <dt>Still to do</dt>
              <dd>{waiting}</dd>
            </div>
          ) : null}
        </dl>
      </SheetFacts>
      <SheetFacts title="What is lost">
        <p className="dim">Nothing. Plans that lose anything are left out, whatever is ticked.</p>
      </SheetFacts>
      <SheetFacts title="What is not touched">
        <p className="dim">
          {copy ? 'The images themselves: they are only read. ' : ''}Images that are not ticked, and every file outside
          of the case.
        </p>
      </SheetFacts>
      <SheetFacts title="Taking it back">
        <p className="dim">
          {copy
            ? 'Undo, in the log, removes a new file as long as nothing else has written to it.'
            : 'Undo, in the log, puts back one image at a time from the journal beside it.'}
        </p>
      </SheetFacts>
    </>
  );
}
