import { Errno } from './errno.ts';
import type { Output } from './output.ts';
import type { System } from './system.ts';

/** What a command is given. */
export interface Context {
  out: Output;
  system: System;
  /** Relative names start here. */
  cwd: string;
  /** Arguments behind the command's name. */
  args: readonly string[];
}

/** Answers the exit code. */
export type Command = (context: Context) => Promise<number>;

export const EINVAL = new Errno('EINVAL').number;

/** The exit code of a step: 0, or the failure's number. */
export function codeOf(answer: unknown): number {
  return answer instanceof Errno ? answer.number : 0;
}
