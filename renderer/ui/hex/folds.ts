import { namesOf } from './diff.ts';
import { type Foldable, ROW } from './lines.ts';

interface Laid {
  name: string;
  offset: number;
  length: number;
}

/** Rows of zeros that are shown all the same: one says more than a line about it. */
const LEAST = 2;

/** Whole rows of zeros of a structure at `at`, as stretches to fold. */
export function zeroFolds(at: number, bytes: Uint8Array, fields: readonly Laid[]): Foldable[] {
  const out: Foldable[] = [];
  for (let row = 0; row < bytes.length; ) {
    let end = row;
    while (end < bytes.length && isZero(bytes.subarray(end, end + ROW))) end += ROW;
    end = Math.min(end, bytes.length);
    if (end - row >= LEAST * ROW) {
      const names = namesOf(row, end, fields);
      out.push({ at: at + row, length: end - row, note: `${end - row} zero bytes${names === '' ? '' : `, ${names}`}` });
    }
    row = end > row ? end : row + ROW;
  }
  return out;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
