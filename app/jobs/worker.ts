import type { MessagePort } from 'node:worker_threads';
import { runTask, type TaskEnd } from './run-task.ts';
import type { TaskName } from './tasks/tasks.ts';

/** A task as it is posted to a thread of the pool. */
export interface PostedTask {
  name: TaskName;
  input: unknown;
  flag: SharedArrayBuffer | undefined;
  /** Where messages on the way go; undefined when nobody listens. */
  port: MessagePort | undefined;
}

/** Entry of the pool's threads. */
export default async function work({ name, input, flag, port }: PostedTask): Promise<TaskEnd> {
  try {
    return await runTask(name, input, flag, (message) => port?.postMessage(message));
  } finally {
    port?.close();
  }
}
