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
  if (served === null) return nodeFiles;
  const key = JSON.stringify(served);
  if (known?.key !== key) known = { key, files: confinedFiles(nodeFiles, served) };
  return known.files;
}

let known: { key: string; files: Files } | null = null;

/** Does something with each item, a few at a time: files are waited for longer than they are worked on. */
export async function sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

/** Lets everything else that waits have its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
