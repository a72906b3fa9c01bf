import { asPlatterError, refusal } from '../errors.ts';
import type { ApplyEnvironment } from './environment.ts';

/** A lock that is held; releasing it twice is harmless. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes a lock named after what it guards: a file in the state folder that holds the process. One left by a process that
 * no longer runs is taken over.
 * @throws refusal `locked` when another process holds it.
 */
export async function takeLock(env: ApplyEnvironment, name: string, what: string): Promise<Lock> {
  const { files } = env;
  const folder = files.resolve(env.state, 'locks');
  await files.makeFolder(folder);
  const path = files.resolve(folder, `${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}.lock`);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const sink = await files.create(path);
      await sink.write(0, new TextEncoder().encode(JSON.stringify(files.process())));
      await sink.close();
      let held = true;
      return {
        async release() {
          if (held) await files.remove(path);
          held = false;
        },
      };
    } catch (thrown) {
      if (asPlatterError(thrown).code !== 'output-exists') throw thrown;
      const holder = await readHolder(env, path);
      if (holder && (await files.isRunning(holder))) {
        throw refusal('locked', `Another Platter (process ${holder.pid}) is writing to ${what}.`, {
          path: what,
          hint: 'Wait until it is done, or stop it.',
        });
      }
      await removeQuietly(env, path);
    }
  }
  throw refusal('locked', `The lock of ${what} could not be taken.`, { path });
}

async function readHolder(env: ApplyEnvironment, path: string): Promise<{ pid: number; started: string } | null> {
  try {
    const file = await env.files.open(path);
    const text = new TextDecoder().decode(await file.read(0, 4096));
    await file.close();
    const { pid, started } = JSON.parse(text) as { pid?: unknown; started?: unknown };
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null;
  } catch {
    return null; // gone, or torn by a crash: nobody holds it
  }
}

async function removeQuietly(env: ApplyEnvironment, path: string): Promise<void> {
  try {
    await env.files.remove(path);
  } catch {
    // somebody else was quicker
  }
}
