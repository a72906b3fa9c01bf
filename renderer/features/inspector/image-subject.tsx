import { CATALOGUE } from '../../../core/findings/catalogue.ts';
import { useCase } from '../../state/case.ts';
import { useImageDetail } from '../../state/image.ts';
import { type Subject, useView } from '../../state/view.ts';
import { Button } from '../../ui/button.tsx';
import { formatBytes, formatCount, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Name, Time } from '../../ui/values.tsx';
import { imageSentence } from './image-words.ts';
import css from './inspector.module.css';
import { Pair, Pairs, Part } from './parts.tsx';

/** Findings that are named; the rest are in their tab. */
const NAMED = 5;

/** An image: what it is in a sentence, who is above and below it, and what is wrong with it. */
export function ImageSubject({ subject }: { subject: Extract<Subject, { kind: 'image' }> }) {
  const { path } = subject;
  const row = useCase((state) => state.chains.byPath.get(path));
  const chains = useCase((state) => state.chains);
  const detail = useImageDetail(path).value;
  if (!row) return null;
  const children = chains.rows.filter(({ parent }) => parent === path);
  const parent = row.parent === null ? null : (chains.byPath.get(row.parent) ?? null);
  const findings = (detail?.findings ?? []).filter(({ severity }) => severity !== 'info');
  const select = (to: string): void => useView.getState().select(to);
  return (
    <>
      <header>
        <h3 className={css.title}>
          <Name>{row.name}</Name>
        </h3>
        <div className={css.place}>{row.folder === '' ? 'in the folder that was opened' : `in ${row.folder}`}</div>
      </header>
      <p>{imageSentence(row, children.length)}</p>
      <Pairs>
        {row.virtualSize === null ? null : (
          <Pair label="Disk" tip={formatBytes(row.virtualSize)}>
            {formatSize(row.virtualSize)}
          </Pair>
        )}
        <Pair label="File" tip={formatBytes(row.fileSize)}>
          {formatSize(row.fileSize)}
        </Pair>
        <Pair label="Takes up" tip={formatBytes(row.diskBytes)}>
          {formatSize(row.diskBytes)}
        </Pair>
        {row.blocks ? (
          <Pair label="Blocks">
            {formatCount(row.blocks.allocated)} of {formatCount(row.blocks.total)}
          </Pair>
        ) : null}
        <Pair label="Modified">
          <Time moment={row.modified} />
        </Pair>
      </Pairs>
      {parent || children.length > 0 ? (
        <Part title="In the chain">
          {parent ? (
            <div className={css.kin}>
              <span className="dim">on</span>
              <Button variant="link" onPress={() => select(parent.path)}>
                <Name>{parent.name}</Name>
              </Button>
            </div>
          ) : null}
          {children.slice(0, NAMED).map((child) => (
            <div key={child.path} className={css.kin}>
              <span className="dim">under</span>
              <Button variant="link" onPress={() => select(child.path)}>
                <Name>{child.name}</Name>
              </Button>
            </div>
          ))}
          {children.length > NAMED ? <p>and {plural(children.length - NAMED, 'more child', 'more children')}</p> : null}
        </Part>
      ) : null}
      {findings.length > 0 ? (
        <Part title="What is wrong">
          <ul className={css.wrongs}>
            {findings.slice(0, NAMED).map((finding) => (
              <li key={`${finding.code}${finding.offset ?? ''}`}>
                <HealthGlyph health={finding.severity} />
                <Button variant="link" onPress={() => useView.getState().inspect({ kind: 'finding', path, finding })}>
                  <span className={css.wrap}>{CATALOGUE[finding.code].title}</span>
                </Button>
              </li>
            ))}
            {findings.length > NAMED ? (
              <li>
                <span />
                <Button variant="link" onPress={() => useView.getState().setTab('findings')}>
                  and {formatCount(findings.length - NAMED)} more
                </Button>
              </li>
            ) : null}
          </ul>
        </Part>
      ) : null}
    </>
  );
}
