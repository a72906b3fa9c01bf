import type { Files } from '../../core/io/files.ts';
import type { Output, Progress } from './output.ts';

/** How a run ends, for scripts: fixed, as docs and help texts say. */
export const EXIT = {
  ok: 0,
  /** Findings at or above `--fail-on`. */
  findings: 1,
  usage: 2,
  refused: 3,
  failed: 4,
  bug: 70,
  cancelled: 130,
} as const;

/** What a command is handed beside its arguments and options. */
export interface CommandContext {
  files: Files;
  /** Only the asked-for output goes here. */
  out: Output;
  /** Messages for people: refusals, warnings, progress. */
  err: Output;
  /** `--json` was given. */
  json: boolean;
  progress: Progress;
  /** Raised by Ctrl-C. */
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
  /** A path as it is printed: as it was given, and beneath a relative argument relative to the working folder. */
  shown: (path: string) => string;
  /** Prints `platter: warning: …` on stderr. */
  warn(message: string): Promise<void>;
  /** Prints a thrown value as an error on stderr, and answers its exit code. For commands that go on after it. */
  report(thrown: unknown): Promise<number>;
}

/** An argument in commander's notation: `<image>`, `[folder...]`, `<image...>`. */
export interface ArgumentSpec {
  name: string;
  help: string;
}

/** An option in commander's notation: `--at <offset>`, `--sector <n...>`, `-r, --recursive`. */
export interface OptionSpec {
  flags: string;
  help: string;
  /** Turns the text into the value; throws a UsageError. */
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  default?: unknown;
}

/** A command as the frame and its help know it. */
export interface Command {
  name: string;
  /** One line, as in the list of commands. */
  summary: string;
  /** More, where the summary does not say it all. */
  description?: string;
  arguments: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  /** What the exit codes mean that this command has beside those of all. */
  exits: Partial<Record<0 | 1 | 3 | 4, string>>;
  examples?: readonly string[];
  run(args: readonly string[], options: Record<string, unknown>, context: CommandContext): Promise<number>;
}

/**
 * A command whose options have a type: `O` says what its flags give, by their names in camel case; `args` are all arguments
 * in order, those of a variadic one too.
 */
export function command<O extends object>(
  spec: Omit<Command, 'run'> & {
    run(args: readonly string[], options: Partial<O>, context: CommandContext): Promise<number>;
  },
): Command {
  // commander gives what the flags of this very spec say
  return { ...spec, run: (args, options, context) => spec.run(args, options as Partial<O>, context) };
}

/** The command line cannot be understood: exit 2. */
export class UsageError extends Error {}
