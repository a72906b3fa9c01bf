import { create } from 'zustand';
import type { Reveal, Space } from '../../state/view.ts';
import type { Cursor } from '../../ui/hex/cursor.ts';
import type { ByteWindow } from './byte-window.ts';

export type SidePanel = 'search' | 'bookmarks';

interface Places {
  /** Where the cursor was, by space and path: tabs come and go, places stay. */
  cursors: ReadonlyMap<string, Cursor>;
  /** Which bytes the Hex tab shows, by path. */
  spaces: ReadonlyMap<string, Space>;
  /** Panel below the bytes. */
  panel: SidePanel | null;
  panelHeight: number;
  /** Fields over the bytes, or bytes alone. */
  mode: 'fields' | 'plain';
}

export const usePlaces = create<Places>()(() => ({
  cursors: new Map(),
  spaces: new Map(),
  panel: null,
  panelHeight: 220,
  mode: 'fields',
}));

export function placeKey(space: Space, path: string, window?: ByteWindow): string {
  return window ? `${space}:${window.at}:${path}` : `${space}:${path}`;
}

export function setCursor(key: string, cursor: Cursor): void {
  usePlaces.setState(({ cursors }) => ({ cursors: new Map(cursors).set(key, cursor) }));
}

export function setSpace(path: string, space: Space): void {
  usePlaces.setState(({ spaces }) => ({ spaces: new Map(spaces).set(path, space) }));
}

let revealed = 0;

/** Whether nobody met this wish yet. */
export function isPending({ serial }: Reveal): boolean {
  return serial > revealed;
}

/** True once for each wish to be shown something: a tab that comes back later does not jump again. */
export function takeReveal({ serial }: Reveal): boolean {
  if (serial <= revealed) return false;
  revealed = serial;
  return true;
}
