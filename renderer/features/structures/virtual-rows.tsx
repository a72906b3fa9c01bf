import {
  type CSSProperties,
  type KeyboardEvent,
  type ReactNode,
  type Ref,
  useId,
  useImperativeHandle,
  useRef,
} from 'react';
import { classes } from '../../ui/classes.ts';
import { type VirtualHandle, VirtualList } from '../../ui/hex/virtual.tsx';
import css from './virtual-rows.module.css';

export interface RowsHandle {
  reach(index: number): void;
}

const LINE = 22;

/** A table of any length: rows are made as they come into view. */
export function VirtualRows({
  label,
  columns,
  count,
  cells,
  selected,
  onSelect,
  empty,
  handle,
}: {
  label: string;
  /** `width` as in a grid template. */
  columns: readonly { title: string; width: string; number: boolean }[];
  count: number;
  cells: (index: number) => ReactNode[];
  /** -1 for none. */
  selected: number;
  onSelect: (index: number) => void;
  /** Said where there are no rows. */
  empty: string;
  handle?: Ref<RowsHandle>;
}) {
  const id = useId();
  const list = useRef<VirtualHandle>(null);
  useImperativeHandle(handle, () => ({ reach: (index) => list.current?.reach(index) }));
  const go = (index: number): void => {
    const to = Math.min(count - 1, Math.max(0, index));
    onSelect(to);
    list.current?.show(to);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = list.current?.page() ?? 1;
    const from = selected < 0 ? -1 : selected;
    const steps: Record<string, number> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: count - 1,
    };
    const next = steps[event.key];
    if (next === undefined || count === 0) return;
    event.preventDefault();
    go(next);
  };
  const template = { '--columns': columns.map(({ width }) => width).join(' ') } as CSSProperties;
  return (
    <VirtualList
      count={count}
      lineHeight={LINE}
      label={`${label}: place`}
      handle={list}
      head={
        <div role="row" aria-rowindex={1} className={classes(css.row, css.head)}>
          {columns.map(({ title, number }) => (
            <span key={title} role="columnheader" className={classes(number && 'num')}>
              {title}
            </span>
          ))}
          {count === 0 ? <span className={css.empty}>{empty}</span> : null}
        </div>
      }
      body={{
        'role': 'grid',
        'aria-label': label,
        'aria-rowcount': count + 1,
        'tabIndex': 0,
        'style': template,
        onKeyDown,
        ...(selected >= 0 ? { 'aria-activedescendant': `${id}-${selected}` } : {}),
      }}
      renderLine={(index) => (
        <div
          key={index}
          id={`${id}-${index}`}
          role="row"
          aria-rowindex={index + 2}
          aria-selected={index === selected}
          className={css.row}
          onClick={() => onSelect(index)}
        >
          {cells(index).map((cell, column) => (
            <span
              key={columns[column]?.title}
              role="gridcell"
              className={classes(columns[column]?.number === true && 'num')}
            >
              {cell}
            </span>
          ))}
        </div>
      )}
    />
  );
}
