import { LockKeyhole, LockKeyholeOpen } from 'lucide-react';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { Button, Segments } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import { sortFindings } from '../findings/summary.ts';
import { JobLine } from './apply-step.tsx';
import { CancelCopy, FootNote, PrimaryKey, usePrimaryKey } from './foot.tsx';
import { amountsOf, headline, type StepView } from './preview.ts';
import { Risks, Steps } from './preview-step.tsx';
import css from './repair.module.css';
import type { Repair } from './use-repair.ts';
import { isWriting, planOf, whyNotTarget, whyNotWrite, writeLabel } from './wizard.ts';

/** The one confirmation of a plan that loses nothing: what, where, the bytes before and after, and the button that does it. */
export function OneClick({
  name,
  repair: { state, dispatch, write },
  views,
  onClose,
}: {
  name: string;
  repair: Repair;
  views: readonly StepView[];
  onClose: () => void;
}) {
  const plan = planOf(state);
  const writing = isWriting(state);
  usePrimaryKey(write);
  return (
    <Dialog
      title={`Repair ${name}`}
      onClose={onClose}
      width={860}
      bare
      foot={
        <>
          <FootNote state={state} onClose={onClose} dispatch={dispatch} />
          <span className="grow" />
          {writing ? (
            <CancelCopy state={state} />
          ) : (
            <>
              <Button isDisabled={!plan} onPress={() => dispatch({ type: 'all-options' })}>
                All options…
              </Button>
              <Button onPress={onClose}>Cancel</Button>
              <Button variant="primary" isDisabled={whyNotWrite(state) !== null} onPress={write}>
                {state.kind === 'in-place' ? <LockKeyholeOpen size={ICON_SMALL} aria-hidden="true" /> : null}
                {writeLabel(state)} <PrimaryKey />
              </Button>
            </>
          )}
        </>
      }
    >
      <div className={css.quick}>
        {writing ? (
          <JobLine job={state.writing.state === 'running' ? state.writing.job : null} label="Repair" />
        ) : plan ? (
          <>
            <div className={css.quickLead}>
              <h3>{headline(amountsOf(views))}</h3>
              <p>{reason(plan)}</p>
            </div>
            <Target repair={{ state, dispatch }} plan={plan} />
            <div>
              <Risks plan={plan} />
              <Steps plan={plan} views={views} />
            </div>
          </>
        ) : (
          <p className={css.wait}>Planning…</p>
        )}
      </div>
    </Dialog>
  );
}

/** What is wrong, in a word, and what the plan does about it. */
function reason({ findingsBefore, notes }: Plan): string {
  const [worst] = sortFindings(findingsBefore);
  const does = notes.map((note) => note.does).join(' ');
  return worst ? `${CATALOGUE[worst.code].title}. ${does}` : does;
}

function Target({ repair: { state, dispatch }, plan }: { repair: Pick<Repair, 'state' | 'dispatch'>; plan: Plan }) {
  const inPlace = state.kind === 'in-place';
  const why = whyNotTarget(state);
  return (
    <div className={css.target}>
      <Segments
        label="Target"
        value={state.kind}
        options={[
          { id: 'copy', label: 'Working copy' },
          { id: 'in-place', label: 'In place' },
        ]}
        onChange={(kind) => dispatch({ type: 'kind', kind })}
      />
      {inPlace ? (
        <Name>{plan.target}</Name>
      ) : (
        <TextField
          label="Name of the working copy"
          value={state.output}
          onChange={(output) => dispatch({ type: 'output', output })}
          mono
          invalid={why !== null}
        />
      )}
      <span className={css.targetNote}>
        {inPlace ? (
          <LockKeyholeOpen className="wa" size={ICON_SMALL} aria-hidden="true" />
        ) : (
          <LockKeyhole className="ok" size={ICON_SMALL} aria-hidden="true" />
        )}
        {inPlace
          ? 'Unlocked: the image itself is changed. What stood there goes to a journal beside it, and can be put back.'
          : (why ?? 'The image is only read; a new file is written beside it.')}
      </span>
    </div>
  );
}
