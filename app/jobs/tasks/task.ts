import type { Files } from '../../../core/io/files.ts';
import { nodeFiles } from '../../../core/io/node/files.ts';
import { confinedFiles } from '../../services/confined.ts';
import type { Flag } from '../flag.ts';

/** What a task is handed beside its input. */
export interface TaskContext<M = never> {
  flag: Flag;
  /** Tells the host something on the way: progress, partial results. */
  send: (message: M) => void;
}

/** Which files a task may see: folders, or null for all. */
export type Served = string[] | null;

export function filesOf(served: Served): Files {
  return served === null ? nodeFiles : confinedFiles(nodeFiles, served);
}

/** Lets everything else that waits have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
