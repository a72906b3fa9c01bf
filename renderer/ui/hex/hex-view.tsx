import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useId,
  useImperativeHandle,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import { classes } from '../classes.ts';
import { type Cursor, moveCursor, selectionOf } from './cursor.ts';
import css from './hex.module.css';
import { HexFold, HexHead } from './hex-parts.tsx';
import { HexRow } from './hex-row.tsx';
import type { Line, Lines } from './lines.ts';
import type { Mark, Overlay } from './overlay.ts';
import { byteAt } from './pointing.ts';
import type { ByteStore } from './store.ts';
import { type Tick, type VirtualHandle, VirtualList } from './virtual.tsx';

export const HEX_LINE = 21;

export interface HexHandle {
  /** Brings a byte into view: a jump when it is far. */
  reach(at: number): void;
  focus(): void;
}

export interface HexViewProps {
  /** What the bytes are, for those who do not see them. */
  label: string;
  store: ByteStore;
  lines: Lines;
  cursor: Cursor | null;
  onCursor: (cursor: Cursor) => void;
  /** False where something else shows what is selected, as a field that is lit up. */
  showCursor?: boolean;
  overlay?: Overlay | null;
  /** Name of the selected field. */
  field?: string | null;
  marks?: readonly Mark[] | null;
  ticks?: readonly Tick[];
  /** What is said of a byte when the cursor comes to it, after offset and value: its field, its owner. */
  describe?: (at: number) => string | null;
  /** What heads the bytes from an offset on; called for `head` lines. */
  renderHead?: (at: number) => ReactNode;
  /** Index of the file in the chain that holds a byte; null where there are no owners. */
  ownerOf?: ((at: number) => number | null) | null;
  onFold?: (at: number) => void;
  /** Keys that the view itself does not know; true when taken. */
  onKey?: (event: KeyboardEvent) => boolean;
  onMenu?: (place: { x: number; y: number }) => void;
  /** A press of the pointer on a byte: `true` for a double one. */
  onPoint?: (at: number, double: boolean) => void;
  handle?: Ref<HexHandle>;
  className?: string;
}

/**
 * Bytes of any size, 16 a row: scrolled line by line and read as they come into view. Arrows, Page Up and Down, Home and End move
 * the cursor, with Shift they select; a drag of the pointer does, too.
 */
export function HexView({
  label,
  store,
  lines,
  cursor,
  onCursor,
  showCursor = true,
  overlay = null,
  field = null,
  marks = null,
  ticks,
  describe,
  renderHead,
  ownerOf,
  onFold,
  onKey,
  onMenu,
  onPoint,
  handle,
  className,
}: HexViewProps) {
  const id = useId();
  const list = useRef<VirtualHandle>(null);
  const body = useRef<HTMLElement | null>(null);
  const drag = useRef<{ anchor: number; timer: number | null } | null>(null);
  const version = useSyncExternalStore(store.subscribe, store.version);
  const slice = useCallback((at: number, length: number) => store.slice(at, length), [store]);
  const selection = cursor ? selectionOf(cursor) : null;
  const digits = offsetDigits(store.size);

  useImperativeHandle(handle, () => ({
    reach: (at) => list.current?.reach(lines.indexOf(at)),
    focus: () => list.current?.focus(),
  }));

  const onRange = useCallback(
    (first: number, last: number) => {
      const from = lines.line(first).at;
      const end = endOf(lines.line(last));
      store.want(from, end - from);
    },
    [lines, store],
  );

  const go = (next: Cursor): void => {
    onCursor(next);
    list.current?.show(lines.indexOf(next.at));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (onKey?.(event)) {
      event.preventDefault();
      return;
    }
    const ctrl = event.ctrlKey || event.metaKey;
    if (event.altKey) return;
    if (ctrl && event.key.toLowerCase() === 'a') {
      event.preventDefault();
      onCursor({ at: lines.end - 1, anchor: lines.start });
      return;
    }
    const now = cursor ?? { at: lines.start, anchor: lines.start };
    const page = list.current?.page() ?? 1;
    const next = moveCursor(now, { key: event.key, shift: event.shiftKey, ctrl }, { ...lines, page });
    if (!next) return;
    event.preventDefault();
    go(next);
  };

  const pointed = (event: PointerEvent | MouseEvent): number | null => {
    const line = list.current?.lineAt(event.clientY) ?? 0;
    if (!body.current || lines.count === 0) return null;
    const known = lines.line(Math.min(lines.count - 1, Math.max(0, line)));
    return known.kind === 'bytes' ? byteAt(body.current, event.clientX, known) : known.at;
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>): void => {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button'))) return;
    body.current = event.currentTarget;
    const at = pointed(event);
    if (at === null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const anchor = event.shiftKey && cursor ? cursor.anchor : at;
    drag.current = { anchor, timer: null };
    onCursor({ at, anchor });
    if (!event.shiftKey) onPoint?.(at, event.detail > 1);
  };

  const onPointerMove = (event: PointerEvent<HTMLElement>): void => {
    const held = drag.current;
    if (!held) return;
    const box = event.currentTarget.getBoundingClientRect();
    const beyond = event.clientY < box.top + HEX_LINE ? -1 : event.clientY > box.bottom ? 1 : 0;
    if (beyond !== 0) list.current?.scrollBy(beyond);
    const at = pointed(event);
    if (at !== null && at !== cursor?.at) onCursor({ at, anchor: held.anchor });
  };

  const onPointerUp = (): void => {
    drag.current = null;
  };

  const box = useMemo(() => {
    return { '--hex-digits': digits } as CSSProperties;
  }, [digits]);
  const cursorLine = cursor && lines.count > 0 ? lines.indexOf(cursor.at) : -1;

  const renderLine = (index: number): ReactNode => {
    const line = lines.line(index);
    const key = `${index}`;
    if (line.kind === 'head') return <div key={key}>{renderHead?.(line.at)}</div>;
    if (line.kind === 'fold') {
      const on = selection !== null && overlaps(line, selection);
      return <HexFold key={key} line={index} {...line} digits={digits} on={on} onOpen={onFold} />;
    }
    const chosen = showCursor && selection !== null && selection.length > 1 ? within(selection, line) : NOWHERE;
    const place = showCursor && cursor && cursorLine === index ? cursor.at - line.at : -1;
    return (
      <HexRow
        key={key}
        id={`${id}-${index}`}
        line={index}
        at={line.at}
        length={line.length}
        slice={slice}
        revision={store.revision(line.at, line.length)}
        overlay={overlay}
        marks={marks}
        field={field}
        from={chosen.from}
        to={chosen.to}
        cursor={place}
        digits={digits}
        owner={ownerOf?.(line.at) ?? -1}
      />
    );
  };

  return (
    <div className={classes(css.frame, className)} data-version={version}>
      <VirtualList
        count={lines.count}
        lineHeight={HEX_LINE}
        renderLine={renderLine}
        head={
          <HexHead
            at={lines.start}
            lit={field === null ? selection : null}
            field={field}
            overlay={overlay}
            cursor={cursor}
          />
        }
        label={`${label}: place`}
        onRange={onRange}
        {...(ticks ? { ticks } : {})}
        handle={list}
        body={{
          'role': 'grid',
          'aria-label': label,
          // a browser's row numbers end at 2³¹
          'aria-rowcount': lines.count < 2 ** 31 - 1 ? lines.count + 1 : -1,
          'aria-multiselectable': true,
          ...(cursorLine >= 0 ? { 'aria-activedescendant': `${id}-${cursorLine}` } : {}),
          'tabIndex': 0,
          'className': css.hex,
          'style': box,
          onKeyDown,
          onPointerDown,
          onPointerMove,
          onPointerUp,
          'onPointerCancel': onPointerUp,
          'onContextMenu': (event) => {
            if (!onMenu) return;
            event.preventDefault();
            body.current = event.currentTarget;
            const at = event.clientX === 0 && event.clientY === 0 ? null : pointed(event);
            if (at !== null && selection && (at < selection.at || at >= selection.at + selection.length))
              onCursor({ at, anchor: at });
            onMenu({ x: event.clientX, y: event.clientY });
          },
        }}
      />
      <div className="visually-hidden" aria-live="polite">
        {cursor && showCursor ? spoken(store, cursor, describe) : null}
      </div>
    </div>
  );
}

/** Digits that every offset of something of this size is written with. */
export function offsetDigits(size: number): number {
  return Math.max(6, size.toString(16).length);
}

const NOWHERE = { from: -1, to: -1 };

function endOf(line: Line): number {
  return line.kind === 'head' ? line.at : line.at + line.length;
}

function overlaps(line: { at: number; length: number }, selection: { at: number; length: number }): boolean {
  return selection.at < line.at + line.length && selection.at + selection.length > line.at;
}

/** The part of a selection that is in a row, as places in it. */
function within(selection: { at: number; length: number }, line: { at: number; length: number }): typeof NOWHERE {
  if (!overlaps(line, selection)) return NOWHERE;
  return {
    from: Math.max(0, selection.at - line.at),
    to: Math.min(line.length, selection.at + selection.length - line.at) - 1,
  };
}

/** The cursor for those who do not see it: offset, byte, field, selection. */
function spoken(store: ByteStore, cursor: Cursor, describe: HexViewProps['describe']): string {
  const { bytes, states } = store.slice(cursor.at, 1);
  const byte = states === null ? (bytes[0] ?? 0).toString(16).padStart(2, '0') : 'not known';
  const { length } = selectionOf(cursor);
  const about = describe?.(cursor.at);
  const parts = [`offset ${cursor.at.toString(16)}`, `byte ${byte}`];
  if (about) parts.push(about);
  if (length > 1) parts.push(`${length} bytes selected`);
  return parts.join(', ');
}
