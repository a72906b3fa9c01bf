import { Check, LockKeyhole, LockKeyholeOpen, TriangleAlert, Undo2 } from 'lucide-react';
import type { Finding } from '../../../core/findings/finding.ts';
import { worst } from '../../../core/findings/finding.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { HealthGlyph, ICON_SMALL } from '../../ui/icons.tsx';
import { SheetFacts } from '../../ui/sheet.tsx';
import { Name } from '../../ui/values.tsx';
import { consequencesOf, troubleText } from './consequences.ts';
import type { StepView } from './preview.ts';
import css from './repair.module.css';
import type { WriteTarget } from './wizard.ts';

/** Consequences of a plan: on every step the same, so that nothing comes as a surprise. */
export function RepairSide({
  plan,
  views,
  target,
  after,
}: {
  plan: Plan;
  views: readonly StepView[];
  target: WriteTarget;
  /** Findings of what was written; null before. */
  after: readonly Finding[] | null;
}) {
  const { written, file, twin, lost, untouched, undo } = consequencesOf(plan, views, target);
  if (plan.steps.length + plan.copies.length === 0)
    return (
      <SheetFacts title="What is written">
        <ul className={css.plain}>
          <li>
            <Check className="ok" size={ICON_SMALL} aria-hidden="true" />
            <span>Nothing.</span>
          </li>
        </ul>
      </SheetFacts>
    );
  return (
    <>
      <SheetFacts title="What is written">
        <dl className={css.facts}>
          {written.map(({ label, value, title }, index) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd className={index === 0 ? 'strong' : ''} data-tip={title ?? undefined}>
                {value}
              </dd>
            </div>
          ))}
        </dl>
        <div className={css.file}>
          {target.kind === 'in-place' ? (
            <LockKeyholeOpen className="wa" size={ICON_SMALL} aria-label="unlocked" role="img" />
          ) : null}
          <Name>{file}</Name>
        </div>
        {twin === null ? null : <p className={css.twin}>{twin}</p>}
      </SheetFacts>
      <SheetFacts title="What is lost">
        <ul className={css.plain}>
          {lost.lines.slice(0, 8).map((line) => (
            <li key={line}>
              {lost.isLoss ? (
                <TriangleAlert className="wa" size={ICON_SMALL} aria-hidden="true" />
              ) : (
                <Check className="ok" size={ICON_SMALL} aria-hidden="true" />
              )}
              <span>{line}</span>
            </li>
          ))}
          {lost.lines.length > 8 ? <li className="dim">and {lost.lines.length - 8} more ranges</li> : null}
        </ul>
      </SheetFacts>
      <SheetFacts title="What is not touched">
        <ul className={css.plain}>
          {untouched.map((line) => (
            <li key={line}>
              <LockKeyhole className="ok" size={ICON_SMALL} aria-hidden="true" />
              <span>{line}</span>
            </li>
          ))}
        </ul>
      </SheetFacts>
      <SheetFacts title="Findings">
        <dl className={css.facts}>
          <div>
            <dt>{after ? 'Before' : 'Now'}</dt>
            <dd>
              <Trouble findings={plan.findingsBefore} />
            </dd>
          </div>
          {after || plan.kind === 'repair' ? (
            <div>
              <dt>{after ? 'After' : 'Expected'}</dt>
              <dd>
                <Trouble findings={after ?? plan.findingsAfter} />
              </dd>
            </div>
          ) : null}
        </dl>
      </SheetFacts>
      <SheetFacts title="Taking it back">
        <ul className={css.plain}>
          {undo.map((line) => (
            <li key={line}>
              <Undo2 className="dim" size={ICON_SMALL} aria-hidden="true" />
              <span>{line}</span>
            </li>
          ))}
        </ul>
      </SheetFacts>
    </>
  );
}

/** "1 error" with its glyph; `clean` is said where there is none. */
export function Trouble({ findings, clean = 'none' }: { findings: readonly Finding[]; clean?: string }) {
  const severity = worst(findings);
  const health = severity === null || severity === 'info' ? 'ok' : severity;
  return (
    <span className={css.trouble}>
      <HealthGlyph health={health} label={null} /> {health === 'ok' ? clean : troubleText(findings)}
    </span>
  );
}
