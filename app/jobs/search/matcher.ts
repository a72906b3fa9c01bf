import { refusal } from '../../../core/errors.ts';
import type { SearchPattern } from '../../contract/contract.ts';
import { type BytePattern } from './byte-pattern.ts';
import { hexPattern } from './hex.ts';
import { RegexMatcher } from './regex.ts';
import { textPatterns } from './text.ts';

export interface Match {
  at: number;
  length: number;
}

/** What is looked for, compiled. */
export interface Matcher {
  /** No match is longer; so many bytes less one of a window are looked at again with the next. */
  readonly longest: number;
  /** The first match that starts in [from, to) of the window, the longest of those; null when there is none. */
  next(window: Uint8Array, from: number, to: number): Match | null;
}

/** Runs a step that may take too long; see Flag.guard. */
export type Guard = <T>(step: () => T) => T;

/** @throws refusal `bad-pattern` that says what is wrong with it. */
export function compile(pattern: SearchPattern, guard: Guard): Matcher {
  switch (pattern.kind) {
    case 'hex':
      return new AnyOf([hexPattern(pattern.hex)]);
    case 'regex':
      return new RegexMatcher(pattern.source, pattern.ignoreCase, guard);
    case 'text': {
      const patterns = textPatterns(pattern);
      if (patterns.length === 0)
        throw refusal('bad-pattern', 'The text cannot be written in any of the encodings that were chosen.');
      return new AnyOf(patterns);
    }
  }
}

/** Several patterns looked for at once. */
class AnyOf implements Matcher {
  readonly longest: number;
  readonly #patterns: readonly BytePattern[];
  /** Where each pattern is found next, so that a window is searched once for each: of the window and range in `#of`. */
  #found: (Match | null)[] = [];
  #of: Uint8Array | null = null;

  constructor(patterns: readonly BytePattern[]) {
    this.#patterns = patterns;
    this.longest = Math.max(...patterns.map(({ length }) => length));
  }

  next(window: Uint8Array, from: number, to: number): Match | null {
    const fresh = this.#of !== window;
    this.#of = window;
    let best: Match | null = null;
    for (const [index, pattern] of this.#patterns.entries()) {
      let found = fresh ? undefined : this.#found[index];
      if (found === undefined || (found !== null && found.at < from)) {
        const at = pattern.indexIn(window, from);
        found = at < 0 ? null : { at, length: pattern.length };
        this.#found[index] = found;
      }
      if (!found || found.at >= to) continue;
      if (!best || found.at < best.at || (found.at === best.at && found.length > best.length)) best = found;
    }
    return best;
  }
}
