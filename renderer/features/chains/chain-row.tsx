import type { Row } from '@tanstack/react-table';
import { ChevronDown, ChevronRight, Copy, EyeOff, Moon, RefreshCw, Unlink } from 'lucide-react';
import { type MouseEvent, memo, type ReactNode } from 'react';
import type { ParentVerdict } from '../../../core/chain/parents.ts';
import { useView } from '../../state/view.ts';
import { classes } from '../../ui/classes.ts';
import { plural } from '../../ui/format.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { Name } from '../../ui/values.tsx';
import css from './chains.module.css';
import { type features, rowLabel } from './columns.tsx';
import { type LineRow, linesOf } from './lines.ts';
import { setCollapsed, useChains } from './state.ts';
import type { ChainNode } from './tree.ts';

interface RowProps {
  domId: string;
  row: Row<typeof features, ChainNode>;
  line: LineRow;
  lit: ReadonlyMap<string, LineRow>;
  /** Changes when the columns do. */
  columnsKey: string;
  top: number;
  index: number;
  siblings: number;
  /** Null where there is nothing below it. */
  open: boolean | null;
  isSelected: boolean;
  isFocused: boolean;
  onContextMenu: (x: number, y: number) => void;
  /** A press with Shift: everything up to here. */
  onRange: () => void;
}

function TableRow({
  domId,
  row,
  line,
  lit,
  top,
  index,
  siblings,
  open,
  isSelected,
  isFocused,
  onContextMenu,
  onRange,
}: RowProps) {
  const node = row.original;
  const image = node.row;
  const press = (event: MouseEvent): void => {
    if (event.button !== 0) return;
    const { marked } = useChains.getState();
    if (!image) {
      useChains.setState({ focus: node.id });
      return;
    }
    if (event.ctrlKey || event.metaKey) {
      const next = new Set(marked);
      if (!next.delete(node.id)) next.add(node.id);
      useChains.setState({ marked: next, anchor: node.id, focus: node.id });
      return;
    }
    if (event.shiftKey) {
      event.preventDefault();
      onRange();
      return;
    }
    useChains.setState({ marked: new Set([node.id]), anchor: node.id, focus: null });
    useView.getState().select(node.id);
  };
  return (
    // the grid has the focus and its keys
    <div
      id={domId}
      role="row"
      aria-rowindex={index + 2}
      aria-level={row.depth + 1}
      aria-posinset={line.place + 1}
      aria-setsize={siblings}
      aria-label={rowLabel(node)}
      {...(image ? { 'aria-selected': isSelected } : {})}
      {...(open === null ? {} : { 'aria-expanded': open })}
      className={classes(css.row, isFocused && css.focused, !image && css.group)}
      style={{ transform: `translateY(${top}px)` }}
      onMouseDown={press}
      onDoubleClick={() => {
        if (open !== null) setCollapsed([node.id], open);
      }}
      onContextMenu={(event) => {
        event.preventDefault();
        if (!image) return;
        if (!useChains.getState().marked.has(node.id)) press({ button: 0 } as MouseEvent);
        onContextMenu(event.clientX, event.clientY);
      }}
    >
      {row.getVisibleCells().map((cell) =>
        cell.column.id === 'name' ? (
          <div key={cell.id} role="gridcell" className={css.tree}>
            <div className={css.cell}>
              <LineCells line={line} lit={lit} />
              <Twisty id={node.id} open={open} lit={lit.has(node.id)} />
              {image ? <ImageName node={node} /> : <GroupName node={node} />}
            </div>
          </div>
        ) : (
          <div
            key={cell.id}
            role="gridcell"
            className={cell.column.columnDef.meta?.numeric === true ? 'num' : undefined}
          >
            {(cell.column.columnDef.cell as (context: unknown) => ReactNode)(cell.getContext())}
          </div>
        ),
      )}
    </div>
  );
}

/** Drawn again only when something of it changed. */
export const ChainTableRow = memo(
  TableRow,
  (a, b) =>
    a.row.original === b.row.original &&
    a.columnsKey === b.columnsKey &&
    a.line === b.line &&
    a.lit === b.lit &&
    a.top === b.top &&
    a.index === b.index &&
    a.open === b.open &&
    a.siblings === b.siblings &&
    a.isSelected === b.isSelected &&
    a.isFocused === b.isFocused,
);

function LineCells({ line, lit }: { line: LineRow; lit: ReadonlyMap<string, LineRow> }) {
  const { skipped, cells } = linesOf(line, lit);
  return (
    <>
      {skipped > 0 ? <span className={css.skipped}>+{skipped}</span> : null}
      {cells.map(({ shape, lit: light, cut }, level) => (
        <span
          // a row's cells have no identity but their level
          // biome-ignore lint/suspicious/noArrayIndexKey: see above
          key={level}
          className={classes(css.line, css[shape], light && css[light], cut && css.cut)}
        />
      ))}
    </>
  );
}

function Twisty({ id, open, lit }: { id: string; open: boolean | null; lit: boolean }) {
  if (open === null) return <span className={classes(css.twisty, css.dot)} />;
  return (
    <span
      className={classes(css.twisty, open && css.open, lit && css.lit)}
      onMouseDown={(event) => {
        event.stopPropagation();
        setCollapsed([id], open);
      }}
      onDoubleClick={(event) => event.stopPropagation()}
    >
      {open ? <ChevronDown size={12} /> : <ChevronRight size={12} />}
    </span>
  );
}

function GroupName({ node }: { node: ChainNode }) {
  return (
    <>
      <span className={css.groupTitle}>Orphans</span>
      <span className={classes(css.groupText, 'clip')}>
        {plural(node.children.length, 'image')} whose parent is not here
      </span>
    </>
  );
}

const LINKS: Partial<Record<ParentVerdict, string>> = {
  'missing': 'Its parent is not here.',
  'moved': 'Its parent was found by its id, in another place than it knows.',
  'id-mismatch': 'What stands where its parent belongs has another id.',
};

function ImageName({ node: { row, problems, where } }: { node: ChainNode }) {
  if (!row) return null;
  const of = (code: string): string | undefined => problems.find((problem) => problem.code === code)?.message;
  const cycle = of('chain.cycle') ?? (row.verdict === 'cycle' ? 'It is among its own ancestors.' : undefined);
  const copied = of('known-copy');
  const duplicate = of('chain.duplicate-id') ?? copied;
  const link = row.verdict === null ? undefined : LINKS[row.verdict];
  const grave = row.verdict !== 'moved';
  return (
    <>
      <Name className={css.name ?? ''}>{row.name}</Name>
      {row.hidden ? (
        <Mark tip="Hidden: a parent that no guest uses by itself.">
          <EyeOff size={ICON_SMALL} />
        </Mark>
      ) : null}
      {row.savedState ? (
        <Mark tip="It holds the saved state of a running guest.">
          <Moon size={ICON_SMALL} />
        </Mark>
      ) : null}
      {cycle === undefined ? null : (
        <Mark tip={cycle} tone="er">
          <RefreshCw size={ICON_SMALL} />
        </Mark>
      )}
      {duplicate === undefined ? null : (
        <Mark tip={duplicate} {...(copied === undefined ? { tone: 'wa' as const } : {})}>
          <Copy size={ICON_SMALL} />
        </Mark>
      )}
      {link === undefined ? null : (
        <Mark tip={link} tone={grave ? 'er' : 'wa'}>
          <Unlink size={ICON_SMALL} />
        </Mark>
      )}
      {where === null ? null : (
        <span className={css.where} data-tip={where}>
          {where.split(/[\\/]/).at(-1)}
        </span>
      )}
    </>
  );
}

function Mark({ tip, tone, children }: { tip: string; tone?: 'er' | 'wa'; children: ReactNode }) {
  return (
    <span className={classes(css.mark, tone && css[tone])} data-tip={tip} role="img" aria-label={tip}>
      {children}
    </span>
  );
}
