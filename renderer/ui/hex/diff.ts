import { ROW } from './lines.ts';

/** Neighbouring bytes in which two structures differ; offsets from the start of both. */
export interface Difference {
  at: number;
  length: number;
}

/** Two rows one under the other, or equal rows as one line. */
export type DiffLine =
  | { kind: 'pair'; at: number; length: number }
  | { kind: 'equal'; at: number; length: number; note: string };

export function differences(a: Uint8Array, b: Uint8Array): Difference[] {
  const out: Difference[] = [];
  const length = Math.max(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    if (a[at] === b[at]) continue;
    const last = out.at(-1);
    if (last && last.at + last.length === at) last.length += 1;
    else out.push({ at, length: 1 });
  }
  return out;
}

interface Laid {
  name: string;
  offset: number;
  length: number;
}

/** Rows of 16 that differ stay; equal stretches fold and say how many bytes, and which fields, they are. */
export function diffLines(a: Uint8Array, b: Uint8Array, fields: readonly Laid[]): DiffLine[] {
  const out: DiffLine[] = [];
  const length = Math.max(a.length, b.length);
  const differ = new Set(
    differences(a, b).flatMap(({ at, length: count }) =>
      Array.from({ length: count }, (_, index) => Math.floor((at + index) / ROW)),
    ),
  );
  for (let at = 0; at < length; ) {
    let end = at;
    while (end < length && !differ.has(end / ROW)) end += ROW;
    end = Math.min(end, length);
    if (end > at) {
      out.push({ kind: 'equal', at, length: end - at, note: equalNote(a.subarray(at, end), at, end, fields) });
      at = end;
    } else {
      out.push({ kind: 'pair', at, length: Math.min(ROW, length - at) });
      at += ROW;
    }
  }
  return out;
}

function equalNote(bytes: Uint8Array, at: number, end: number, fields: readonly Laid[]): string {
  const count = `${end - at} bytes equal`;
  if (bytes.every((byte) => byte === 0)) return `${count}, all zero`;
  return `${count}: ${namesOf(at, end, fields)}`;
}

/** Fields that touch the range: one name, or first and last. */
export function namesOf(at: number, end: number, fields: readonly Laid[]): string {
  const names = fields.filter(({ offset, length }) => offset < end && offset + length > at).map(({ name }) => name);
  const first = names[0] ?? '';
  const last = names.at(-1) ?? '';
  return first === last ? first : `${first} … ${last}`;
}

/** Fields with a differing byte. */
export function differingFields(found: readonly Difference[], fields: readonly Laid[]): string[] {
  return fields
    .filter(({ offset, length }) => found.some((one) => one.at < offset + length && one.at + one.length > offset))
    .map(({ name }) => name);
}

/** The difference after (`step` 1) or before (-1) a place, round the ends; null when there is none. */
export function nextDifference(found: readonly Difference[], from: number | null, step: 1 | -1): Difference | null {
  if (from === null) return found.at(step === 1 ? 0 : -1) ?? null;
  const beyond =
    step === 1 ? found.find(({ at }) => at > from) : found.findLast(({ at, length }) => at + length <= from);
  return beyond ?? found.at(step === 1 ? 0 : -1) ?? null;
}
