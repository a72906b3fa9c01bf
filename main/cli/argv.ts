import { readFileSync } from 'node:fs';
import { nameFromBytes } from '../../core/io/node/names.ts';

const REPLACED = '\ufffd';

/**
 * The arguments a program was called with. A file's name may be no UTF-8; Node replaces such bytes, and no file is found by
 * what is left. Linux keeps them.
 */
export function argumentsOf(argv: readonly string[], commandLine: () => Buffer = readCommandLine): string[] {
  if (!argv.some((argument) => argument.includes(REPLACED))) return [...argv];
  try {
    const pieces = split(commandLine());
    const given = pieces.slice(pieces.length - argv.length);
    return argv.map((argument, index) => {
      const bytes = given[index];
      return bytes?.toString('utf8') === argument ? nameFromBytes(bytes) : argument;
    });
  } catch {
    return [...argv];
  }
}

function readCommandLine(): Buffer {
  return readFileSync('/proc/self/cmdline');
}

/** The pieces that each end with a zero byte. */
function split(bytes: Buffer): Buffer[] {
  const out: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0, from);
    const to = end < 0 ? bytes.length : end;
    out.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return out;
}
