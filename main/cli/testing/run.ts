import type { Files } from '../../../core/io/files.ts';
import { runCli } from '../frame.ts';
import type { Sink } from '../output.ts';

export interface Ran {
  /** Exit code. */
  rc: number;
  out: string;
  err: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  signal?: AbortSignal;
  /** Both outputs are terminals of so many columns. */
  terminal?: number;
  /** Milliseconds the clock goes on with each look at it. */
  tick?: number;
  accessTimeMoved?: ReadonlySet<string>;
  /** Takes the place of standard output. */
  stdout?: Sink;
}

/** 2026-01-01T00:00:00Z: when all tests are run. */
export const NOW = Date.UTC(2026, 0, 1);

/** Runs one command line over some files, in the folder `/`, and answers what it printed. */
export async function run(files: Files, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  let now = NOW;
  const sink = (write: (text: string) => void): Sink => ({
    isTerminal: options.terminal !== undefined,
    columns: options.terminal ?? 80,
    write: (text) => {
      write(typeof text === 'string' ? text : new TextDecoder().decode(text));
      return Promise.resolve();
    },
  });
  const rc = await runCli(argv, {
    files,
    stdout: options.stdout ?? sink((text) => void (out += text)),
    stderr: sink((text) => void (err += text)),
    env: options.env ?? {},
    cwd: '/',
    now: () => (now += options.tick ?? 0),
    signal: options.signal ?? new AbortController().signal,
    accessTimeMoved: options.accessTimeMoved ?? new Set(),
  });
  return { rc, out, err };
}
