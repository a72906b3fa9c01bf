import type { Bookmark } from '../../../app/contract/types.ts';
import type { Space } from '../../state/view.ts';

/** A stretch of a disk that is shown as one of its own. */
export interface ByteWindow {
  at: number;
  length: number;
}

export function isWithin(at: number, window: ByteWindow | undefined): boolean {
  return window === undefined || (at >= window.at && at < window.at + window.length);
}

/** Bookmarks of a space that lie in the window, with offsets of the window. */
export function notesWithin(
  bookmarks: readonly Bookmark[],
  space: Space,
  window: ByteWindow | undefined,
): readonly Bookmark[] {
  if (window === undefined) return bookmarks;
  return bookmarks
    .filter((one) => one.space === space && isWithin(one.at, window))
    .map((one) => ({ ...one, at: one.at - window.at }));
}
