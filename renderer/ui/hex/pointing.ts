import { ROW } from './lines.ts';

/** Characters from the first byte's first digit to byte `index`: two digits and a space each, one more after the eighth. */
export function columnOf(index: number): number {
  return index * 3 + (index >= 8 ? 1 : 0);
}

/** Byte of a row whose digits are at `column`; the space behind a byte belongs to it. */
export function indexOfColumn(column: number): number {
  const inHalf = column < 8 * 3 ? column : column - 1;
  return Math.min(ROW - 1, Math.max(0, Math.floor(inHalf / 3)));
}

/** Marks, in the head of a view, the text whose width is that of a row's bytes, and where the text begins. */
export const BYTES_RULER = 'data-hex-bytes';
export const TEXT_RULER = 'data-hex-text';

/**
 * Byte of a row under a point of the window: over the bytes, the text, or what is nearer. Fonts arrive late, so the head is measured
 * each time instead of trusting a width.
 */
export function byteAt(body: Element, clientX: number, row: { at: number; length: number }): number {
  const bytes = body.querySelector(`[${BYTES_RULER}]`)?.getBoundingClientRect();
  const text = body.querySelector(`[${TEXT_RULER}]`)?.getBoundingClientRect();
  if (!bytes || !text || bytes.width === 0) return row.at;
  const character = bytes.width / (columnOf(ROW - 1) + 2);
  const inText = clientX > (bytes.right + text.left) / 2;
  const index = inText
    ? Math.floor((clientX - text.left) / character)
    : indexOfColumn((clientX - bytes.left) / character);
  return row.at + Math.min(row.length - 1, Math.max(0, index));
}
