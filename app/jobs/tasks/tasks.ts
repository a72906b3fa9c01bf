import { hash } from './hash.ts';
import { inspect } from './inspect.ts';
import { judge, verdicts } from './judge.ts';
import { list, summaries } from './scan.ts';
import { search } from './search.ts';
import { vmfs } from './vmfs.ts';

/** Everything that runs in the pool, by name. */
export const tasks = { list, summaries, verdicts, judge, inspect, search, hash, vmfs };

export type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
export type TaskInput<N extends TaskName> = Parameters<Tasks[N]>[0];
export type TaskOutput<N extends TaskName> = Awaited<ReturnType<Tasks[N]>>;
export type TaskMessage<N extends TaskName> = Parameters<Tasks[N]>[1] extends { send(message: infer M): void }
  ? M
  : never;
