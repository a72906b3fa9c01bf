import type { ImageDetail } from '../../app/contract/types.ts';
import { type Answer, useAnswer } from './answer.ts';
import { useCase } from './case.ts';
import { useClient } from './client.ts';

/** Everything the host tells of an image; asked for again when the case was read anew. */
export function useImageDetail(path: string): Answer<ImageDetail> {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  return useAnswer(path, `${path} ${rev}`, (signal) => client.call('image.detail', { path }, signal));
}
