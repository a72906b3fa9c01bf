import type { Span } from './overlay.ts';
import { FAILED, HOLE, KNOWN, LOST, WAITING } from './store.ts';

/** What is said of single bytes, over and above the field they are in. */
export type ByteMark = 'selected' | 'cursor' | 'hit' | 'now' | 'different';

/** Text in one colour. */
export interface Piece {
  text: string;
  /** Zero bytes; in the text, a space for each byte that does not print, which is drawn as a dot. */
  dim: boolean;
}

/** Neighbours with the same mark. */
export interface Group {
  mark: ByteMark | null;
  pieces: Piece[];
}

/** Neighbours in the same field: one unbroken run. */
export interface Run {
  span: Span | null;
  groups: Group[];
}

/** A row as few elements: runs of fields, and the air between them. */
export interface RowRuns {
  hex: (Run | string)[];
  text: Run[];
}

export interface RowInput {
  at: number;
  bytes: Uint8Array;
  /** As ByteStore's slices have them; null when all are known. */
  states: Uint8Array | null;
  spans: readonly Span[];
  /** Mark of a byte, by its place in the row. */
  mark: (index: number) => ByteMark | null;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lays a row out: bytes with two spaces after the eighth, and their text. */
export function layoutRow({ at, bytes, states, spans, mark }: RowInput): RowRuns {
  const hex = new Runs();
  const text = new Runs();
  let next = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    while ((spans[next]?.at ?? Infinity) + (spans[next]?.length ?? 0) <= at + index) next += 1;
    const candidate = spans[next];
    const span = candidate && candidate.tone > 0 && candidate.at <= at + index ? candidate : null;
    const byte = bytes[index] ?? 0;
    const state = states?.[index] ?? KNOWN;
    const known = state === KNOWN;
    const sign = mark(index);
    if (index > 0) hex.space(span, sign, index === 8 ? '  ' : ' ');
    hex.add(span, sign, known ? (HEX[byte] ?? '') : unknownText(state), !known || byte === 0);
    const prints = byte >= 0x20 && byte < 0x7f;
    text.add(span, sign, known && prints ? String.fromCharCode(byte) : ' ', known && !prints);
  }
  return { hex: hex.parts, text: text.parts.filter((part): part is Run => typeof part !== 'string') };
}

/** Never a zero for what is not known. */
function unknownText(state: number): string {
  return state === WAITING ? '··' : '??';
}

/** What a row's unknown bytes are, in a word; null when all are known or still on their way. */
export function unknownWord(states: Uint8Array | null): 'hole' | 'lost' | 'unread' | null {
  if (states?.includes(LOST)) return 'lost';
  if (states?.includes(HOLE)) return 'hole';
  return states?.includes(FAILED) ? 'unread' : null;
}

class Runs {
  readonly parts: (Run | string)[] = [];
  #run: Run | null = null;

  /** Space before the next byte: inside the run when the field goes on, else between the runs. */
  space(span: Span | null, mark: ByteMark | null, text: string): void {
    const last = this.#run?.groups.at(-1);
    if (this.#run && last && same(this.#run.span, span)) {
      if (last.mark === mark && mark !== 'cursor') append(last, text, null);
      else this.#run.groups.push({ mark: null, pieces: [{ text, dim: false }] });
    } else {
      this.parts.push(text);
      this.#run = null;
    }
  }

  add(span: Span | null, mark: ByteMark | null, text: string, dim: boolean): void {
    let run = this.#run;
    if (!run || !same(run.span, span)) {
      run = { span, groups: [] };
      this.#run = run;
      this.parts.push(run);
    }
    const last = run.groups.at(-1);
    if (last?.mark === mark) append(last, text, dim);
    else run.groups.push({ mark, pieces: [{ text, dim }] });
  }
}

function same(a: Span | null, b: Span | null): boolean {
  return a === b || (a !== null && b !== null && a.at === b.at && a.name === b.name);
}

/** `dim` null: whatever the piece before is, since it is only space. */
function append(group: Group, text: string, dim: boolean | null): void {
  const last = group.pieces.at(-1);
  if (last && (dim === null || last.dim === dim)) last.text += text;
  else group.pieces.push({ text, dim: dim ?? false });
}
