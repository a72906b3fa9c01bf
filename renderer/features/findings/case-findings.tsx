import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from 'lucide-react';
import { type CSSProperties, useMemo, useRef } from 'react';
import type { Finding } from '../../../core/findings/finding.ts';
import { useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useView } from '../../state/view.ts';
import { Empty } from '../../ui/bits.tsx';
import { classes } from '../../ui/classes.ts';
import { formatCount } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import table from '../../ui/table.module.css';
import { Name } from '../../ui/values.tsx';
import { FindingRow } from './finding-row.tsx';
import css from './findings.module.css';
import { type SortKey, useFindings } from './state.ts';
import { isShown, type SummaryLine, sortFindings, sortLines, summaryLines } from './summary.ts';

/** Every image with what is wrong with it; unfolded, with its findings. */
export function CaseFindings() {
  const rows = useCase((state) => state.chains.rows);
  const { results, shown, sort, unfolded } = useFindings();
  const selected = useView((state) => state.selected);
  const place = useRef<HTMLDivElement>(null);
  const lines = useMemo(
    () => sortLines(summaryLines(rows, results), sort.key, sort.desc).filter((line) => isShown(line, shown)),
    [rows, results, shown, sort],
  );
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => place.current,
    estimateSize: () => 26,
    getItemKey: (index) => lines[index]?.path ?? index,
    overscan: 10,
    scrollMargin: 24,
  });
  if (lines.length === 0)
    return <Empty title="Nothing to show">No image has findings of the severities that are shown.</Empty>;
  return (
    <div
      ref={place}
      className={css.summary}
      role="table"
      aria-label="Findings of all images"
      aria-rowcount={lines.length + 1}
      tabIndex={0}
    >
      <div role="rowgroup" className={css.header}>
        <div role="row" className={css.head} aria-rowindex={1}>
          <Heading id="name" title="Image" />
          <div role="columnheader">State</div>
          <Heading id="errors" title="Errors" numeric />
          <Heading id="warnings" title="Warnings" numeric />
          <Heading id="infos" title="Info" numeric />
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: 'relative' } satisfies CSSProperties}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtualizer.measureElement}
              className={css.item}
              role="presentation"
              style={{ transform: `translateY(${item.start - 24}px)` }}
            >
              <Line line={line} index={item.index} open={unfolded.has(line.path)} isCurrent={line.path === selected} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Heading({ id, title, numeric = false }: { id: SortKey; title: string; numeric?: boolean }) {
  const sort = useFindings((state) => state.sort);
  const own = sort.key === id;
  return (
    <div
      role="columnheader"
      aria-sort={own ? (sort.desc ? 'descending' : 'ascending') : 'none'}
      className={numeric ? 'num' : undefined}
    >
      <button
        type="button"
        className={table.sort}
        onClick={() => useFindings.setState({ sort: { key: id, desc: own ? !sort.desc : id !== 'name' } })}
      >
        {title}
        {own ? sort.desc ? <ArrowDown size={11} aria-hidden="true" /> : <ArrowUp size={11} aria-hidden="true" /> : null}
      </button>
    </div>
  );
}

function Line({
  line,
  index,
  open,
  isCurrent,
}: {
  line: SummaryLine;
  index: number;
  open: boolean;
  isCurrent: boolean;
}) {
  const { path, name, folder, errors, warnings, infos } = line;
  const toggle = (): void =>
    useFindings.setState(({ unfolded }) => {
      const next = new Set(unfolded);
      if (!next.delete(path)) next.add(path);
      return { unfolded: next };
    });
  return (
    <>
      <div role="row" aria-rowindex={index + 2} className={css.line} {...(isCurrent ? { 'data-current': true } : {})}>
        <div role="cell">
          <button type="button" className={css.fold} aria-expanded={open} onClick={toggle}>
            {open ? <ChevronDown size={12} aria-hidden="true" /> : <ChevronRight size={12} aria-hidden="true" />}
            <Name title={path}>{name}</Name>
            {folder === '' ? null : (
              <span className="faint micro clip" data-tip={folder}>
                {folder.split(/[\\/]/).at(-1)}
              </span>
            )}
          </button>
        </div>
        <div role="cell">
          <State line={line} />
        </div>
        <Count value={errors} />
        <Count value={warnings} />
        <Count value={infos} />
      </div>
      {open ? (
        <div className={css.nested} role="row">
          <div role="cell">
            <Unfolded line={line} />
          </div>
        </div>
      ) : null}
    </>
  );
}

function State({ line: { failure, errors, warnings, checked } }: { line: SummaryLine }) {
  const health = failure !== null || errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'ok';
  const word = failure !== null ? 'unreadable' : health === 'ok' ? 'clean' : health;
  return (
    <span
      className={classes(css.sev, health === 'ok' && 'faint')}
      data-tip={checked ? undefined : 'As it was read; not checked yet.'}
    >
      <HealthGlyph health={health} label={null} />
      {word}
    </span>
  );
}

function Count({ value }: { value: number | null }) {
  return (
    <div role="cell" className={classes('num', value ? null : 'faint')}>
      {value === null ? <span aria-label="not checked">–</span> : formatCount(value)}
    </div>
  );
}

function Unfolded({ line }: { line: SummaryLine }) {
  if (line.failure !== null) return <p className={css.note}>{line.failure}</p>;
  return line.findings ? <List path={line.path} findings={line.findings} /> : <Asked path={line.path} />;
}

function Asked({ path }: { path: string }) {
  const client = useClient();
  const answer = useAnswer(path, path, (signal) => client.call('image.findings', { path, chain: true }, signal));
  if (answer.value) return <List path={path} findings={answer.value.findings} />;
  return <p className={css.note}>{answer.state === 'failed' ? answer.error.message : 'Reading…'}</p>;
}

function List({ path, findings }: { path: string; findings: readonly Finding[] }) {
  const shown = useFindings((state) => state.shown);
  const visible = sortFindings(findings.filter(({ severity }) => shown[severity]));
  if (visible.length === 0)
    return (
      <p className={css.note}>
        {findings.length === 0 ? 'Nothing was found.' : 'Nothing of the severities that are shown.'}
      </p>
    );
  return visible.map((finding, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: one code may be found twice at one place
    <FindingRow key={`${finding.code} ${finding.offset} ${index}`} path={path} finding={finding} />
  ));
}
