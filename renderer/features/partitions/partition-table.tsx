import { type KeyboardEvent, useEffect, useRef } from 'react';
import { classes } from '../../ui/classes.ts';
import { formatBytes, formatCount, formatSize } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import table from '../../ui/table.module.css';
import type { Stretch } from './layout.ts';
import css from './partitions.module.css';
import { contentText, STATES, typeText } from './words.ts';

type Row = Exclude<Stretch, { kind: 'table' }>;

/** Rows that are drawn; a table may have thousands. */
const DRAWN = 500;

/** Every partition and every stretch nobody has, in order of place. */
export function PartitionTable({
  rows,
  sectorSize,
  sectors,
  selected,
  onChoose,
  onOpen,
  onMenu,
}: {
  rows: readonly Row[];
  sectorSize: number;
  /** Of the disk: what lies past them is told. */
  sectors: number;
  selected: string | null;
  onChoose: (row: Row) => void;
  /** Enter, or two clicks. */
  onOpen: (row: Row) => void;
  onMenu: (row: Row, at: { x: number; y: number }) => void;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const index = rows.findIndex(({ key }) => key === selected);
  useEffect(() => {
    if (index >= 0) body.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const current = rows[index];
    if (event.key === 'Enter' && current) {
      event.preventDefault();
      onOpen(current);
      return;
    }
    if ((event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) && current) {
      event.preventDefault();
      const box = body.current?.children[index]?.getBoundingClientRect();
      onMenu(current, { x: (box?.left ?? 0) + 40, y: box?.bottom ?? 0 });
      return;
    }
    const last = rows.length - 1;
    const steps: Record<string, number> = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: last };
    const step = steps[event.key];
    const to = step === undefined ? undefined : Math.min(last, Math.max(0, step));
    const next = to === undefined ? undefined : rows[to];
    if (!next || to === undefined) return;
    event.preventDefault();
    onChoose(next);
    const row = body.current?.children[to];
    if (row instanceof HTMLElement) row.focus();
  };
  return (
    <table
      role="grid"
      aria-label="Partitions"
      aria-rowcount={rows.length + 1}
      className={classes(table.table, css.table)}
      onKeyDown={onKeyDown}
    >
      <colgroup>
        <col className={css.colNumber} />
        <col className={css.colType} />
        <col className={css.colLba} />
        <col className={css.colLba} />
        <col className={css.colSize} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">#</th>
          <th scope="col">Type</th>
          <th scope="col" className="num">
            First LBA
          </th>
          <th scope="col" className="num">
            Last LBA
          </th>
          <th scope="col" className="num">
            Size
          </th>
          <th scope="col">Content</th>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.slice(0, DRAWN).map((row, at) => {
          const { key, start, end } = row;
          const length = (end - start + 1) * sectorSize;
          return (
            <tr
              key={key}
              tabIndex={index === at || (index < 0 && at === 0) ? 0 : -1}
              aria-selected={key === selected}
              className={classes(row.kind === 'gap' && css.free)}
              onClick={() => onChoose(row)}
              onDoubleClick={() => onOpen(row)}
              onContextMenu={(event) => {
                event.preventDefault();
                onChoose(row);
                onMenu(row, { x: event.clientX, y: event.clientY });
              }}
            >
              <td>{row.kind === 'partition' ? row.partition.number : ''}</td>
              <Type row={row} />
              <td className="num" data-tip={`0x${(start * sectorSize).toString(16)}`}>
                {formatCount(start)}
              </td>
              <td className="num" data-tip={`0x${((end + 1) * sectorSize - 1).toString(16)}`}>
                {formatCount(end)}
              </td>
              <td className="num" data-tip={formatBytes(length)}>
                {formatSize(length)}
              </td>
              <Content row={row} sectors={sectors} />
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Type({ row }: { row: Row }) {
  if (row.kind === 'gap') return <td>not allocated</td>;
  const { code, name } = typeText(row.partition);
  const logical = row.partition.kind === 'logical';
  return (
    <td
      data-tip={[code, name, row.partition.guid].filter(Boolean).join('\n')}
      className={classes(logical && css.logical)}
    >
      {code === null ? null : <span className="mono">{code} </span>}
      {name}
    </td>
  );
}

function Content({ row, sectors }: { row: Row; sectors: number }) {
  if (row.kind === 'gap') return <td />;
  const { fileSystem, end } = row.partition;
  const text = contentText(row.partition);
  const state = fileSystem?.state ?? null;
  const past = end >= sectors;
  const more = [text, state === null ? null : STATES[state], fileSystem?.note ?? null, fileSystem?.id ?? null];
  return (
    <td data-tip={more.filter(Boolean).join('\n') || undefined}>
      <span className={css.content}>
        {past ? (
          <>
            <HealthGlyph health="error" label={null} />
            <span>ends past the disk</span>
          </>
        ) : null}
        <span className={classes('clip', text === null && 'faint')}>{text ?? 'nothing known'}</span>
        {state === null || state === 'clean' ? null : (
          <>
            <HealthGlyph health="warning" label={null} />
            <span className="clip dim">{STATES[state]}</span>
          </>
        )}
        {state === 'clean' ? <span className="faint">clean</span> : null}
      </span>
    </td>
  );
}
