/**
 * Arithmetic of a list that is too long for the browser: places are lines, with fractions, and never pixels of the whole. A
 * list of 2⁴⁹ lines (2⁵³ bytes) still scrolls by a sixteenth of a line.
 */
export interface Extent {
  /** Lines in all. */
  count: number;
  /** Lines the window shows, with fractions. */
  shown: number;
}

/** Furthest first line. */
export function maxTop({ count, shown }: Extent): number {
  return Math.max(0, count - shown);
}

export function clampTop(top: number, extent: Extent): number {
  return Math.min(maxTop(extent), Math.max(0, top));
}

/** Least first line that moves as little as it can and shows `line` whole, with `margin` lines around it where there is room. */
export function topToShow(line: number, top: number, extent: Extent, margin = 0): number {
  const room = Math.max(0, Math.min(margin, Math.floor((extent.shown - 1) / 2)));
  if (line - room < top) return clampTop(line - room, extent);
  if (line + 1 + room > top + extent.shown) return clampTop(line + 1 + room - extent.shown, extent);
  return clampTop(top, extent);
}

/** First line with `line` a third down the window: where a jump lands. */
export function topToReach(line: number, top: number, extent: Extent): number {
  if (line >= top && line + 1 <= top + extent.shown) return clampTop(top, extent);
  return clampTop(line - Math.floor(extent.shown / 3), extent);
}

export const MIN_THUMB = 28;

export interface Thumb {
  /** Pixels from the track's start. */
  at: number;
  length: number;
}

/** The thumb on a track of `track` pixels; null when everything is in view. */
export function thumbOf(top: number, extent: Extent, track: number): Thumb | null {
  const last = maxTop(extent);
  if (last <= 0 || track <= 0) return null;
  const length = Math.min(track, Math.max(MIN_THUMB, (track * extent.shown) / extent.count));
  return { at: (track - length) * (Math.min(last, top) / last), length };
}

/** First line for a thumb that starts `at` pixels down the track; both ends are reached exactly. */
export function topOfThumb(at: number, extent: Extent, track: number): number {
  const thumb = thumbOf(0, extent, track);
  if (!thumb) return 0;
  const free = track - thumb.length;
  if (free <= 0 || at <= 0) return 0;
  return at >= free ? maxTop(extent) : maxTop(extent) * (at / free);
}

/** Where a line stands on the track, for a tick. */
export function tickOf(line: number, { count }: Extent, track: number): number {
  return count <= 1 ? 0 : (line / (count - 1)) * track;
}
