import { check } from './check.ts';
import type { Command } from './command.ts';
import { Errno } from './errno.ts';
import { type Io, Output } from './output.ts';
import { query } from './query.ts';
import { read } from './read.ts';
import { scan } from './scan.ts';
import { System } from './system.ts';

/** vhd-util's commands in its own order; null for those that this version does not have. */
const COMMANDS: Record<string, Command | null> = {
  create: null,
  snapshot: null,
  query,
  read,
  // commands that write bring the engine with them: read only when they are used
  set: async (context) => (await import('./write/set.ts')).set(context),
  repair: async (context) => (await import('./write/repair.ts')).repair(context),
  resize: null,
  fill: null,
  coalesce: async (context) => (await import('./write/coalesce.ts')).coalesce(context),
  modify: async (context) => (await import('./write/modify.ts')).modify(context),
  scan,
  check,
  revert: null,
  key: null,
  copy: null,
};

const USAGE = `usage: vhd-util COMMAND [OPTIONS]\nCOMMAND := { ${Object.keys(COMMANDS).join(' | ')} }`;

/**
 * Does what `vhd-util ARGV…` does and prints what it prints; docs/vhd-util.md lists where it does not, and why.
 * @param argv without the program's name
 * @returns the exit code: 0, or the number of the failure as Linux counts them (22 for EINVAL)
 */
export async function runVhdUtil(argv: string[], io: Io): Promise<number> {
  const out = new Output(io);
  try {
    return await run(argv, io, out);
  } finally {
    await out.end();
  }
}

async function run([name, ...rest]: string[], io: Io, out: Output): Promise<number> {
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    if (name !== undefined) out.complain(`invalid COMMAND ${name}`);
    await out.line(USAGE);
    return 0;
  }
  if (command === null) {
    out.complain(`vhd-util ${name ?? ''} is not available in this version.`);
    return new Errno('ENOSYS').number;
  }
  return command({
    out,
    cwd: io.cwd,
    system: new System(io.cwd, io.visible),
    args: rest.filter((arg) => arg !== '--debug'),
  });
}
