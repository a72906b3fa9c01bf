import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight, Copy } from 'lucide-react';
import { type CSSProperties, Fragment, useRef, useState } from 'react';
import type { JobInfo, OperationRow } from '../../../app/contract/types.ts';
import { tell } from '../../state/notices.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { classes } from '../../ui/classes.ts';
import { copyText } from '../../ui/copy.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Name, Time } from '../../ui/values.tsx';
import { EndButtons } from './interrupted.tsx';
import css from './log.module.css';
import { bytesText, changeText, operationText, STATES, stateOf, writtenFile } from './rows.ts';
import { useLiveWrite } from './use-operations.ts';

/** Changed places of one operation that are listed. */
const MAX_CHANGES = 16;

/** Operations, newest first; one unfolds to all that is known of it. */
export function LogTable({
  rows,
  all,
  onUndo,
}: {
  rows: readonly OperationRow[];
  /** With the image of each. */
  all: boolean;
  onUndo: (row: OperationRow) => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const write = useLiveWrite();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: () => 28,
    getItemKey: (index) => rows[index]?.operation ?? index,
    overscan: 8,
    scrollMargin: 24,
  });
  const toggle = (operation: string): void =>
    setUnfolded((before) => {
      const next = new Set(before);
      if (!next.delete(operation)) next.add(operation);
      return next;
    });
  return (
    <div
      ref={place}
      className={classes(css.table, all && css.all)}
      role="table"
      aria-label="Operations"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
    >
      <div role="rowgroup" className={css.header}>
        <div role="row" className={css.head} aria-rowindex={1}>
          <div role="columnheader">When</div>
          <div role="columnheader">What</div>
          {all ? <div role="columnheader">File</div> : null}
          <div role="columnheader" className={css.bytes}>
            Bytes
          </div>
          <div role="columnheader" className={css.who}>
            Who
          </div>
          <div role="columnheader">State</div>
          <div role="columnheader">
            <span className="visually-hidden">What can be done</span>
          </div>
        </div>
      </div>
      <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: 'relative' } satisfies CSSProperties}>
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const open = unfolded.has(row.operation);
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtualizer.measureElement}
              className={css.item}
              role="presentation"
              style={{ transform: `translateY(${item.start - 24}px)` }}
            >
              <Row
                row={row}
                index={item.index}
                all={all}
                open={open}
                write={write}
                onToggle={() => toggle(row.operation)}
                onUndo={() => onUndo(row)}
              />
              {stateOf(row, write) === 'interrupted' ? (
                <div role="row" className={css.ways}>
                  <div role="cell" className="row">
                    <span className="dim">It can be finished or taken back:</span>
                    <EndButtons path={row.entry.target} small />
                  </div>
                </div>
              ) : null}
              {open ? (
                <div role="row" className={css.nested}>
                  <div role="cell">
                    <Details row={row} />
                  </div>
                </div>
              ) : null}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Row({
  row,
  index,
  all,
  open,
  write,
  onToggle,
  onUndo,
}: {
  row: OperationRow;
  index: number;
  all: boolean;
  open: boolean;
  write: JobInfo | null;
  onToggle: () => void;
  onUndo: () => void;
}) {
  const { entry, undoable } = row;
  const state = stateOf(row, write);
  const { health, word } = STATES[state];
  const bytes = bytesText(entry.changes);
  return (
    <div role="row" aria-rowindex={index + 2} className={css.row}>
      <div role="cell">
        <button type="button" className={css.fold} aria-expanded={open} onClick={onToggle}>
          {open ? <ChevronDown size={12} aria-hidden="true" /> : <ChevronRight size={12} aria-hidden="true" />}
          <Time moment={entry.time} />
        </button>
      </div>
      <div role="cell" className="clip" data-tip={operationText(row)}>
        {operationText(row)}
      </div>
      {all ? (
        <div role="cell">
          <Name title={writtenFile(row)}>{nameOf(writtenFile(row))}</Name>
        </div>
      ) : null}
      <div
        role="cell"
        className={classes('clip', 'dim', css.bytes)}
        data-tip={entry.changes?.slice(0, MAX_CHANGES).map(changeText).join('\n')}
      >
        {bytes ?? (entry.output === null ? '' : 'a new file')}
      </div>
      <div role="cell" className={classes('clip', 'dim', css.who)} data-tip={entry.who}>
        {entry.who}
      </div>
      <div role="cell" className={css.state}>
        <HealthGlyph health={health} label={null} />
        {word}
      </div>
      <div role="cell" className={css.actions}>
        {undoable ? (
          <Button
            small
            isDisabled={write !== null}
            onPress={onUndo}
            aria-label={`Undo ${operationText(row)} of ${nameOf(writtenFile(row))}`}
          >
            Undo…
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function nameOf(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}

/** All that the log says of an operation. */
function Details({ row: { operation, entry } }: { row: OperationRow }) {
  const changes = entry.changes ?? [];
  const facts: [string, string | null, boolean][] = [
    ['Operation', operation, true],
    ['Who', entry.who, false],
    ['Image', entry.target, true],
    ['New file', entry.output, true],
    ['SHA-256', entry.outputSha256, true],
    ['Journal', entry.journal, true],
    ['Device and inode', entry.identity, true],
    ['Note', entry.note, false],
    ['Line', `${entry.serial}, after ${entry.previous}`, true],
  ];
  return (
    <dl className={css.details}>
      {facts.map(([label, value, mono]) =>
        value === null || value === '' ? null : (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>
              <span className={mono ? 'mono' : ''}>{value}</span>
              <IconButton label={`Copy ${label}`} onPress={() => void copy(value, label)}>
                <Copy size={12} />
              </IconButton>
            </dd>
          </Fragment>
        ),
      )}
      {changes.length === 0 ? null : (
        <>
          <dt>Bytes</dt>
          <dd>
            <ul>
              {changes.slice(0, MAX_CHANGES).map((change) => (
                <li key={`${change.action}${change.offset}`} className="mono">
                  {changeText(change)}
                </li>
              ))}
              {changes.length > MAX_CHANGES ? <li className="dim">and {changes.length - MAX_CHANGES} more</li> : null}
            </ul>
          </dd>
        </>
      )}
    </dl>
  );
}

async function copy(text: string, label: string): Promise<void> {
  if (await copyText(text)) tell(`${label} copied.`);
}
