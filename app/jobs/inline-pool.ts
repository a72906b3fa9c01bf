import { bug, PlatterError } from '../../core/errors.ts';
import type { Pool } from './pool.ts';
import { runTask } from './run-task.ts';

/** A pool without threads, for tests of what is above it. */
export function inlinePool(): Pool {
  return {
    async run(name, input, { flag, onMessage } = {}) {
      const end = await runTask(name, structuredClone(input), flag?.buffer, (message) => onMessage?.(message as never));
      if ('value' in end) return structuredClone(end.value) as never;
      if (end.stack !== undefined) throw bug(`${end.error.message}\n${end.stack}`);
      throw PlatterError.fromData(end.error);
    },
    close: () => Promise.resolve(),
  };
}
