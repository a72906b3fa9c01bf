import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { type VhdUtilRepair, vhdUtilRepair } from '../../../core/findings/vhd-util-repair.ts';
import type { Plan } from '../../../core/plans/plan.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { useImageDetail } from '../../state/image.ts';
import { Banner } from '../../ui/banner.tsx';
import { Tag } from '../../ui/bits.tsx';
import { plural } from '../../ui/format.ts';
import { HealthGlyph, ICON, ICON_SMALL } from '../../ui/icons.tsx';
import { Pane, SheetLead } from '../../ui/sheet.tsx';
import { PROGNOSES } from '../findings/finding-row.tsx';
import { sortFindings } from '../findings/summary.ts';
import { rangeText } from './consequences.ts';
import css from './repair.module.css';
import { hasRepair } from './repairable.ts';

/** Lines of another tool that are shown. */
const MAX_LINES = 8;

/** What is wrong, how we know, what is lost, and what each tool would do about it. */
export function Diagnose({ path, plan }: { path: string; plan: Plan }) {
  const shown = sortFindings(plan.findingsBefore).filter((one) => one.severity !== 'info' || hasRepair([one]));
  const infos = plan.findingsBefore.length - shown.length;
  return (
    <>
      <SheetLead title={diagnosis(plan)}>{outlook(plan)}</SheetLead>
      {plan.steps.length === 0 && plan.refusals.length > 0 ? <Refusals plan={plan} /> : null}
      {shown.length === 0 ? null : (
        <Pane
          title="What is wrong"
          {...(infos === 0
            ? {}
            : { caption: `and ${plural(infos, 'finding')} that ${infos === 1 ? 'needs' : 'need'} nothing` })}
        >
          <ul className={css.list}>
            {shown.map((finding, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: one code may be found twice at one place
              <Found
                key={`${finding.code}${index}`}
                finding={finding}
                first={shown.findIndex(({ code }) => code === finding.code) === index}
              />
            ))}
          </ul>
        </Pane>
      )}
      <Tools path={path} plan={plan} />
    </>
  );
}

function diagnosis({ findingsBefore }: Plan): string {
  const errors = findingsBefore.filter(({ severity }) => severity === 'error').length;
  const warnings = findingsBefore.filter(({ severity }) => severity === 'warning').length;
  if (errors === 0 && warnings === 0) return 'Nothing is wrong with this image';
  const parts = [errors > 0 ? plural(errors, 'error') : null, warnings > 0 ? plural(warnings, 'warning') : null];
  return parts.filter(Boolean).join(' and ');
}

/** What can be done about it, in one sentence. */
function outlook({ steps, lost, lossy, refusals, findingsAfter }: Plan): string {
  if (steps.length === 0)
    return refusals.length > 0 ? 'Nothing is done about it by default.' : 'There is nothing to repair.';
  if (lost.length > 0 || lossy) return 'It can be made readable again, but not without loss.';
  const left = findingsAfter.some(({ severity }) => severity !== 'info');
  return left
    ? 'Some of it can be put right, and nothing is lost by that.'
    : 'It can be put right, and nothing is lost.';
}

function Refusals({ plan }: { plan: Plan }) {
  return (
    <div className={css.messages}>
      <Banner severity="warning" title={plan.alternatives.length > 0 ? 'Not done by default' : 'Nothing can be done'}>
        <ul className={css.list}>
          {plan.refusals.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        {plan.alternatives.length > 0 ? 'What can be asked for by name is in the next step.' : null}
      </Banner>
    </div>
  );
}

/** `first` of its code: what the code means is said once. */
function Found({ finding, first }: { finding: Finding; first: boolean }) {
  const { code, severity, message, prognosis, lost } = finding;
  const word = PROGNOSES[prognosis];
  return (
    <li className={css.found}>
      <HealthGlyph health={severity} size={ICON} />
      <div className={css.foundHead}>
        <span className="strong">{CATALOGUE[code].title}</span>
        <span className="mono faint">{code}</span>
        {word === null ? null : <Tag>{word}</Tag>}
      </div>
      <p>{message}</p>
      {first ? <p className="small">{CATALOGUE[code].means}</p> : null}
      {lost.length === 0 ? null : (
        <p>
          Lost: {lost.slice(0, 4).map(rangeText).join('; ')}
          {lost.length > 4 ? ` and ${plural(lost.length - 4, 'more range')}` : ''}.
        </p>
      )}
    </li>
  );
}

/** What each tool makes of it. */
function Tools({ path, plan }: { path: string; plan: Plan }) {
  const client = useClient();
  const check = useAnswer(path, path, (signal) => client.call('image.vhdUtilCheck', { path }, signal));
  const detail = useImageDetail(path);
  const repair = detail.value ? vhdUtilRepair(plan.findingsBefore, detail.value.blockSize) : null;
  return (
    <Pane title="What each tool does about it">
      <table className={css.tools}>
        <tbody>
          <Tool name="platter">{ours(plan)}</Tool>
          {check.value ? (
            <Tool name="vhd-util check">
              <pre className={css.quote}>{checkText(check.value)}</pre>
            </Tool>
          ) : null}
          {repair ? (
            <Tool name="vhd-util repair">
              <Verdict repair={repair} />
            </Tool>
          ) : null}
        </tbody>
      </table>
    </Pane>
  );
}

/** What it says; not the dump of the headers behind that. */
function checkText({ exitCode, text }: { exitCode: number; text: string }): string {
  const lines = text.split('\n');
  const dump = lines.findIndex((line) => /^VHD (Footer|Header) Summary/.test(line));
  const said = (dump < 0 ? lines : lines.slice(0, dump)).slice(0, MAX_LINES);
  return [`exit code ${exitCode}`, ...said].join('\n').trimEnd();
}

function ours({ notes, steps }: Plan): string {
  if (steps.length === 0) return 'Does nothing unless it is asked for by name.';
  return notes.map(({ does }) => does).join(' ');
}

function Tool({ name, children }: { name: string; children: ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}

function Verdict({ repair: { outcome, says } }: { repair: VhdUtilRepair }) {
  if (outcome !== 'destroys') return says;
  return (
    <span className={css.harm}>
      <TriangleAlert className="wa" size={ICON_SMALL} role="img" aria-label="destroys data" />
      <span>
        <span className="strong">Do not run it. </span>
        {says}
      </span>
    </span>
  );
}
