import path from 'node:path';

/**
 * The paths a command line asks for, made absolute. Switches are the system's and Chromium's; after `--` everything is a path.
 * @param argv what follows the program.
 */
export function pathsOf(argv: readonly string[], folder: string): string[] {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const after = end === -1 ? [] : argv.slice(end + 1);
  const named = [...before.filter((word) => !word.startsWith('-')), ...after].filter((word) => word !== '');
  return named.map((word) => path.resolve(folder, word));
}

/** What a second instance tells the first one beside its command line, which Chromium reorders and adds to. */
export interface Handover {
  readonly paths: string[];
}

/** Another process sent it: checked, not trusted. */
export function pathsHandedOver(data: unknown): string[] {
  if (typeof data !== 'object' || data === null || !('paths' in data) || !Array.isArray(data.paths)) return [];
  return data.paths.filter((one): one is string => typeof one === 'string' && path.isAbsolute(one));
}
