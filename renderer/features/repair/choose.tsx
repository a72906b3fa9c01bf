import type { Dispatch, ReactNode } from 'react';
import type { RepairStrategy } from '../../../core/findings/finding.ts';
import { type Confidence, needsAcceptLoss, type Plan, type StrategyNote } from '../../../core/plans/plan.ts';
import { Tag } from '../../ui/bits.tsx';
import { TextField } from '../../ui/field.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { amountsOf, headline, stepViews } from './preview.ts';
import css from './repair.module.css';
import { type RepairEvent, type RepairState, whyNotTarget } from './wizard.ts';

const CONFIDENCE: Record<Confidence, string> = {
  certain: 'Every byte of it follows from what is in the file.',
  likely: 'What it takes for granted is usual, and not proved.',
  guess: 'Look at the result before it is used.',
};

/** Which plan, and where to. */
export function Choose({ state, dispatch }: { state: RepairState; dispatch: Dispatch<RepairEvent> }) {
  const recommended = state.recommended?.plan;
  if (!recommended) return null;
  const alternatives = recommended.alternatives;
  const some = recommended.steps.length > 0;
  return (
    <>
      <SheetLead title="Which plan, and where to">
        {some
          ? 'The first is what Platter would do. The others are done alone, instead of it.'
          : 'Nothing is done by default. These can be asked for by name.'}
      </SheetLead>
      <Pane title="Plan">
        <div className={css.options} role="radiogroup" aria-label="Plan">
          {some ? (
            <PlanOption state={state} dispatch={dispatch} choice={null} notes={recommended.notes} isRecommended />
          ) : null}
          {alternatives.map((note) => (
            <PlanOption key={note.id} state={state} dispatch={dispatch} choice={note.id} notes={[note]} />
          ))}
        </div>
      </Pane>
      <div className={css.gap} />
      <Target state={state} dispatch={dispatch} />
    </>
  );
}

function PlanOption({
  state,
  dispatch,
  choice,
  notes,
  isRecommended = false,
}: {
  state: RepairState;
  dispatch: Dispatch<RepairEvent>;
  choice: RepairStrategy | null;
  notes: readonly StrategyNote[];
  isRecommended?: boolean;
}) {
  const chosen = state.choice === choice && (choice !== null || isRecommended);
  const plan = chosen && state.planned.state === 'ready' ? state.planned.answer.plan : null;
  // how sure it is, is known of a plan that was made
  const shown = plan && plan.notes.length > 0 ? plan.notes : notes;
  const confidence = weakest(shown);
  return (
    <label className={css.option} {...(chosen ? { 'data-chosen': true } : {})}>
      <input
        type="radio"
        name="plan"
        checked={chosen}
        onChange={() => dispatch({ type: 'choose', choice })}
        aria-label={notes.map(({ id }) => id).join(', then ')}
      />
      <span className={css.foundHead}>
        <span className="mono strong">{notes.map(({ id }) => id).join(' → ')}</span>
        {isRecommended ? <Tag>recommended</Tag> : null}
        {plan || isRecommended ? <Tag tip={CONFIDENCE[confidence]}>{confidence}</Tag> : null}
        {plan && needsAcceptLoss(plan) ? <Tag>loses data</Tag> : null}
      </span>
      <span className={css.optionText}>{shown.map(({ does }) => does).join(' ')}</span>
      {chosen ? <Outcome state={state} plan={plan} /> : null}
    </label>
  );
}

function Outcome({ state, plan }: { state: RepairState; plan: Plan | null }) {
  if (state.planned.state === 'failed')
    return <span className={css.optionText}>It cannot be planned: {state.planned.error.message}</span>;
  if (!plan) return <span className={css.optionText}>Planning…</span>;
  if (plan.steps.length === 0)
    return (
      <span className={css.optionText}>
        It does not apply: {plan.refusals[0] ?? 'there is nothing for it to change.'}
      </span>
    );
  return (
    <>
      <span className={css.optionText}>{headline(amountsOf(stepViews(plan, null)))}.</span>
      {plan.risks.map((risk) => (
        <span key={risk} className={css.optionText}>
          {risk}
        </span>
      ))}
    </>
  );
}

/** A plan is as sure as the least sure of what it does. */
export function weakest(notes: readonly StrategyNote[]): Confidence {
  const order: readonly Confidence[] = ['guess', 'likely', 'certain'];
  return order.find((one) => notes.some(({ confidence }) => confidence === one)) ?? 'certain';
}

function Target({ state, dispatch }: { state: RepairState; dispatch: Dispatch<RepairEvent> }) {
  const { kind, output, unlocked } = state;
  const draft = state.planned.state === 'ready' && state.planned.answer.plan.draftOnly;
  const why = whyNotTarget(state);
  return (
    <Pane title="Target">
      <div className={css.options} role="radiogroup" aria-label="Target">
        <TargetOption
          label="Working copy"
          text="A new file; the image is only read. Takes no room for what the file system can share."
          chosen={kind === 'copy'}
          onChoose={() => dispatch({ type: 'kind', kind: 'copy' })}
        >
          <TextField
            label="Name of the working copy"
            value={output}
            onChange={(text) => dispatch({ type: 'output', output: text })}
            mono
            invalid={why !== null}
          />
          {why === null ? null : <span className="small er">{why}</span>}
        </TargetOption>
        <TargetOption
          label="In place"
          text={
            draft
              ? 'Not for this plan: a draft is written to a new file only.'
              : 'The image itself is changed. What stood there goes to a journal beside it first.'
          }
          chosen={kind === 'in-place'}
          isDisabled={draft}
          onChoose={() => dispatch({ type: 'kind', kind: 'in-place' })}
        >
          <Tick checked={unlocked} onChange={(is) => dispatch({ type: 'unlock', unlocked: is })}>
            Unlock the image: let its bytes be changed
          </Tick>
        </TargetOption>
      </div>
    </Pane>
  );
}

function TargetOption({
  label,
  text,
  chosen,
  isDisabled = false,
  onChoose,
  children,
}: {
  label: string;
  text: string;
  chosen: boolean;
  isDisabled?: boolean;
  onChoose: () => void;
  children: ReactNode;
}) {
  return (
    <div className={css.option} {...(chosen ? { 'data-chosen': true } : {})}>
      <input
        type="radio"
        name="target"
        id={`target-${label}`}
        checked={chosen}
        disabled={isDisabled}
        onChange={onChoose}
        aria-label={label}
      />
      <label className="strong" htmlFor={`target-${label}`}>
        {label}
      </label>
      <span className={css.optionText}>{text}</span>
      {chosen ? <div className={css.inside}>{children}</div> : null}
    </div>
  );
}

/** Something that is said yes to, on purpose. */
export function Tick({
  checked,
  onChange,
  children,
}: {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
}) {
  return (
    <label className={css.tick}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
    </label>
  );
}
