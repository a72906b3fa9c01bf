import type { ChainRow } from '../../app/contract/types.ts';

/** A row of the chain table, of which a test says what it cares about. */
export function chainRow(row: Partial<ChainRow> & { name: string }): ChainRow {
  return {
    path: `/sr/${row.name}`,
    folder: '',
    parent: null,
    depth: 0,
    role: 'base',
    format: 'vhd',
    foreign: null,
    kind: 'dynamic',
    id: null,
    virtualSize: 1024 ** 3,
    fileSize: 1024 ** 2,
    diskBytes: 1024 ** 2,
    allocatedBytes: 0,
    blocks: null,
    hidden: false,
    savedState: false,
    modified: 0,
    created: null,
    verdict: null,
    parentName: null,
    errors: 0,
    warnings: 0,
    worst: null,
    ...row,
  };
}

/** A child of another row, as the host sends it. */
export function childRow(parent: ChainRow, row: Partial<ChainRow> & { name: string }): ChainRow {
  const { path, name, depth } = parent;
  return chainRow({
    parent: path,
    depth: depth + 1,
    role: 'leaf',
    kind: 'differencing',
    verdict: 'ok',
    parentName: name,
    ...row,
  });
}

/** A child whose parent is nowhere. */
export function orphanRow(row: Partial<ChainRow> & { name: string }): ChainRow {
  return chainRow({ role: 'leaf', kind: 'differencing', verdict: 'missing', parentName: 'gone.vhd', ...row });
}
