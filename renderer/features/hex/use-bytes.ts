import { useMemo } from 'react';
import type { Target } from '../../../app/contract/contract.ts';
import type { ByteAnswer } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import type { Space } from '../../state/view.ts';
import { ByteStore } from '../../ui/hex/store.ts';
import type { ByteWindow } from './byte-window.ts';

/** Bytes of a file or a guest's disk, read as they are looked at; forgotten when the case was read again. */
export function useByteStore(space: Space, path: string, size: number, window?: ByteWindow): ByteStore {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  return useMemo(() => {
    // eslint-disable-next-line @typescript-eslint/no-unused-expressions -- another revision is another file
    rev;
    const target: Target = window ? { space, path, window } : { space, path };
    return new ByteStore(size, (at, length, signal) => client.call('bytes.read', { target, at, length }, signal));
  }, [client, space, path, size, window, rev]);
}

/** A few bytes at once, as those of a structure. */
export function useBytes(space: Space, path: string, at: number, length: number): Answer<ByteAnswer> {
  const client = useClient();
  const rev = useCase((state) => (state.opened?.scanning ? 'reading' : state.chains.rev));
  const subject = `${space}:${path}:${at}:${length}`;
  return useAnswer(subject, `${subject}:${rev}`, (signal) =>
    client.call('bytes.read', { target: { space, path }, at, length }, signal),
  );
}
