import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';

/** What the bar and the table show of a disk, in order of place. Sectors, `end` included. */
export type Stretch =
  | { kind: 'table'; key: string; title: string; start: number; end: number }
  | { kind: 'gap'; key: string; start: number; end: number }
  | { kind: 'partition'; key: string; partition: PartitionOnDisk; start: number; end: number; inside: Stretch[] };

type Layout = Pick<PartitionsAnswer, 'partitions' | 'sectors' | 'structures' | 'type' | 'firstUsable' | 'lastUsable'>;

/** Gaps up to this length come of aligning partitions, and are left out unless they are much of the disk. */
const ALIGNMENT = 2048;

/** The disk from its first sector to its last: its table, partitions, what is inside extended ones, and what nobody has. */
export function layOut(layout: Layout): Stretch[] {
  const { partitions, sectors, structures, type, firstUsable, lastUsable } = layout;
  if (type === 'none') return [];
  const small = Math.min(ALIGNMENT, Math.floor(sectors / 100));
  const placed = partitions.filter((one) => one.sectors > 0).sort((a, b) => a.start - b.start || b.sectors - a.sectors);
  const logical = placed.filter(({ kind }) => kind === 'logical');
  const taken = new Set<PartitionOnDisk>();
  const outer: Stretch[] = [];
  for (const partition of placed) {
    if (partition.kind === 'logical') continue;
    const { start, end, number } = partition;
    const own = partition.kind === 'extended' ? logical.filter((one) => one.start >= start && one.start <= end) : [];
    for (const one of own) taken.add(one);
    const inside = partition.kind === 'extended' ? withGaps(own.map(leaf), start, end, small) : [];
    outer.push({ kind: 'partition', key: `p${number}`, partition, start, end, inside });
  }
  // a chain that leads out of its extended partition still has what it lists
  outer.push(...logical.filter((one) => !taken.has(one)).map(leaf));
  outer.sort((a, b) => a.start - b.start);
  const from = firstUsable ?? 1;
  const to = Math.max(from, lastUsable ?? sectors - 1);
  const out = withGaps(outer, from, to, small);
  out.unshift({ kind: 'table', key: 'table', title: type === 'gpt' ? 'GPT' : 'MBR', start: 0, end: from - 1 });
  if (structures.some(({ id }) => id === 'gpt-backup'))
    out.push({ kind: 'table', key: 'backup', title: 'Backup', start: to + 1, end: sectors - 1 });
  return out;
}

function leaf(partition: PartitionOnDisk): Stretch {
  const { number, start, end } = partition;
  return { kind: 'partition', key: `p${number}`, partition, start, end, inside: [] };
}

function withGaps(items: readonly Stretch[], from: number, to: number, small: number): Stretch[] {
  const out: Stretch[] = [];
  let free = from;
  const gap = (end: number): void => {
    if (end - free + 1 > small) out.push({ kind: 'gap', key: `g${free}`, start: free, end });
  };
  for (const item of items) {
    gap(item.start - 1);
    out.push(item);
    free = Math.max(free, item.end + 1);
  }
  gap(to);
  return out;
}

/** Rows of the table: an extended partition before what is inside it; tables are no rows. */
export function rowsOf(stretches: readonly Stretch[]): Exclude<Stretch, { kind: 'table' }>[] {
  return stretches.flatMap((one) =>
    one.kind === 'table' ? [] : one.kind === 'gap' ? [one] : [one, ...rowsOf(one.inside)],
  );
}

/** The innermost stretch with a sector; what was chosen by hand where several have it. */
export function stretchAt(stretches: readonly Stretch[], sector: number, chosen: string | null): Stretch | null {
  const having: Stretch[] = [];
  const visit = (list: readonly Stretch[]): void => {
    for (const one of list) {
      if (sector < one.start || sector > one.end) continue;
      having.push(one);
      if (one.kind === 'partition') visit(one.inside);
    }
  };
  visit(stretches);
  return having.find(({ key }) => key === chosen) ?? having.at(-1) ?? null;
}
