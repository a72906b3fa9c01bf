import { operationId } from '../../../core/apply/apply.ts';
import { type ApplyEnvironment } from '../../../core/apply/environment.ts';
import { JOURNAL_MARK } from '../../../core/apply/journal.ts';
import { takeLock } from '../../../core/apply/lock.ts';
import { appendLog, type LogEntry } from '../../../core/apply/log.ts';
import { refusal } from '../../../core/errors.ts';

/**
 * Makes a new file: under a name of its own until it is whole and durable, then under the name asked for, which is never
 * replaced. What a killed run left behind is removed by the next.
 * @param make writes the file at the path it is given
 */
export async function makeFile<T>(
  output: string,
  env: ApplyEnvironment,
  entry: Pick<LogEntry, 'kind' | 'target' | 'note'>,
  make: (partial: string) => Promise<T>,
): Promise<{ operation: string; made: T }> {
  const { files } = env;
  if (await files.stamp(output))
    throw refusal('output-exists', `${output} exists already; nothing is ever overwritten.`, { path: output });
  const lock = await takeLock(env, `output-${files.sha256(new TextEncoder().encode(output)).slice(0, 24)}`, output);
  const operation = operationId(env);
  const partial = `${output}${JOURNAL_MARK}${operation}.partial`;
  try {
    const folder = files.folderOf(output);
    for (const { name, kind } of await files.list(folder)) {
      const left = kind === 'file' && name.startsWith(files.nameOf(output) + JOURNAL_MARK) && name.endsWith('.partial');
      if (left) await files.remove(files.resolve(folder, name));
    }
    const made = await make(partial);
    await files.moveTo(partial, output);
    await files.syncFolder(folder);
    const stamp = await files.stamp(output);
    await appendLog(env, {
      ...entry,
      operation,
      event: 'applied',
      strategies: [],
      identity: stamp?.identity ?? '',
      output,
      outputSha256: null,
      journal: null,
    });
    return { operation, made };
  } catch (thrown) {
    if (await files.stamp(partial).catch(() => null)) await files.remove(partial).catch(() => undefined);
    throw thrown;
  } finally {
    await lock.release();
  }
}
