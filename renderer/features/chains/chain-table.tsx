import { type ExpandedState, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type CSSProperties, useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useCase } from '../../state/case.ts';
import { usePrefs } from '../../state/prefs.ts';
import { useView } from '../../state/view.ts';
import { Empty } from '../../ui/bits.tsx';
import { Button } from '../../ui/button.tsx';
import { ContextMenu } from '../../ui/menu.tsx';
import { ChainTableRow } from './chain-row.tsx';
import css from './chains.module.css';
import { columns, features, visibleColumns } from './columns.tsx';
import { selectRange, useGridKeys } from './grid-keys.ts';
import { ImageMenu } from './image-menu.tsx';
import { lineRows, litChain } from './lines.ts';
import { BY_NAME, setCollapsed, setFilterOpen, useChains } from './state.ts';
import { allNodes, type ChainNode, matches } from './tree.ts';

const ROW = 26;
const HEADER = 24;
const LEAST_NAME = 150;

/** The tree table of all images. Only rows that are seen are in the document. */
export function ChainTable({ roots }: { roots: ChainNode[] }) {
  const { filter, sorting, collapsed, marked, focus, width } = useChains();
  const selected = useView((state) => state.selected);
  const chosen = usePrefs((state) => state.columns);
  // typing stays ahead of thousands of rows
  const needle = useDeferredValue(filter.trim().toLowerCase());
  const grid = useRef<HTMLDivElement>(null);
  const [menu, setMenu] = useState<{ x: number; y: number; id: string } | null>(null);

  const expanded = useMemo((): ExpandedState => {
    if (needle !== '') return true;
    return Object.fromEntries(
      [...allNodes(roots)].flatMap(({ id, children }) => (children.length > 0 ? [[id, !collapsed.has(id)]] : [])),
    );
  }, [roots, collapsed, needle]);
  const columnVisibility = useMemo(() => visibleColumns(width, chosen), [width, chosen]);
  const state = useMemo(
    () => ({ expanded, sorting, columnVisibility, globalFilter: needle }),
    [expanded, sorting, columnVisibility, needle],
  );
  const table = useTable({
    features,
    columns,
    data: roots,
    state,
    getRowId: (node) => node.id,
    getSubRows: (node) => node.children,
    filterFromLeafRows: true,
    maxLeafRowFilterDepth: Number.POSITIVE_INFINITY,
    getColumnCanGlobalFilter: ({ id }) => id === 'name',
    globalFilterFn: ({ original }, _id, text: string) => matches(original, text),
    enableSortingRemoval: false,
    onSortingChange: (change) =>
      useChains.setState((now) => ({ sorting: typeof change === 'function' ? change(now.sorting) : change })),
  });

  const rows = table.getRowModel().rows;
  const lines = useMemo(() => lineRows(rows), [rows]);
  const found = useMemo(() => lines.filter(({ node }) => node.row && matches(node, needle)).length, [lines, needle]);
  useEffect(() => useChains.setState({ found }), [found]);
  const places = useMemo(() => new Map(rows.map((row, index) => [row.id, index])), [rows]);
  const siblings = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { parent } of lines) counts.set(parent?.node.id ?? '', (counts.get(parent?.node.id ?? '') ?? 0) + 1);
    return counts;
  }, [lines]);
  const selectedPlace = selected === null ? undefined : places.get(selected);
  const lit = useMemo(
    () => litChain(selectedPlace === undefined ? undefined : lines[selectedPlace]),
    [lines, selectedPlace],
  );
  const focusId = focus !== null && places.has(focus) ? focus : selected;
  const focusPlace = focusId === null ? undefined : places.get(focusId);

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => grid.current,
    estimateSize: () => ROW,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    scrollMargin: HEADER,
    scrollPaddingStart: HEADER,
  });

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) useChains.setState({ width: Math.round(entry.contentRect.width) });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // What was chosen elsewhere is brought here: its branch opened, its row in sight.
  const shownFor = useRef<string | null>(null);
  useEffect(() => {
    if (selected === null || shownFor.current === selected) return;
    if (selectedPlace === undefined) {
      const above = ancestors(roots, selected).filter((id) => collapsed.has(id));
      if (above.length > 0) setCollapsed(above, false);
      return;
    }
    shownFor.current = selected;
    virtualizer.scrollToIndex(selectedPlace, { align: 'auto' });
    useChains.setState((now) => ({
      focus: null,
      ...(now.marked.has(selected) ? {} : { marked: new Set([selected]), anchor: selected }),
    }));
  }, [selected, selectedPlace, roots, collapsed, virtualizer]);

  const keys = useGridKeys({
    rows: lines,
    place: focusPlace,
    page: Math.max(1, Math.floor((grid.current?.clientHeight ?? 260) / ROW) - 2),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
    openMenu: (id) => {
      const box = document.getElementById(rowId(id))?.getBoundingClientRect();
      if (box) setMenu({ id, x: box.left + 40, y: box.bottom });
    },
  });

  const shownColumns = table.getVisibleLeafColumns();
  const template = shownColumns
    .map(({ id, columnDef }) => (id === 'name' ? `minmax(${LEAST_NAME}px, 1fr)` : `${columnDef.meta?.width ?? 80}px`))
    .join(' ');
  const least = shownColumns.reduce(
    (sum, { id, columnDef }) => sum + (id === 'name' ? LEAST_NAME : (columnDef.meta?.width ?? 80)),
    0,
  );
  const size = { '--columns': template, '--least': `${least}px`, '--view': `${width}px` } as CSSProperties;
  const menuRow = useCase((now) => (menu === null ? undefined : now.chains.byPath.get(menu.id)));

  return (
    <>
      <div
        ref={grid}
        role="treegrid"
        aria-label="Chains"
        aria-multiselectable="true"
        aria-rowcount={rows.length + 1}
        aria-colcount={shownColumns.length}
        {...(focusPlace === undefined ? {} : { 'aria-activedescendant': rowId(focusId ?? '') })}
        tabIndex={0}
        className={css.grid}
        style={size}
        onKeyDown={keys}
      >
        <div role="rowgroup" className={css.header}>
          <div role="row" aria-rowindex={1} className={css.headRow}>
            {shownColumns.map((column) => {
              const direction = column.getIsSorted();
              return (
                <div
                  key={column.id}
                  role="columnheader"
                  aria-sort={direction === false ? 'none' : direction === 'asc' ? 'ascending' : 'descending'}
                  className={column.columnDef.meta?.numeric === true ? 'num' : undefined}
                >
                  <button type="button" className={css.sort} onClick={() => column.toggleSorting()}>
                    {column.id === 'health' ? (
                      <span className="visually-hidden">Health</span>
                    ) : (
                      column.columnDef.meta?.title
                    )}
                    {direction === false || (column.id === 'name' && sorting === BY_NAME) ? null : direction ===
                      'asc' ? (
                      <ArrowUp size={11} aria-hidden="true" />
                    ) : (
                      <ArrowDown size={11} aria-hidden="true" />
                    )}
                  </button>
                </div>
              );
            })}
          </div>
        </div>
        <div role="rowgroup" className={css.rows} style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index];
            const line = lines[item.index];
            if (!row || !line) return null;
            return (
              <ChainTableRow
                key={row.id}
                domId={rowId(row.id)}
                row={row}
                line={line}
                lit={lit}
                columnsKey={template}
                top={item.start - HEADER}
                index={item.index}
                siblings={siblings.get(line.parent?.node.id ?? '') ?? 1}
                open={row.getCanExpand() ? row.getIsExpanded() : null}
                isSelected={row.id === selected || marked.has(row.id)}
                isFocused={item.index === focusPlace}
                onRange={() => selectRange(lines, useChains.getState().anchor ?? row.id, row.id)}
                onContextMenu={(x, y) => setMenu({ x, y, id: row.id })}
              />
            );
          })}
        </div>
      </div>
      {rows.length === 0 && needle !== '' ? (
        <Empty
          title="Nothing fits the filter"
          action={<Button onPress={() => setFilterOpen(false)}>Show all images</Button>}
        >
          No image has “{filter.trim()}” in its name, id, parent or findings.
        </Empty>
      ) : null}
      <ContextMenu at={menu} label="Image" onClose={() => setMenu(null)}>
        {menuRow ? <ImageMenu row={menuRow} /> : null}
      </ContextMenu>
    </>
  );
}

/** The document's id of a row; paths hold spaces, which no reference may. */
function rowId(id: string): string {
  return `chain-${encodeURIComponent(id)}`;
}

/** Nodes above an image, nearest first. */
function ancestors(roots: readonly ChainNode[], path: string): string[] {
  for (const node of allNodes(roots)) {
    if (node.id !== path) continue;
    const above: string[] = [];
    for (let at = node.parent; at; at = at.parent) above.push(at.id);
    return above;
  }
  return [];
}
