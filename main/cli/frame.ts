import { Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { asPlatterError } from '../../core/errors.ts';
import type { Files } from '../../core/io/files.ts';
import { type Command, type CommandContext, EXIT, type OptionSpec, UsageError } from './command.ts';
import { CATALOGUE } from './commands/catalogue.ts';
import { exitCodesText, overviewText } from './help.ts';
import {
  barProgress,
  jsonProgress,
  noProgress,
  Output,
  OutputClosed,
  type Progress,
  type Sink,
  safe,
} from './output.ts';
import { shownPaths } from './paths.ts';

/** Everything outside that a run touches: the process, or a test's stand-in. */
export interface CliHost {
  files: Files;
  stdout: Sink;
  stderr: Sink;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now(): number;
  /** Raised by Ctrl-C. */
  signal: AbortSignal;
  /** Files whose access time may have moved because they were read. */
  accessTimeMoved: ReadonlySet<string>;
}

/** Runs one command line, without `node` and the program's name, and answers its exit code. Never throws. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<number> {
  const colour = (host.env['NO_COLOR'] ?? '') === '' && host.env['TERM'] !== 'dumb';
  const out = new Output(host.stdout, colour);
  const err = new Output(host.stderr, colour);
  try {
    return await dispatch(argv, host, out, err);
  } catch (thrown) {
    if (thrown instanceof OutputClosed) return EXIT.ok;
    return await report(thrown, err).catch(() => exitCodeOf(thrown));
  }
}

async function dispatch(argv: readonly string[], host: CliHost, out: Output, err: Output): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    await err.write(overviewText());
    return EXIT.usage;
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const name = rest[0];
    if (first !== 'help' || name === undefined) {
      await out.write(overviewText());
      return EXIT.ok;
    }
    return dispatch([name, '--help'], host, out, err);
  }
  const entry = Object.hasOwn(CATALOGUE, first) ? CATALOGUE[first] : undefined;
  if (!entry) {
    const what = first.startsWith('-') ? `unknown option ${first}` : `there is no command ${first}`;
    throw new UsageError(`${what}; platter --help lists the commands.`);
  }
  return runCommand(await entry.load(), rest, host, out, err);
}

async function runCommand(
  command: Command,
  argv: readonly string[],
  host: CliHost,
  out: Output,
  err: Output,
): Promise<number> {
  const parser = parserOf(command);
  let help = '';
  parser.configureOutput({
    writeOut: (text) => void (help += text),
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => Math.min(120, out.columns),
  });
  try {
    parser.parse(oneByOne(argv, command), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode !== 0) {
      const [first = '', ...more] = thrown.message.replace(/^error: /, '').split('\n');
      const suggestion = more.join(' ').replace(/^\((.*)\)$/, ' $1');
      throw new UsageError(`${first.replace(/[.]$/, '')}.${suggestion} See platter ${command.name} --help.`);
    }
    await out.write(help);
    return EXIT.ok;
  }
  refuseEmpty(parser, command);
  const options = parser.opts<{ json?: boolean; progress?: string }>();
  const progress = progressOf(options.progress === 'json', host, err);
  const shown = shownPaths(parser.args, host.cwd, host.files);
  const context: CommandContext = {
    files: host.files,
    out: new Output(clearing(host.stdout, progress), out.colour),
    err,
    json: options.json ?? false,
    progress,
    signal: host.signal,
    now: () => host.now(),
    shown,
    async warn(message) {
      progress.clear();
      await err.line(`${err.style('yellow', 'platter: warning:')} ${safe(message)}`);
    },
    report(thrown) {
      progress.clear();
      return report(thrown, err);
    },
  };
  try {
    return await command.run(parser.args, options, context);
  } finally {
    progress.clear();
    if (host.accessTimeMoved.size > 0) await sayAccessTime(host, err, shown);
  }
}

function parserOf(command: Command): Commander {
  const parser = new Commander(`platter ${command.name}`)
    .description(`${capital(command.summary)}.\n${(command.description ?? '').replaceAll('\n', ' ')}`.trimEnd())
    .exitOverride()
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'show this');
  for (const { name, help } of command.arguments) parser.argument(name, help);
  for (const spec of command.options) parser.addOption(optionOf(spec));
  parser.option('--json', 'print one JSON document');
  parser.addOption(new Option('--progress <form>', 'say on stderr how far the work is').choices(['json']));
  parser.addHelpText('after', exitCodesText(command));
  return parser;
}

/** An empty argument is a shell variable that was not set: as a path it would be the current folder. */
function refuseEmpty(parser: Commander, command: Command): void {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.includes(''));
  const flag = parser.options.find((option) => isEmpty(parser.getOptionValue(option.attributeName())))?.long;
  if (flag) throw new UsageError(`the value of ${flag} is empty. See platter ${command.name} --help.`);
  if (isEmpty(parser.args)) throw new UsageError(`an argument is empty. See platter ${command.name} --help.`);
}

function list(previous: unknown): unknown[] {
  return Array.isArray(previous) ? (previous as unknown[]) : [];
}

/**
 * Options of several values take what can be one of their values, and no more: `--sector 0 8 disk.vhd` names two sectors and
 * an image. commander would take the image for a third sector, so it gets `--sector 0 --sector 8 disk.vhd`.
 */
function oneByOne(argv: readonly string[], { options }: Command): string[] {
  const out: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const flag = argv[i] ?? '';
    const spec = options.find(({ flags }) => flags.endsWith('...>') && flags.split(/[ ,]+/).includes(flag));
    out.push(flag);
    if (!spec || (!spec.parse && !spec.choices)) continue;
    // the first value is commander's to judge
    if (i + 1 < argv.length) out.push(argv[(i += 1)] ?? '');
    for (let next = argv[i + 1]; next !== undefined && isValue(spec, next); next = argv[i + 1]) {
      out.push(flag, next);
      i += 1;
    }
  }
  return out;
}

function isValue({ parse, choices }: OptionSpec, text: string): boolean {
  if (text.startsWith('-')) return false;
  if (choices) return choices.includes(text);
  try {
    parse?.(text);
    return true;
  } catch {
    return false;
  }
}

function optionOf({ flags, help, parse, choices, default: value }: OptionSpec): Option {
  const option = new Option(flags, help);
  const many = option.variadic;
  if (choices) option.choices(choices);
  if (parse) option.argParser((text: string, previous: unknown) => withPrevious(parsed(parse, text), previous, many));
  else if (choices && many)
    option.argParser((text: string, previous: unknown) => [...list(previous), chosen(choices, text)]);
  // see oneByOne: commander takes one value each time
  if (parse || choices) option.variadic = false;
  if (value !== undefined) option.default(value);
  return option;
}

function withPrevious(value: unknown, previous: unknown, many: boolean): unknown {
  return many ? [...list(previous), value] : value;
}

function chosen(choices: readonly string[], text: string): string {
  if (!choices.includes(text)) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  return text;
}

function parsed(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (thrown) {
    if (thrown instanceof UsageError) throw new InvalidArgumentError(thrown.message);
    throw thrown;
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function progressOf(json: boolean, host: CliHost, err: Output): Progress {
  // what is lost of it when nobody reads stderr is no loss
  const write = (text: string): void => void host.stderr.write(text).catch(() => {});
  const now = (): number => host.now();
  if (json) return jsonProgress(write, now);
  return err.isTerminal ? barProgress(write, err.columns, now) : noProgress;
}

/** Takes the bar away before anything is printed, since both may be one terminal. */
function clearing(sink: Sink, progress: Progress): Sink {
  return {
    isTerminal: sink.isTerminal,
    columns: sink.columns,
    write(text) {
      progress.clear();
      return sink.write(text);
    },
  };
}

async function sayAccessTime(
  { accessTimeMoved }: CliHost,
  err: Output,
  shown: (path: string) => string,
): Promise<void> {
  const [first = '', ...more] = [...accessTimeMoved].map((path) => safe(shown(path)));
  const which = more.length === 0 ? first : `${first} and ${more.length} more`;
  await err.line(`platter: note: the system does not permit reading ${which} without moving the access time.`);
}

/** Prints an error as `platter: message`, with what to do next on a line of its own. */
async function report(thrown: unknown, err: Output): Promise<number> {
  if (thrown instanceof OutputClosed) throw thrown;
  const head = err.style('red', 'platter:');
  if (thrown instanceof UsageError) {
    await err.line(`${head} ${safe(thrown.message)}`);
    return EXIT.usage;
  }
  const error = asPlatterError(thrown);
  if (error.kind === 'cancelled') {
    await err.line('platter: cancelled.');
    return EXIT.cancelled;
  }
  if (error.kind === 'bug') {
    const stack = error.cause instanceof Error ? error.cause.stack : error.stack;
    await err.line(`${head} this is a bug of Platter: ${safe(error.message)}`);
    await err.line(stack ?? '');
    return EXIT.bug;
  }
  await err.line(`${head} ${safe(error.message)}`);
  if (error.place.hint !== undefined) await err.line(`  ${safe(error.place.hint)}`);
  return exitCodeOf(error);
}

function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return EXIT.usage;
  switch (asPlatterError(thrown).kind) {
    case 'refusal':
      return EXIT.refused;
    case 'failure':
      return EXIT.failed;
    case 'cancelled':
      return EXIT.cancelled;
    case 'bug':
      return EXIT.bug;
  }
}
