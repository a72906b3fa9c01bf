import type { DiskDetail } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';

/** The guest's disk of an image; asked for again when the case was read anew. */
export function useDiskDetail(path: string): Answer<DiskDetail> {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  return useAnswer(path, `${path} ${rev}`, (signal) => client.call('disk.detail', { path }, signal));
}
