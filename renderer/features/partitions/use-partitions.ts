import type { PartitionsAnswer } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';

/** The partition table of an image's disk; asked for again when the case was read anew. Null while it is not asked for. */
export function usePartitions(path: string, asked = true): Answer<PartitionsAnswer | null> {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  return useAnswer(path, `${path} ${rev} ${asked}`, (signal) =>
    asked ? client.call('disk.partitions', { path, sectorSize: null }, signal) : Promise.resolve(null),
  );
}
