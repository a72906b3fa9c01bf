import { attempt, Errno } from './errno.ts';
import type { System } from './system.ts';

/** What a pattern matched, or why the search ended. */
export type Globbed =
  | { paths: string[] }
  /** A folder could not be read: its name and the failure. */
  | { unreadable: string; failure: Errno }
  /** Nothing; `missing` when a name without pattern was looked for and is not there. */
  | { missing: boolean };

/**
 * C's glob with GLOB_BRACE: `{a,b}` is tried in order, `*`, `?` and `[…]` match within a component and not a leading dot.
 * Answers are sorted by bytes within each alternative, or stand as the folder has them.
 */
export async function glob(system: System, pattern: string, sorted: boolean): Promise<Globbed> {
  const paths: string[] = [];
  let missing = false;
  for (const alternative of braces(pattern)) {
    const found = await globOne(system, alternative);
    if ('unreadable' in found) return found;
    if ('missing' in found) missing ||= found.missing;
    else paths.push(...(sorted ? found.paths.sort(byBytes) : found.paths));
  }
  return paths.length > 0 ? { paths } : { missing };
}

export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** All that a pattern with braces stands for. Braces that do not close are plain characters. */
export function braces(pattern: string): string[] {
  const open = indexOf(pattern, '{');
  const parts = open < 0 ? null : alternatives(pattern, open);
  if (!parts) return [pattern];
  return parts.texts.flatMap((text) => braces(pattern.slice(0, open) + text + pattern.slice(parts.end)));
}

/** Where a character stands that no backslash takes. */
function indexOf(pattern: string, char: string): number {
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === char) return at;
  }
  return -1;
}

function alternatives(pattern: string, open: number): { texts: string[]; end: number } | null {
  const texts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = start; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === '\\') at += 1;
    else if (char === '{') depth += 1;
    else if (char === '}' && depth > 0) depth -= 1;
    else if (depth === 0 && (char === '}' || char === ',')) {
      texts.push(pattern.slice(start, at));
      start = at + 1;
      if (char === '}') return { texts, end: start };
    }
  }
  return null;
}

/** Paths found so far, each ending where its next component begins. */
async function globOne(system: System, pattern: string): Promise<Globbed> {
  const parts = pattern.split(/(?<=\/)(?!\/)/);
  let places = [''];
  let sure = true;
  for (const [index, part] of parts.entries()) {
    const slashes = /\/*$/.exec(part)?.[0] ?? '';
    const name = part.slice(0, part.length - slashes.length);
    const wanted = { matcher: componentMatcher(name), slashes, folder: index < parts.length - 1 };
    if (!wanted.matcher) {
      places = places.map((place) => place + unescaped(name) + slashes);
      sure = false;
      continue;
    }
    const next: string[] = [];
    for (const place of places) {
      const names = await attempt(() => system.names(place === '' ? '.' : place));
      if (names instanceof Errno) {
        if (names.message === 'ENOTDIR') continue;
        // glob reports a folder it cannot read, and its caller gives up
        return { unreadable: place === '' ? '.' : place.replace(/(?<=.)\/+$/, ''), failure: names };
      }
      for (const entry of names) {
        if (wanted.folder && !entry.maybeFolder) continue;
        if (wanted.matcher(entry.name)) next.push(place + entry.name + slashes);
      }
    }
    places = next;
    sure = true;
  }
  const paths = sure ? places : await filterPresent(system, places);
  return paths.length > 0 ? { paths } : { missing: !sure && places.length > 0 };
}

async function filterPresent(system: System, places: string[]): Promise<string[]> {
  const out = [];
  for (const place of places) if (!((await attempt(() => system.present(place))) instanceof Errno)) out.push(place);
  return out;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

type Token = { star: true } | { star: false; test: (char: string) => boolean };

/** Tests a name against one component of a pattern; null when it is no pattern. */
export function componentMatcher(pattern: string): ((name: string) => boolean) | null {
  const tokens: Token[] = [];
  let special = false;
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    const set = char === '[' ? charClass(chars, at) : null;
    special ||= char === '*' || char === '?' || set !== null;
    if (char === '*') {
      tokens.push({ star: true });
    } else if (char === '?') {
      tokens.push({ star: false, test: () => true });
    } else if (set) {
      tokens.push({ star: false, test: set.test });
      at = set.end;
    } else {
      if (char === '\\' && at + 1 < chars.length) at += 1;
      const literal = chars[at] ?? '';
      tokens.push({ star: false, test: (other) => other === literal });
    }
  }
  if (!special) return null;
  const hidden = pattern.startsWith('.') || pattern.startsWith('\\.');
  return (name) => (hidden || !name.startsWith('.')) && matches(tokens, Array.from(name));
}

/** Goes back to the last star only, so time grows with the product of both lengths. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted?.star === true) {
      star = token;
      starAt = at;
      token += 1;
    } else if (wanted?.test(name[at] ?? '') === true) {
      at += 1;
      token += 1;
    } else if (star >= 0) {
      token = star + 1;
      starAt += 1;
      at = starAt;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest.star);
}

const NAMED: Record<string, RegExp> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  xdigit: /[0-9A-Fa-f]/,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
};

/** The set that begins at `start`; null when its bracket does not close. */
function charClass(chars: readonly string[], start: number): { test: (char: string) => boolean; end: number } | null {
  let at = start + 1;
  const negated = chars[at] === '!' || chars[at] === '^';
  if (negated) at += 1;
  const tests: ((char: string) => boolean)[] = [];
  for (let first = true; at < chars.length; first = false) {
    let char = chars[at] ?? '';
    if (char === ']' && !first) {
      return { test: (other) => tests.some((test) => test(other)) !== negated, end: at };
    }
    const [whole, name = ''] = /^\[:([a-z]+):\]/.exec(chars.slice(at, at + 12).join('')) ?? [];
    if (whole !== undefined) {
      const known = NAMED[name];
      tests.push((other) => known?.test(other) ?? false);
      at += whole.length;
      continue;
    }
    if (char === '\\' && at + 1 < chars.length) char = chars[(at += 1)] ?? '';
    at += 1;
    let last = char;
    if (chars[at] === '-' && at + 1 < chars.length && chars[at + 1] !== ']') {
      last = chars[at + 1] ?? '';
      at += 2;
    }
    tests.push((other) => other >= char && other <= last);
  }
  return null;
}
