import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import type { Finding, Prognosis } from '../../../core/findings/finding.ts';
import { structureById } from '../../../core/formats/structures.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { isDropped } from '../../state/dropped.ts';
import { type Subject, useView } from '../../state/view.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount, formatOffset, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import { Remedy } from '../repair/remedy.tsx';
import css from './inspector.module.css';
import { Pair, Pairs, Part, Specification, SubjectHead } from './parts.tsx';

const PROGNOSES: Record<Prognosis, string> = {
  'no-loss': 'Nothing. It can be put right without losing any of the guest’s data.',
  'some-loss': 'Some of the guest’s data.',
  'lost': 'It cannot be brought back from what is here.',
  'decision': 'A person has to decide: more than one answer is possible.',
  'cosmetic': 'Nothing. It matters to no reader.',
};

/** Lost ranges that are listed; more are counted. */
const LISTED = 6;

/** A finding: what it means, how it comes about, what other tools do, and what would be lost. */
export function FindingSubject({ subject }: { subject: Extract<Subject, { kind: 'finding' }> }) {
  const { path, finding } = subject;
  const { code, message, offset, length, field, lost, prognosis } = finding;
  const page = CATALOGUE[code];
  const row = useCase((state) => state.chains.byPath.get(path));
  const table = finding.structure === null ? null : structureById(finding.structure);
  const show = (): void => {
    if (offset === null) return;
    const place = { path, at: offset, length: length ?? 1 };
    if (subject.space === 'guest') useView.getState().show('disk', { ...place, space: 'guest', field: null });
    else useView.getState().show('structures', { ...place, space: 'file', field });
  };
  return (
    <>
      <SubjectHead title={code}>
        <span className={css.inline}>
          <HealthGlyph health={finding.severity} label={null} />
          {finding.severity} in
        </span>{' '}
        <Name>{row?.name ?? path}</Name>
      </SubjectHead>
      <p>
        <b>{message}</b>
      </p>
      <Pairs>
        {offset === null ? null : (
          <Pair label="At" mono tip={formatCount(offset)}>
            {formatOffset(offset)}
          </Pair>
        )}
        {length === null || length === 0 ? null : <Pair label="Bytes">{formatCount(length)}</Pair>}
        {field === null ? null : (
          <Pair label="Field" mono>
            {field}
          </Pair>
        )}
      </Pairs>
      <div className={css.actions}>
        <Remedy path={path} finding={finding} />
        {offset === null ? null : (
          <Button small onPress={show}>
            Show the bytes
          </Button>
        )}
      </div>
      <Part title={page.title}>
        <p>{page.means}</p>
      </Part>
      <Part title="How it comes about" apart={false}>
        <p>{page.causes}</p>
      </Part>
      <Part title="What to do" apart={false}>
        <p>{page.action}</p>
      </Part>
      <OtherTools path={path} finding={finding} />
      <Part title="What would be lost">
        <p>{PROGNOSES[prognosis]}</p>
        {lost.length > 0 ? (
          <ul className={css.lost}>
            {lost.slice(0, LISTED).map((extent) => (
              <li key={extent.offset}>
                guest <span className="mono">{formatOffset(extent.offset)}</span>,{' '}
                <span data-tip={formatBytes(extent.length)}>{formatSize(extent.length)}</span>
              </li>
            ))}
            {lost.length > LISTED ? <li>and {plural(lost.length - LISTED, 'more range')}</li> : null}
          </ul>
        ) : null}
      </Part>
      {table ? <Specification text={table.spec} /> : null}
    </>
  );
}

/** What vhd-util says of the image, in its own words. */
function OtherTools({ path, finding }: { path: string; finding: Finding }) {
  const client = useClient();
  const asked =
    /^(footer|footer-copy|header|bat|batmap|block|bitmap|locator|parent|image)\./.test(finding.code) &&
    !isDropped(path);
  const answer = useAnswer(path, `${path} ${asked}`, (signal) =>
    asked ? client.call('image.vhdUtilCheck', { path }, signal) : Promise.resolve(null),
  );
  if (!answer.value) return null;
  const { text, exitCode } = answer.value;
  return (
    <Part title="What other tools do">
      <pre className={css.quote} tabIndex={0} aria-label="Output of vhd-util check">
        {`$ vhd-util check -n ${path.slice(path.lastIndexOf('/') + 1)}\n${text.trimEnd()}`}
      </pre>
      <p className="small">
        vhd-util {exitCode === 0 ? 'finds nothing wrong with it.' : `ends with exit code ${exitCode}.`}
      </p>
    </Part>
  );
}
