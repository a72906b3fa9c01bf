import { create } from 'zustand';
import type { PartitionOnDisk } from '../../../core/partitions/disk.ts';
import { useView } from '../../state/view.ts';
import type { Stretch } from './layout.ts';

interface PartitionStore {
  /** Stretch that was chosen by hand, by image: it wins where several have the byte under the cursor. */
  chosen: ReadonlyMap<string, string>;
  /** Partition that is open as a disk of its own, by image. */
  opened: ReadonlyMap<string, number>;
}

export const usePartitionStore = create<PartitionStore>()(() => ({ chosen: new Map(), opened: new Map() }));

/** Goes to the first byte of a stretch, in the map and the bytes too, and explains it. */
export function chooseStretch(path: string, stretch: Stretch, sectorSize: number, diskSize: number): void {
  usePartitionStore.setState(({ chosen }) => ({ chosen: new Map(chosen).set(path, stretch.key) }));
  const { show, inspect, tab } = useView.getState();
  const at = Math.min(stretch.start * sectorSize, Math.max(0, diskSize - 1));
  show(tab, { path, space: 'guest', at, length: 1, field: null });
  inspect(
    stretch.kind === 'partition'
      ? { kind: 'partition', path, number: stretch.partition.number }
      : { kind: 'bytes', path, space: 'guest', at, length: 1 },
  );
}

/** Shows a partition as a disk of its own. */
export function openPartition(path: string, { number }: Pick<PartitionOnDisk, 'number'>): void {
  usePartitionStore.setState(({ opened }) => ({ opened: new Map(opened).set(path, number) }));
  const { select, setTab, inspect } = useView.getState();
  select(path);
  setTab('disk');
  inspect({ kind: 'partition', path, number });
}

/** Back to the whole disk. */
export function closePartition(path: string): void {
  usePartitionStore.setState(({ opened }) => {
    const next = new Map(opened);
    next.delete(path);
    return { opened: next };
  });
}
