import { refusal } from '../../../core/errors.ts';
import type { Guard, Match, Matcher } from './matcher.ts';

/** Matches are cut at this length. */
const MAX_MATCH = 4096;

/**
 * A regular expression over bytes as Latin-1: `\xff` is the byte 255, `.` any byte, `^` and `$` stand at line ends. A match
 * longer than 4 KiB is cut there.
 */
export class RegexMatcher implements Matcher {
  readonly longest = MAX_MATCH;
  readonly #expression: RegExp;
  readonly #guard: Guard;
  #window: Uint8Array | null = null;
  #text = '';

  constructor(source: string, ignoreCase: boolean, guard: Guard) {
    this.#guard = guard;
    try {
      this.#expression = new RegExp(source, ignoreCase ? 'gims' : 'gms');
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      throw refusal('bad-pattern', `The regular expression cannot be read: ${why}.`);
    }
  }

  next(window: Uint8Array, from: number, to: number): Match | null {
    if (this.#window !== window) {
      this.#window = window;
      this.#text = Buffer.from(window.buffer, window.byteOffset, window.byteLength).toString('latin1');
    }
    const expression = this.#expression;
    for (let start = from; start < to; ) {
      expression.lastIndex = start;
      const found = this.#guard(() => expression.exec(this.#text));
      if (!found || found.index >= to) return null;
      if (found[0].length > 0) return { at: found.index, length: Math.min(found[0].length, MAX_MATCH) };
      start = found.index + 1;
    }
    return null;
  }
}
