import { describe, expect, test } from 'vitest';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import { layOut, rowsOf, type Stretch, stretchAt } from './layout.ts';

function partition(number: number, start: number, sectors: number, kind: PartitionOnDisk['kind'] = 'data') {
  return { number, start, sectors, end: start + sectors - 1, kind } as PartitionOnDisk;
}

const disk = (partitions: PartitionOnDisk[], more: Partial<Parameters<typeof layOut>[0]> = {}) =>
  layOut({ partitions, sectors: 1_000_000, structures: [], type: 'mbr', firstUsable: null, lastUsable: null, ...more });

const said = (list: readonly Stretch[]): string[] =>
  list.map((one) => `${one.kind === 'partition' ? one.key : one.kind} ${one.start}-${one.end}`);

describe('the layout of a disk', () => {
  test('partitions, and what nobody has, in order of place', () => {
    expect(said(disk([partition(2, 600_000, 100_000), partition(1, 2048, 500_000)]))).toEqual([
      'table 0-0',
      'p1 2048-502047',
      'gap 502048-599999',
      'p2 600000-699999',
      'gap 700000-999999',
    ]);
  });

  test('logical partitions stand inside the extended one, with the free space there', () => {
    const out = disk([
      partition(1, 2048, 100_000),
      partition(2, 102_048, 897_952, 'extended'),
      partition(5, 104_096, 200_000, 'logical'),
      partition(6, 500_000, 500_000, 'logical'),
    ]);
    expect(said(out)).toEqual(['table 0-0', 'p1 2048-102047', 'p2 102048-999999']);
    expect(said(rowsOf(out)).slice(1)).toEqual([
      'p2 102048-999999',
      'p5 104096-304095',
      'gap 304096-499999',
      'p6 500000-999999',
    ]);
  });

  test('a GPT has its copy at the end, and free space only where partitions may be', () => {
    const structures = [
      { id: 'gpt-backup', title: '', structure: 'gpt.header' as const, at: 0, length: 92, array: null },
    ];
    const out = disk([partition(1, 2048, 997_000)], { type: 'gpt', firstUsable: 34, lastUsable: 999_966, structures });
    expect(said(out)).toEqual(['table 0-33', 'p1 2048-999047', 'table 999967-999999']);
  });

  test('a sector is found in the innermost stretch, or in the one that was chosen', () => {
    const out = disk([partition(1, 2048, 900_000, 'extended'), partition(5, 4096, 1000, 'logical')]);
    expect(stretchAt(out, 4100, null)?.key).toBe('p5');
    expect(stretchAt(out, 4100, 'p1')?.key).toBe('p1');
    expect(stretchAt(out, 0, null)?.key).toBe('table');
    expect(stretchAt(out, 999_999, null)?.kind).toBe('gap');
  });
});
