import { useCase } from '../../state/case.ts';
import { isDropped } from '../../state/dropped.ts';
import { usePartitions } from '../partitions/use-partitions.ts';
import { saysVmfs, useLooks } from './volumes.ts';

/** Whether the disk of an image has a VMFS volume: by its table, or since one was found. */
export function useHasVmfs(path: string): boolean {
  const row = useCase((state) => state.chains.byPath.get(path));
  const found = useLooks(({ looks }) => {
    const look = looks.get(path);
    return look?.state === 'done' && look.answer.disks.some(({ volumes }) => volumes.length > 0);
  });
  return useSaysVmfs(path, typeof row?.virtualSize === 'number' && !isDropped(path)) || found;
}

function useSaysVmfs(path: string, readable: boolean): boolean {
  const layout = usePartitions(path, readable).value;
  return layout !== null && saysVmfs(layout);
}
