/** What a command was asked: options in the order given, then what is no option. */
export interface Parsed {
  options: { letter: string; value: string }[];
  rest: string[];
}

/**
 * Parses as GNU getopt does with `spec` ("n:ph": n takes a value): letters may be joined, a value may be stuck to its letter,
 * names and options may come in any order, `--` ends the options. Answers the complaint for standard error when it cannot.
 */
export function getopt(command: string, args: readonly string[], spec: string): Parsed | { complaint: string } {
  const options: Parsed['options'] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      rest.push(arg);
      continue;
    }
    for (let at = 1; at < arg.length; at += 1) {
      const letter = arg.charAt(at);
      const place = letter === ':' ? -1 : spec.indexOf(letter);
      if (place < 0) return { complaint: `${command}: invalid option -- '${letter}'` };
      if (spec.charAt(place + 1) !== ':') {
        options.push({ letter, value: '' });
        // help is answered at once, whatever comes behind it
        if (letter === 'h') return { options, rest };
        continue;
      }
      const stuck = arg.slice(at + 1);
      if (stuck === '') i += 1;
      const value = stuck === '' ? args[i] : stuck;
      if (value === undefined) return { complaint: `${command}: option requires an argument -- '${letter}'` };
      options.push({ letter, value });
      break;
    }
  }
  return { options, rest };
}

const MAX = (1n << 64n) - 1n;

/** C's strtoull in base 10: leading space and sign, then digits up to the first other character; none is 0. */
export function strtoull(text: string): bigint {
  const [, sign = '', digits = ''] = /^[ \t\n\v\f\r]*([+-]?)(\d*)/.exec(text) ?? [];
  const value = BigInt(digits === '' ? 0 : digits);
  if (value > MAX) return MAX;
  return sign === '-' ? BigInt.asUintN(64, -value) : value;
}
