import type { DiskDetail, ImageDetail } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';

/** Everything the host tells of an image. */
export function useImageDetail(path: string): Answer<ImageDetail> {
  const client = useClient();
  const rev = useCase((state) => state.chains.rev);
  return useAnswer(`image:${path}`, `image:${path}:${rev}`, (signal) => client.call('image.detail', { path }, signal));
}

/** The guest's disk of an image; `wanted` false asks nothing. */
export function useDiskDetail(path: string, wanted = true): Answer<DiskDetail | null> {
  const client = useClient();
  const rev = useCase((state) => state.chains.rev);
  return useAnswer(`disk:${path}`, `disk:${path}:${rev}:${wanted}`, (signal) =>
    wanted ? client.call('disk.detail', { path }, signal) : Promise.resolve(null),
  );
}
