import {
  columnFilteringFeature,
  columnVisibilityFeature,
  createColumnHelper,
  createExpandedRowModel,
  createFilteredRowModel,
  createSortedRowModel,
  globalFilteringFeature,
  rowExpandingFeature,
  rowSortingFeature,
  tableFeatures,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';
import type { ChainRow } from '../../../app/contract/types.ts';
import { formatBytes, formatCount, formatSize, plural } from '../../ui/format.ts';
import { HealthGlyph } from '../../ui/icons.tsx';
import { Name, Size, Time } from '../../ui/values.tsx';
import css from './chains.module.css';
import { type ChainNode, healthOf } from './tree.ts';

interface ColumnMeta {
  title: string;
  /** Pixels; the name takes what is left. */
  width: number;
  numeric: boolean;
  /** Shown by itself when the table is at least this wide; null: only when it was chosen. */
  from: number | null;
}

export const features = tableFeatures({
  columnVisibilityFeature,
  rowExpandingFeature,
  rowSortingFeature,
  columnFilteringFeature,
  globalFilteringFeature,
  expandedRowModel: createExpandedRowModel(),
  sortedRowModel: createSortedRowModel(),
  filteredRowModel: createFilteredRowModel(),
  columnMeta: {} as ColumnMeta,
});

const helper = createColumnHelper<typeof features, ChainNode>();

type Value = string | number | null;

/** The group of orphans has no values, and so stays last whatever is sorted by. */
function column(
  id: string,
  meta: ColumnMeta,
  value: (row: ChainRow) => Value,
  cell: (row: ChainRow, node: ChainNode) => ReactNode,
) {
  return helper.accessor(({ row }): string | number | undefined => (row ? (value(row) ?? undefined) : undefined), {
    id,
    header: meta.title,
    meta,
    sortUndefined: 'last',
    sortDescFirst: false,
    sortFn: (a, b) => compare(a.getValue<Value>(id), b.getValue<Value>(id)),
    cell: ({ row: { original } }): ReactNode => (original.row ? cell(original.row, original) : null),
  });
}

/** What a foreign file is says more than that it has no role. */
function roleText({ role, format }: ChainRow): string {
  return role === 'other' && format !== 'unknown' ? format : role;
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [String(a), String(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const RANK = { error: 2, warning: 1, ok: 0 };

export const columns = helper.columns([
  column(
    'name',
    { title: 'Name', width: 0, numeric: false, from: 0 },
    (row) => row.name.toLowerCase(),
    () => null,
  ),
  column(
    'role',
    { title: 'Role', width: 58, numeric: false, from: 460 },
    (row) => row.role,
    (row) => <span className="dim">{roleText(row)}</span>,
  ),
  column(
    'disk',
    { title: 'On disk', width: 84, numeric: true, from: 330 },
    (row) => row.diskBytes,
    (row) => (
      <span data-tip={`${formatBytes(row.diskBytes)} on disk\n${formatBytes(row.fileSize)} long`}>
        {formatSize(row.diskBytes)}
      </span>
    ),
  ),
  column(
    'virtual',
    { title: 'Virtual', width: 78, numeric: true, from: 400 },
    (row) => row.virtualSize,
    (row) => (row.virtualSize === null ? null : <Size bytes={row.virtualSize} className="dim" />),
  ),
  column(
    'health',
    { title: 'Health', width: 44, numeric: false, from: 0 },
    (row) => RANK[healthOf(row)] * 1e6 + row.errors * 1e3 + row.warnings,
    (row, node) => <Health row={row} node={node} />,
  ),
  column(
    'kind',
    { title: 'Kind', width: 92, numeric: false, from: null },
    (row) => row.kind ?? row.foreign ?? row.format,
    (row) => <span className="dim">{row.kind ?? row.foreign ?? row.format}</span>,
  ),
  column(
    'length',
    { title: 'File size', width: 84, numeric: true, from: null },
    (row) => row.fileSize,
    (row) => <Size bytes={row.fileSize} className="dim" />,
  ),
  column(
    'blocks',
    { title: 'Blocks', width: 92, numeric: true, from: null },
    (row) => row.blocks?.allocated ?? null,
    (row) =>
      row.blocks ? (
        <span className="dim" data-tip={`${formatCount(row.blocks.allocated)} of ${formatCount(row.blocks.total)}`}>
          {formatCount(row.blocks.allocated)}
        </span>
      ) : null,
  ),
  column(
    'created',
    { title: 'Created', width: 156, numeric: false, from: null },
    (row) => row.created,
    (row) => (row.created === null ? null : <Time moment={row.created} className="dim" />),
  ),
  column(
    'modified',
    { title: 'Modified', width: 156, numeric: false, from: null },
    (row) => row.modified,
    (row) => <Time moment={row.modified} className="dim" />,
  ),
  column(
    'id',
    { title: 'Unique id', width: 200, numeric: false, from: null },
    (row) => row.id,
    (row) => (row.id === null ? null : <Name className="dim">{row.id}</Name>),
  ),
  column(
    'folder',
    { title: 'Folder', width: 180, numeric: false, from: null },
    (row) => row.folder,
    (row) => (row.folder === '' ? null : <Name className="dim">{row.folder}</Name>),
  ),
]);

function Health({ row, node }: { row: ChainRow; node: ChainNode }) {
  const health = healthOf(row);
  const count = health === 'error' ? row.errors : row.warnings;
  const trouble = [
    row.errors > 0 ? plural(row.errors, 'error') : null,
    row.warnings > 0 ? plural(row.warnings, 'warning') : null,
  ].filter(Boolean);
  const lines = [
    trouble.length > 0 ? trouble.join(', ') : 'clean',
    row.worst ? `${row.worst.code}: ${row.worst.message}` : null,
    ...node.problems.map(({ message }) => message),
  ];
  return (
    <span className={css.health} data-tip={lines.filter(Boolean).join('\n')}>
      <HealthGlyph health={health} label={lines[0] ?? null} />
      {count > 0 ? <span aria-hidden="true">{count}</span> : null}
    </span>
  );
}

/** What a row says aloud. */
export function rowLabel({ row, problems }: ChainNode): string {
  if (!row) return 'Orphans';
  const health = healthOf(row);
  const parts = [row.name, row.role, row.hidden ? 'hidden' : null, health === 'ok' ? 'clean' : health];
  return [...parts, ...problems.map(({ message }) => message)].filter(Boolean).join(', ');
}

/** Which columns are shown in a table of that width: those that fit, and those that were chosen by hand. */
export function visibleColumns(width: number, chosen: Record<string, boolean>): Record<string, boolean> {
  return Object.fromEntries(
    columns.map(({ id = '', meta }) => {
      if (id === 'name') return [id, true];
      const fits = meta?.from !== null && meta?.from !== undefined && width >= meta.from;
      return [id, chosen[id] ?? fits];
    }),
  );
}
