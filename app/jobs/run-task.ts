import { asPlatterError, type ErrorData } from '../../core/errors.ts';
import { Flag } from './flag.ts';
import type { TaskContext } from './tasks/task.ts';
import { type TaskName, tasks } from './tasks/tasks.ts';

/** How a task ended, as it crosses from one thread to another: classes do not. */
export type TaskEnd = { value: unknown } | { error: ErrorData; stack: string | undefined };

/** Runs a task by name; nothing is thrown. */
export async function runTask(
  name: TaskName,
  input: unknown,
  flag: SharedArrayBuffer | undefined,
  send: (message: unknown) => void,
): Promise<TaskEnd> {
  try {
    const task = tasks[name] as (input: unknown, context: TaskContext<unknown>) => Promise<unknown>;
    return { value: await task(input, { flag: new Flag(flag), send }) };
  } catch (thrown) {
    const error = asPlatterError(thrown);
    const cause = error.cause instanceof Error ? error.cause : error;
    return { error: error.toData(), stack: error.kind === 'bug' ? cause.stack : undefined };
  }
}
