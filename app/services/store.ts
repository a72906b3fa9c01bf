import { randomBytes } from 'node:crypto';
// The program's own settings: the one thing outside evidence and working copies that it writes.
// eslint-disable-next-line no-restricted-imports
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where Platter keeps what is its own: `$PLATTER_STATE`, else the platform's folder for it. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  if (env.PLATTER_STATE !== undefined && env.PLATTER_STATE !== '') return path.resolve(env.PLATTER_STATE);
  const home = homedir();
  if (platform === 'win32') return path.join(env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local'), 'Platter');
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Platter');
  const base = env.XDG_STATE_HOME;
  return path.join(base !== undefined && path.isAbsolute(base) ? base : path.join(home, '.local', 'state'), 'platter');
}

/** One JSON file of our own. A crash while it is written leaves the old one; one that cannot be parsed is moved aside. */
export class JsonFile<T> {
  readonly #file: string;
  readonly #empty: () => T;
  /** The value if `parsed` is one, else null. */
  readonly #accept: (parsed: unknown) => T | null;
  readonly #announce: (message: string) => void;
  #value: Promise<T> | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    file: string,
    empty: () => T,
    accept: (parsed: unknown) => T | null,
    announce: (message: string) => void,
  ) {
    this.#file = file;
    this.#empty = empty;
    this.#accept = accept;
    this.#announce = announce;
  }

  read(): Promise<T> {
    return (this.#value ??= this.#load());
  }

  async #load(): Promise<T> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#announce(`${this.#file} cannot be read: ${(thrown as Error).message}`);
      return this.#empty();
    }
    let value: T | null = null;
    try {
      value = this.#accept(JSON.parse(text));
    } catch {
      // not JSON: moved aside below
    }
    if (value !== null) return value;
    const aside = `${this.#file}.damaged-${randomBytes(3).toString('hex')}`;
    await rename(this.#file, aside).catch(() => {});
    this.#announce(`${this.#file} could not be understood. It was moved to ${aside}, and an empty one is used.`);
    return this.#empty();
  }

  /** Changes the value in memory and on disk, one change after another; answers the new value. */
  async update(change: (value: T) => T): Promise<T> {
    let next: T | undefined;
    const work = this.#writing.then(async () => {
      next = change(await this.read());
      await this.#write(next);
      this.#value = Promise.resolve(next);
    });
    this.#writing = work.catch(() => {});
    await work;
    return next as T;
  }

  async #write(value: T): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    const temporary = `${this.#file}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(`${JSON.stringify(value, null, 2)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#file);
    } catch (thrown) {
      await rm(temporary, { force: true });
      throw thrown;
    }
  }
}
