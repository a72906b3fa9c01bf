import { ROW } from './lines.ts';

/** The byte the cursor is on, and the byte a selection began with. */
export interface Cursor {
  at: number;
  anchor: number;
}

export interface Selection {
  at: number;
  length: number;
}

/** Selected bytes, at least the one under the cursor. */
export function selectionOf({ at, anchor }: Cursor): Selection {
  return { at: Math.min(at, anchor), length: Math.abs(at - anchor) + 1 };
}

export interface CursorKey {
  key: string;
  shift: boolean;
  ctrl: boolean;
}

/** Where the view begins and ends, and how many rows a page is. */
export interface CursorRange {
  start: number;
  end: number;
  page: number;
}

/** Where a key takes the cursor; null for a key that moves nothing. */
export function moveCursor(cursor: Cursor, { key, shift, ctrl }: CursorKey, range: CursorRange): Cursor | null {
  const to = target(cursor.at, key, ctrl, range);
  if (to === null || range.end <= range.start) return null;
  const at = Math.min(range.end - 1, Math.max(range.start, to));
  return { at, anchor: shift ? cursor.anchor : at };
}

function target(at: number, key: string, ctrl: boolean, { start, end, page }: CursorRange): number | null {
  const column = (at - start) % ROW;
  switch (key) {
    case 'ArrowLeft':
      return at - 1;
    case 'ArrowRight':
      return at + 1;
    case 'ArrowUp':
      return at - ROW < start ? at : at - ROW;
    case 'ArrowDown':
      return at + ROW < end ? at + ROW : at;
    case 'PageUp':
      return at - page * ROW < start ? start + column : at - page * ROW;
    case 'PageDown':
      return at + page * ROW < end ? at + page * ROW : lastInColumn(column, start, end);
    case 'Home':
      return ctrl ? start : at - column;
    case 'End':
      return ctrl ? end - 1 : at - column + ROW - 1;
    default:
      return null;
  }
}

/** Last byte that stands in a column of the rows. */
function lastInColumn(column: number, start: number, end: number): number {
  const last = start + Math.floor((end - 1 - start) / ROW) * ROW + column;
  return last < end ? last : Math.max(start + column, last - ROW);
}
