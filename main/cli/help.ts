import type { Command } from './command.ts';
import { CATALOGUE } from './commands/catalogue.ts';

const COMMON: readonly [number, string][] = [
  [2, 'the command line is wrong'],
  [3, 'refused: Platter will not, and says what would help'],
  [4, 'failed: the system reported an error'],
  [70, 'a bug of Platter'],
  [130, 'cancelled'],
];

/** What `platter --help` prints. */
export function overviewText(): string {
  const commands = [
    ...Object.entries(CATALOGUE).map(([name, { summary }]) => [name, summary] as const),
    ['vhd-util', 'speak as vhd-util does, for scripts written for it'] as const,
  ];
  const width = Math.max(...commands.map(([name]) => name.length));
  const list = commands.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: platter COMMAND [options] …',
    '',
    'A forensic inspector for virtual disks. Looking never writes; every write is a plan first, and can be undone.',
    '',
    'Commands:',
    ...list,
    '',
    'platter COMMAND --help says more; platter --version says which version this is.',
    'With --json every command prints one JSON document; --progress json tells on stderr how far it is.',
    '',
  ].join('\n');
}

/** The end of a command's help: exit codes and examples. */
export function exitCodesText(command: Command): string {
  const codes = new Map<number, string>([[0, 'done'], ...COMMON]);
  for (const [code, text] of Object.entries(command.exits)) codes.set(Number(code), text);
  const lines = [...codes].sort(([a], [b]) => a - b).map(([code, text]) => `  ${String(code).padEnd(3)}  ${text}`);
  const out = ['', 'Exit codes:', ...lines];
  if (command.examples) out.push('', 'Examples:', ...command.examples.map((example) => `  ${example}`));
  return out.join('\n');
}
