import { Bookmark as BookmarkIcon, Search } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import type { Target } from '../../../app/contract/contract.ts';
import type { SearchHit } from '../../../app/contract/types.ts';
import { useClient } from '../../state/client.ts';
import { type Space, useView } from '../../state/view.ts';
import { Button, IconToggle } from '../../ui/button.tsx';
import { type Cursor, selectionOf } from '../../ui/hex/cursor.ts';
import { type HexHandle, HexView } from '../../ui/hex/hex-view.tsx';
import type { Lines } from '../../ui/hex/lines.ts';
import type { Overlay } from '../../ui/hex/overlay.ts';
import type { ByteStore } from '../../ui/hex/store.ts';
import { ICON_SMALL } from '../../ui/icons.tsx';
import { ContextMenu, MenuItem, MenuSeparator } from '../../ui/menu.tsx';
import { Splitter } from '../../ui/splitter.tsx';
import { useBookmarks } from '../bookmarks/bookmarks.ts';
import { BookmarksPanel, type Draft } from '../bookmarks/bookmarks-panel.tsx';
import { SearchPanel } from '../search/search-panel.tsx';
import { nextHit, showHit, useSearches } from '../search/searches.ts';
import { type ByteWindow, isWithin, notesWithin } from './byte-window.ts';
import { type Copied, CopyItems, CopyMenu, copyBytes } from './copy-menu.tsx';
import { focusSoon } from './focus.ts';
import { GoToField } from './go-to-field.tsx';
import css from './hex.module.css';
import { marksOf, ticksOf } from './marks.ts';
import { placeKey, type SidePanel, setCursor, takeReveal, usePlaces } from './places.ts';

const NO_HITS: readonly SearchHit[] = [];

/**
 * Bytes of a file or a guest's disk with everything that is done with them: go to, search, bookmarks, copy. `start` stands at
 * the left of the bar.
 */
export function BytePane({
  label,
  path,
  space,
  window,
  name,
  store,
  lines,
  start,
  overlay = null,
  describe,
  renderHead,
  ownerOf,
}: {
  label: string;
  path: string;
  space: Space;
  /** A stretch of it as a disk of its own, whose offsets begin at 0; what is noted and explained stays where it is on the whole. */
  window?: ByteWindow;
  /** What copied bytes are called. */
  name: string;
  store: ByteStore;
  lines: Lines;
  start: ReactNode;
  overlay?: Overlay | null;
  describe?: (at: number) => string | null;
  renderHead?: (at: number) => ReactNode;
  ownerOf?: (at: number) => number | null;
}) {
  const client = useClient();
  const base = window?.at ?? 0;
  const key = placeKey(space, path, window);
  const target = useMemo<Target>(() => (window ? { space, path, window } : { space, path }), [space, path, window]);
  const cursor = usePlaces((state) => state.cursors.get(key)) ?? { at: 0, anchor: 0 };
  const panel = usePlaces((state) => state.panel);
  const panelHeight = usePlaces((state) => state.panelHeight);
  const hits = useSearches((state) => state.runs.get(key)?.hits) ?? NO_HITS;
  const current = useSearches((state) => state.runs.get(key)?.current) ?? null;
  const bookmarks = useBookmarks(path);
  const noted = useMemo(() => notesWithin(bookmarks, space, window), [bookmarks, space, window]);
  const [draft, setDraft] = useState<Draft | null>(null);
  const [menu, setMenu] = useState<{ x: number; y: number } | null>(null);
  const hex = useRef<HexHandle>(null);
  const goTo = useRef<HTMLInputElement>(null);
  const find = useRef<HTMLInputElement>(null);

  const selection = selectionOf(cursor);
  const placed = { at: base + selection.at, length: selection.length };
  const copied: Copied = { target, range: selection, name };
  const marks = useMemo(() => marksOf(hits, current, noted, space), [hits, current, noted, space]);
  const ticks = useMemo(() => ticksOf(marks, lines), [marks, lines]);

  const put = (next: Cursor): void => {
    setCursor(key, next);
    const { at, length } = selectionOf(next);
    useView.getState().inspect({ kind: 'bytes', path, space, at: base + at, length });
  };
  const jump = (at: number, length = 1): void => {
    put(cursorOver(at, length, lines));
    hex.current?.reach(at);
  };
  // who asked to be shown something has the inspector already
  const reveal = (at: number, length: number): (() => void) => {
    setCursor(key, cursorOver(at, length, lines));
    hex.current?.reach(at);
    return focusSoon(() => hex.current?.focus());
  };
  const openPanel = (next: SidePanel | null): void => usePlaces.setState({ panel: next });
  const openSearch = (): void => {
    openPanel('search');
    // it is there after the next drawing
    requestAnimationFrame(() => find.current?.focus());
  };
  const step = (direction: 1 | -1): void => {
    const index = nextHit(hits, selection.at, direction);
    if (index !== null) toHit(index);
  };
  const toHit = (index: number): void => {
    const hit = hits[index];
    if (!hit) return;
    showHit(key, index);
    jump(hit.at, hit.length);
  };
  const addBookmark = (): void => {
    openPanel('bookmarks');
    setDraft({ id: null, ...placed, space, note: '' });
  };

  useReveal(path, window ? null : space, reveal, () => hex.current?.reach(cursor.at));
  useFinds(openSearch);

  const onKey = (event: KeyboardEvent): boolean => {
    const ctrl = event.ctrlKey || event.metaKey;
    const letter = event.key.toLowerCase();
    if (event.key === 'F3') step(event.shiftKey ? -1 : 1);
    else if (ctrl && letter === 'f') openSearch();
    else if (ctrl && letter === 'g') goTo.current?.select();
    else if (ctrl && letter === 'd') addBookmark();
    else if (ctrl && letter === 'c') void copyBytes(client, copied, 'hex');
    else if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) return false;
    else return false;
    return true;
  };

  return (
    <div
      className={css.pane}
      onKeyDown={(event) => {
        // the grid asks first, and says so; here is what the bar and the panels leave
        if (event.defaultPrevented || event.target instanceof HTMLInputElement) return;
        if (event.key === 'F3' || ((event.ctrlKey || event.metaKey) && /^[fgd]$/i.test(event.key))) {
          if (onKey(event)) event.preventDefault();
        }
      }}
    >
      <div className={css.bar}>
        {start}
        <span className="grow" />
        <GoToField
          cursor={cursor.at}
          size={lines.end}
          onGo={(at) => {
            jump(at);
            hex.current?.focus();
          }}
          inputRef={goTo}
        />
        <Button variant="quiet" small onPress={() => (panel === 'search' ? openPanel(null) : openSearch())}>
          <Search size={ICON_SMALL} />
          Search
        </Button>
        <IconToggle
          label={`Bookmarks (${bookmarks.length})`}
          isSelected={panel === 'bookmarks'}
          onChange={(on) => openPanel(on ? 'bookmarks' : null)}
        >
          <BookmarkIcon size={ICON_SMALL} />
        </IconToggle>
        <CopyMenu copied={copied} />
      </div>
      <HexView
        label={label}
        store={store}
        lines={lines}
        cursor={cursor}
        onCursor={put}
        overlay={overlay}
        marks={marks}
        ticks={ticks}
        onKey={onKey}
        onMenu={setMenu}
        handle={hex}
        className={css.hex ?? ''}
        {...(describe ? { describe } : {})}
        {...(renderHead ? { renderHead } : {})}
        {...(ownerOf ? { ownerOf } : {})}
      />
      <ContextMenu at={menu} label="Bytes" onClose={() => setMenu(null)}>
        <CopyItems copied={copied} />
        <MenuSeparator />
        <MenuItem keys="Ctrl D" onAction={addBookmark}>
          Add a bookmark…
        </MenuItem>
      </ContextMenu>
      {panel === null ? null : (
        <>
          <Splitter
            label="Height of the panel"
            side="bottom"
            value={panelHeight}
            min={110}
            max={520}
            onChange={(height) => usePlaces.setState({ panelHeight: height })}
            onReset={() => usePlaces.setState({ panelHeight: 220 })}
          />
          <div className={css.below} style={{ flexBasis: panelHeight }}>
            {panel === 'search' ? (
              <SearchPanel
                searchKey={key}
                target={target}
                cursor={cursor.at}
                onHit={toHit}
                onStep={step}
                onClose={() => openPanel(null)}
                inputRef={find}
              />
            ) : (
              <BookmarksPanel
                path={path}
                bookmarks={bookmarks}
                here={{ ...placed, space }}
                draft={draft}
                onDraft={setDraft}
                onJump={(bookmark) =>
                  bookmark.space === space && isWithin(bookmark.at, window)
                    ? jump(bookmark.at - base, bookmark.length)
                    : useView.getState().show('hex', { ...bookmark, field: null })
                }
                onClose={() => openPanel(null)}
              />
            )}
          </div>
        </>
      )}
    </div>
  );
}

/** The cursor on the first of the bytes, all of them selected; what lies past the end is left out. */
function cursorOver(at: number, length: number, { end }: Lines): Cursor {
  const first = Math.min(at, end - 1);
  return { at: first, anchor: Math.max(first, Math.min(end, first + length) - 1) };
}

/** Goes where the window was asked to go, once each time; else to where one was before. */
function useReveal(
  path: string,
  /** Null where nothing is shown that can be asked for by its place. */
  space: Space | null,
  jump: (at: number, length: number) => () => void,
  back: () => void,
): void {
  const reveal = useView((state) => state.reveal);
  const serial = reveal?.path === path && reveal.space === space ? reveal.serial : null;
  useEffect(() => {
    if (reveal && serial !== null && takeReveal(reveal)) return jump(reveal.at, Math.max(1, reveal.length));
    back();
    return undefined;
    // only a new wish moves the view
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [serial]);
}

/** Opens the search when the window asks for it; what was asked before this was there counts if it is recent. */
function useFinds(open: () => void): void {
  const finds = useView((state) => state.finds);
  const seen = useRef(handled);
  useEffect(() => {
    if (finds === seen.current) return;
    seen.current = finds;
    handled = finds;
    open();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [finds]);
}

/** Wishes to search that were met: a tab that comes later meets none of them again. */
let handled = 0;
