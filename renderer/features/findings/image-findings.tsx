import type { Finding } from '../../../core/findings/finding.ts';
import { useAnswer } from '../../state/answer.ts';
import { useClient } from '../../state/client.ts';
import { isDropped } from '../../state/dropped.ts';
import { useImageDetail } from '../../state/image.ts';
import { Empty, SectionHead } from '../../ui/bits.tsx';
import { plural } from '../../ui/format.ts';
import { FindingRow } from './finding-row.tsx';
import css from './findings.module.css';
import { useFindings } from './state.ts';
import { sortFindings } from './summary.ts';

/** The findings of one image, and what vhd-util would say of it. */
export function ImageFindings({ path }: { path: string }) {
  const detail = useImageDetail(path);
  const checked = useFindings((state) => state.results.get(path)?.findings);
  const shown = useFindings((state) => state.shown);
  const findings: readonly Finding[] | undefined = checked ?? detail.value?.findings;
  if (detail.state === 'failed' && !findings)
    return <Empty title="The image could not be read">{detail.error.message}</Empty>;
  if (!findings) return null;
  const visible = sortFindings(findings.filter(({ severity }) => shown[severity]));
  const hidden = findings.length - visible.length;
  return (
    <div className="scroll" tabIndex={-1}>
      {findings.length === 0 ? (
        <Empty title="Nothing is wrong with this image">
          {detail.value?.checks.length
            ? 'No rule found anything. A deep check also reads every sector bitmap and the data under clear bits.'
            : 'Nothing was found in it.'}
        </Empty>
      ) : null}
      {visible.map((finding, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: one code may be found twice at one place
        <FindingRow key={`${finding.code} ${finding.offset} ${index}`} path={path} finding={finding} />
      ))}
      {hidden > 0 ? <p className={css.note}>{plural(hidden, 'finding')} of other severities are not shown.</p> : null}
      {isDropped(path) || detail.value?.row.format !== 'vhd' ? null : <VhdUtil path={path} />}
    </div>
  );
}

function VhdUtil({ path }: { path: string }) {
  const client = useClient();
  const answer = useAnswer(path, path, (signal) => client.call('image.vhdUtilCheck', { path }, signal));
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (
    <section className={css.vhdUtil}>
      <SectionHead
        title="What vhd-util would say"
        {...(answer.value ? { caption: `exit code ${answer.value.exitCode}` } : {})}
      />
      {answer.value ? (
        <pre className={css.quote}>{`$ vhd-util check -n ${name}\n${answer.value.text}`.trimEnd()}</pre>
      ) : answer.state === 'failed' ? (
        <p className="dim">{answer.error.message}</p>
      ) : null}
    </section>
  );
}
