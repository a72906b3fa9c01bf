import { asPlatterError, refusal } from '../errors.ts';
import type { ApplyEnvironment } from './environment.ts';

/** A lock that is held; releasing it twice is harmless. */
export interface Lock {
  release(): Promise<void>;
}

/** Milliseconds until a lock is looked at again. */
const WAIT = 10;
/** A lock that cannot be read may be one that is just being written: so often it is looked at again. */
const PATIENCE = 50;
const TRIES = 500;

/**
 * Takes a lock named after what it guards: a file in the state folder that holds the process. It gets its name only when it
 * is complete, so nobody ever reads half of one. One left by a process that no longer runs is taken over.
 * @throws refusal `locked` when another process holds it.
 */
export async function takeLock(env: ApplyEnvironment, name: string, what: string): Promise<Lock> {
  const { files } = env;
  const folder = files.resolve(env.state, 'locks');
  await files.makeFolder(folder);
  const path = files.resolve(folder, `${name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}.lock`);
  const token = files.randomText();
  const own = `${path}.${files.process().pid}-${token}`;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (await named(env, own, path, token)) {
      let held = true;
      return {
        async release() {
          if (!held) return;
          held = false;
          if (((await readHolder(env, path))?.token ?? token) !== token) return;
          await files.remove(path).catch((thrown: unknown) => {
            if (asPlatterError(thrown).code !== 'not-found') throw thrown;
          });
        },
      };
    }
    const holder = await readHolder(env, path);
    if (holder && (await files.isRunning(holder))) {
      throw refusal('locked', `Another Platter (process ${holder.pid}) is writing to ${what}.`, {
        path: what,
        hint: 'Wait until it is done, or stop it.',
      });
    }
    if (!(await takeOver(env, path, attempt >= PATIENCE)))
      await new Promise<void>((resolve) => void setTimeout(resolve, WAIT));
  }
  throw refusal('locked', `The lock of ${what} could not be taken.`, { path });
}

/** Writes the lock under a name of its own and gives it the one that counts; false when somebody else has that. */
async function named(env: ApplyEnvironment, own: string, path: string, token: string): Promise<boolean> {
  const { files } = env;
  const sink = await files.create(own);
  try {
    await sink.write(0, new TextEncoder().encode(JSON.stringify({ ...files.process(), token })));
  } finally {
    await sink.close();
  }
  try {
    await files.moveTo(own, path);
    return true;
  } catch (thrown) {
    await removeQuietly(env, own);
    if (asPlatterError(thrown).code !== 'output-exists') throw thrown;
    return false;
  }
}

/**
 * Removes a lock that nobody holds. Only who has the second file does, and looks again first: of two that saw the same old
 * lock, the slower one would remove the quicker one's. False where it is to be looked at again a little later.
 */
async function takeOver(env: ApplyEnvironment, path: string, old: boolean): Promise<boolean> {
  const { files } = env;
  const guard = `${path}.takeover`;
  try {
    await (await files.create(guard)).close();
  } catch (thrown) {
    if (asPlatterError(thrown).code !== 'output-exists') throw thrown;
    if (old) await removeQuietly(env, guard);
    return false;
  }
  try {
    const holder = await readHolder(env, path);
    if (holder ? await files.isRunning(holder) : !old) return false;
    await removeQuietly(env, path);
    return true;
  } finally {
    await removeQuietly(env, guard);
  }
}

interface Holder {
  pid: number;
  started: string;
  token: string;
}

/** Null for a lock that is gone, or cannot be read. */
async function readHolder(env: ApplyEnvironment, path: string): Promise<Holder | null> {
  try {
    const file = await env.files.open(path);
    try {
      const text = new TextDecoder().decode(await file.read(0, 4096));
      const { pid, started, token } = JSON.parse(text) as { pid?: unknown; started?: unknown; token?: unknown };
      if (typeof pid !== 'number' || typeof started !== 'string') return null;
      return { pid, started, token: typeof token === 'string' ? token : '' };
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

async function removeQuietly(env: ApplyEnvironment, path: string): Promise<void> {
  try {
    await env.files.remove(path);
  } catch {
    // somebody else was quicker
  }
}
