import type { Dispatch } from 'react';
import { needsAcceptLoss, type Plan } from '../../../core/plans/plan.ts';
import { Banner } from '../../ui/banner.tsx';
import { SheetLead } from '../../ui/sheet.tsx';
import { Tick } from './choose.tsx';
import { lossLines } from './consequences.ts';
import { amountsOf, headline, placeText, type StepView } from './preview.ts';
import css from './repair.module.css';
import { StepPane, TimesNote } from './step-bytes.tsx';
import type { RepairEvent, RepairState } from './wizard.ts';

/** Every byte before and after. */
export function Preview({
  plan,
  views,
  state,
  dispatch,
}: {
  plan: Plan;
  views: readonly StepView[];
  state: RepairState;
  dispatch: Dispatch<RepairEvent>;
}) {
  return (
    <>
      <SheetLead title={headline(amountsOf(views))}>{views.filter(isShown).map(placeText).join('; ')}.</SheetLead>
      {needsAcceptLoss(plan) ? (
        <Loss
          plan={plan}
          accepted={state.acceptLoss}
          onAccept={(accepted) => dispatch({ type: 'accept-loss', accepted })}
        />
      ) : null}
      <Risks plan={plan} />
      <Steps plan={plan} views={views} />
    </>
  );
}

function isShown({ kind }: StepView): boolean {
  return kind !== 'times';
}

export function Steps({ plan, views }: { plan: Plan; views: readonly StepView[] }) {
  return (
    <>
      {views.map((view, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have an order and nothing else of their own
        <StepPane key={index} view={view} path={plan.target} size={plan.sizeBefore} />
      ))}
      <TimesNote views={views} />
    </>
  );
}

/** What is lost, named, and the tick without which it is not written. */
export function Loss({
  plan,
  accepted,
  onAccept,
}: {
  plan: Plan;
  accepted: boolean;
  onAccept: (accepted: boolean) => void;
}) {
  const lines = lossLines(plan);
  return (
    <div className={css.loss}>
      <span className="strong">{plan.kind === 'restore-headers' ? 'The disk loses this' : 'The guest loses this'}</span>
      <ul tabIndex={lines.length > 6 ? 0 : -1} aria-label="What is lost">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Tick checked={accepted} onChange={onAccept}>
        {plan.lost.length > 0 ? 'Accept the loss of these ranges' : 'Accept the loss'}
      </Tick>
    </div>
  );
}

export function Risks({ plan }: { plan: Plan }) {
  if (plan.risks.length === 0) return null;
  return (
    <div className={css.messages}>
      <Banner severity="warning" title="What is not certain">
        <ul className={css.list}>
          {plan.risks.map((risk) => (
            <li key={risk}>{risk}</li>
          ))}
        </ul>
      </Banner>
    </div>
  );
}
