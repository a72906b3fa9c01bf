import { Pace } from '../../app/jobs/pace.ts';
import { formatBytes, formatCount } from '../../core/structure/text.ts';

/** The other end of a pipe was closed, as `head` does: there is nobody to write for any more. */
export class OutputClosed extends Error {}

/** What an {@link Output} writes to: a stream of the process, or a test's buffer. */
export interface Sink {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** Resolves when more may be written; bytes go out as they are. @throws OutputClosed. */
  write(text: string | Uint8Array): Promise<void>;
}

export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan';

const CODES: Record<Style, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  cyan: [36, 39],
};

/** One of the two outputs: text with colour where it is a terminal that wants it, and JSON. */
export class Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly #sink: Sink;
  readonly colour: boolean;

  constructor(sink: Sink, colour: boolean) {
    this.#sink = sink;
    this.isTerminal = sink.isTerminal;
    this.columns = sink.columns;
    this.colour = colour && sink.isTerminal;
  }

  write(text: string | Uint8Array): Promise<void> {
    return this.#sink.write(text);
  }

  line(text = ''): Promise<void> {
    return this.#sink.write(`${text}\n`);
  }

  /** One JSON document. */
  json(document: unknown): Promise<void> {
    return this.#sink.write(`${JSON.stringify(document, null, 2)}\n`);
  }

  /** `text`, coloured where there is colour. */
  style(style: Style, text: string): string {
    if (!this.colour || text === '') return text;
    const [on, off] = CODES[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  }
}

/**
 * Text from an image or a file name, safe for a terminal: control characters (an escape sequence could do anything) and
 * marks that change the direction of writing are shown as escapes.
 */
export function safe(text: string): string {
  const named = escapeBytes(text);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return named.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

/** Bytes of a name that are no UTF-8 (core/io/node/names.ts carries them as lone surrogates), each shown as an escape. */
export function escapeBytes(text: string): string {
  return text.replace(/(?<![\ud800-\udbff])[\udc80-\udcff]/g, (lone) => {
    return `\\x${(lone.charCodeAt(0) - 0xdc00).toString(16)}`;
  });
}

export type ProgressUnit = 'bytes' | 'images' | 'blocks';

/** Says how far long work is. */
export interface Progress {
  /** Cheap enough to be called for every chunk. `total` is null when not known. */
  tell(phase: string, done: number, total: number | null, unit: ProgressUnit): void;
  /** Takes the bar away, before anything is printed and at the end. */
  clear(): void;
}

export const noProgress: Progress = { tell() {}, clear() {} };

/** At most ten reports a second. */
const EVERY = 100;
/** Work that takes less shows no bar. */
const QUIET = 1000;

/** Progress as one JSON document a line: `{phase, done, total, unit, rate, secondsLeft}`, rate in units a second. */
export function jsonProgress(write: (text: string) => void, now: () => number): Progress {
  const pace = new Pace();
  let last = Number.NEGATIVE_INFINITY;
  let lastPhase = '';
  return {
    tell(phase, done, total, unit) {
      const at = now();
      const { rate, secondsLeft } = pace.of(phase, done, total, at);
      // the first and the last of a phase are always told
      if (at - last < EVERY && phase === lastPhase && done !== total) return;
      last = at;
      lastPhase = phase;
      write(`${JSON.stringify({ phase, done, total, unit, rate, secondsLeft })}\n`);
    },
    clear() {},
  };
}

/** A bar on a terminal, after a second of work. */
export function barProgress(write: (text: string) => void, columns: number, now: () => number): Progress {
  const pace = new Pace();
  let began: number | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  return {
    tell(phase, done, total, unit) {
      const at = now();
      began ??= at;
      const { rate, secondsLeft } = pace.of(phase, done, total, at);
      if (at - began < QUIET || at - last < EVERY) return;
      last = at;
      shown = true;
      write(`\r\x1b[K${bar({ phase, done, total, unit, rate, secondsLeft }, columns)}`);
    },
    clear() {
      if (shown) write('\r\x1b[K');
      shown = false;
    },
  };
}

interface Told {
  phase: string;
  done: number;
  total: number | null;
  unit: ProgressUnit;
  rate: number | null;
  secondsLeft: number | null;
}

function bar({ phase, done, total, unit, rate, secondsLeft }: Told, columns: number): string {
  const amount = (value: number): string => (unit === 'bytes' ? formatBytes(value) : formatCount(Math.round(value)));
  const parts = [phase];
  if (total !== null && total > 0) {
    const share = Math.min(1, done / total);
    const full = Math.round(share * 20);
    parts.push(`${'█'.repeat(full)}${'░'.repeat(20 - full)}`, `${Math.floor(share * 100)} %`);
  } else {
    parts.push(`${amount(done)}${unit === 'bytes' ? '' : ` ${unit}`}`);
  }
  if (rate !== null) parts.push(`${amount(rate)}${unit === 'bytes' ? '' : ` ${unit}`}/s`);
  if (secondsLeft !== null) parts.push(`${clock(secondsLeft)} left`);
  return parts.join('  ').slice(0, Math.max(20, columns - 1));
}

function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
