import { operationId } from '../../../core/apply/apply.ts';
import { type ApplyEnvironment } from '../../../core/apply/environment.ts';
import { JOURNAL_MARK } from '../../../core/apply/journal-name.ts';
import { takeLock } from '../../../core/apply/lock.ts';
import { appendLog, type LogEntry, stampText } from '../../../core/apply/log.ts';
import { GuestDisk } from '../../../core/chain/guest.ts';
import { layerOf } from '../../../core/chain/layer.ts';
import { refusal } from '../../../core/errors.ts';
import { hashGuest } from '../../../core/export/hash.ts';

/**
 * Makes a new file: under a name of its own until it is whole and durable, then under the name asked for, which is never
 * replaced. What a killed run left behind is removed by the next.
 * @param hash the log keeps the file's SHA-256, by which undo knows it again; else its identity, length and time
 * @param make writes the file at the path it is given; it answers the file's SHA-256 too, or null when it does not know it
 */
export async function makeFile<T>(
  output: string,
  env: ApplyEnvironment,
  entry: Pick<LogEntry, 'kind' | 'target' | 'note'>,
  hash: boolean,
  make: (partial: string) => Promise<T & { sha256: string | null }>,
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
    const sha256 = made.sha256 ?? (hash ? await hashFile(partial, env) : null);
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
      outputSha256: sha256,
      ...(sha256 === null && stamp ? { outputStamp: stampText(stamp) } : {}),
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

/** The file's own bytes, read as a raw disk. */
async function hashFile(path: string, { files }: ApplyEnvironment): Promise<string> {
  const source = await files.open(path);
  try {
    const layer = layerOf({ path, source, format: 'raw', vhd: null, foreign: null });
    return await hashGuest(new GuestDisk([layer], false), files);
  } finally {
    await source.close();
  }
}
