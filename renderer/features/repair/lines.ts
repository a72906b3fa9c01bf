import { plural } from '../../ui/format.ts';
import { namesOf } from '../../ui/hex/diff.ts';
import { ROW } from '../../ui/hex/lines.ts';
import type { LaidField } from './preview.ts';

/** A line of a step: a row of 16 bytes as it was or as it will be, or rows that are not worth lines of their own. */
export type PreviewLine =
  | { kind: 'row'; side: 'before' | 'after'; at: number; bytes: Uint8Array; differ: ReadonlySet<number> | null }
  | { kind: 'fold'; side: 'before' | 'after' | 'both'; at: number; length: number; note: string };

/** Rows of one step that are drawn at most; the saved plan has them all. */
export const MAX_ROWS = 96;

/**
 * What a write at `at` changes, as a unified diff: rows that stay equal fold, neighbouring rows that change stand as they were and
 * then as they will be, and stretches of zeros fold. `before` ends where the file does.
 */
export function previewLines(
  at: number,
  before: Uint8Array,
  after: Uint8Array,
  fields: readonly LaidField[],
): PreviewLine[] {
  const out: PreviewLine[] = [];
  let rows = 0;
  for (let row = 0; row < after.length; ) {
    let end = row;
    const equal = isEqual(before, after, row);
    while (end < after.length && isEqual(before, after, end) === equal) end += ROW;
    end = Math.min(end, after.length);
    if (equal) {
      const names = namesOf(row, end, fields);
      const note = `${plural(end - row, 'byte')} stay as they are${names === '' ? '' : `: ${names}`}`;
      out.push({ kind: 'fold', side: 'both', at: at + row, length: end - row, note });
    } else {
      if (rows >= MAX_ROWS) {
        const note = `${plural(after.length - row, 'byte')} more; the saved plan has them all`;
        out.push({ kind: 'fold', side: 'after', at: at + row, length: after.length - row, note });
        return out;
      }
      const upTo = Math.min(end, row + (MAX_ROWS - rows) * ROW);
      out.push(...side('before', at, before, after, row, Math.min(upTo, before.length), fields));
      out.push(...side('after', at, before, after, row, upTo, fields));
      rows += Math.ceil((upTo - row) / ROW);
      end = upTo;
    }
    row = end;
  }
  return out;
}

function isEqual(before: Uint8Array, after: Uint8Array, row: number): boolean {
  for (let index = row; index < Math.min(row + ROW, after.length); index += 1)
    if (before[index] !== after[index]) return false;
  return true;
}

function side(
  which: 'before' | 'after',
  at: number,
  before: Uint8Array,
  after: Uint8Array,
  from: number,
  to: number,
  fields: readonly LaidField[],
): PreviewLine[] {
  const bytes = which === 'before' ? before : after;
  const out: PreviewLine[] = [];
  for (let row = from; row < to; ) {
    let end = row;
    while (end < to && isZero(bytes, end, to)) end += ROW;
    end = Math.min(end, to);
    if (end - row >= 2 * ROW || (end > row && end - row === bytes.length)) {
      const names = which === 'after' ? namesOf(row, end, fields) : '';
      const note = `${plural(end - row, 'zero byte')}${names === '' ? '' : `, ${names}`}`;
      out.push({ kind: 'fold', side: which, at: at + row, length: end - row, note });
      row = end;
      continue;
    }
    const stop = Math.min(row + ROW, to);
    out.push({
      kind: 'row',
      side: which,
      at: at + row,
      bytes: bytes.subarray(row, stop),
      differ: differIn(before, after, row, stop),
    });
    row = stop;
  }
  return out;
}

function isZero(bytes: Uint8Array, row: number, end: number): boolean {
  for (let index = row; index < Math.min(row + ROW, end); index += 1) if (bytes[index] !== 0) return false;
  return true;
}

/** Bytes of a row that differ, by place; null where marking them says nothing, as so many do or nothing stood there. */
function differIn(before: Uint8Array, after: Uint8Array, from: number, to: number): Set<number> | null {
  const out = new Set<number>();
  for (let index = from; index < to; index += 1) if (before[index] !== after[index]) out.add(index - from);
  return out.size <= ROW / 2 && from < before.length && !isZero(before, from, to) ? out : null;
}
