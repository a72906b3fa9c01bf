import { useEffect, useState } from 'react';
import { create } from 'zustand';
import type { JobInfo, OperationRow } from '../../../app/contract/types.ts';
import { type Answer, useAnswer } from '../../state/answer.ts';
import { isOpen, useCase } from '../../state/case.ts';
import { useClient } from '../../state/client.ts';
import { useJobs } from '../../state/jobs.ts';
import { endedWrites, liveWrite, stateOf } from './rows.ts';

/** The write that goes on now. */
export function useLiveWrite(): JobInfo | null {
  return useJobs((state) => liveWrite(state.jobs));
}

/** Operations on an image, or on all that may be seen; asked for again when a write ends and when somebody comes back. */
export function useOperations(path: string | null): Answer<OperationRow[]> {
  const client = useClient();
  const writes = useJobs((state) => endedWrites(state.jobs));
  const scanning = useCase((state) => isOpen(state.opened) && state.opened.scanning !== null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    // another program writes to the same log: whoever comes back to the window sees what it did
    const again = (): void => setAsked((count) => count + 1);
    window.addEventListener('focus', again);
    return () => window.removeEventListener('focus', again);
  }, []);
  const subject = path ?? '';
  return useAnswer(subject, `${subject} ${scanning} ${writes} ${asked}`, async (signal) => {
    const { operations } = await client.call('operations.list', { path }, signal);
    return operations;
  });
}

interface LogStore {
  /** Operations on everything that may be seen, newest first. */
  rows: readonly OperationRow[];
}

/** The log as the rest of the window needs it, without asking for each image. */
export const useLog = create<LogStore>()(() => ({ rows: [] }));

function isOf(path: string): (row: OperationRow) => boolean {
  return ({ entry }) => entry.target === path || entry.output === path;
}

/** How many operations an image has been through. */
export function useOperationCount(path: string): number {
  return useLog(({ rows }) => rows.filter(isOf(path)).length);
}

/** The operation on an image that was cut off; undefined when none was. */
export function useInterrupted(path: string): OperationRow | undefined {
  const write = useLiveWrite();
  return useLog(({ rows }) => rows.find((row) => isOf(path)(row) && stateOf(row, write) === 'interrupted'));
}
