import {
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { type VirtualHandle, VirtualList } from '../../ui/hex/virtual.tsx';
import css from './disk.module.css';
import { coloursOf, drawCell } from './draw-cells.ts';
import { type MapLayout, moveCell } from './geometry.ts';
import type { CellLook } from './map-store.ts';
import { subscribeTheme, themeNow } from './theme-watch.ts';

export interface CellMapHandle {
  reach(cell: number): void;
  focus(): void;
}

/** Where the pointer rests: a cell and its box in the map. */
export interface Hover {
  cell: number;
  x: number;
  y: number;
}

/** Rows between two labels. */
const LABELLED = 4;

/**
 * Many small cells, drawn on a canvas: as many rows as are in view, whatever there are in all. Arrows move the cell cursor, a
 * press selects, and below the pointer a tip tells.
 */
export function CellMap({
  label,
  layout,
  look,
  version,
  cursor,
  onCursor,
  onRange,
  onKey,
  onZoom,
  rowLabel,
  gutter,
  describe,
  tip,
  handle,
}: {
  label: string;
  layout: MapLayout;
  look: (cell: number) => CellLook;
  /** Changes whenever `look` would answer anew. */
  version: unknown;
  cursor: number | null;
  onCursor: (cell: number) => void;
  onRange?: (first: number, last: number) => void;
  onKey?: (event: KeyboardEvent) => boolean;
  /** Ctrl and the wheel, over a cell. */
  onZoom?: (step: 'in' | 'out', cell: number) => void;
  rowLabel: (firstCell: number) => string;
  /** Pixels kept for the labels. */
  gutter: number;
  /** The cell under the cursor, for those who do not see it. */
  describe: (cell: number) => string;
  tip?: (cell: number) => ReactNode;
  handle?: Ref<CellMapHandle>;
}) {
  const list = useRef<VirtualHandle>(null);
  const root = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const { columns, cells, rows, pitch } = layout;
  useImperativeHandle(handle, () => ({
    reach: (cell) => list.current?.reach(Math.floor(cell / columns)),
    focus: () => list.current?.focus(),
  }));
  const range = useCallback(
    (first: number, last: number) => onRange?.(first * columns, Math.min(cells, (last + 1) * columns) - 1),
    [onRange, columns, cells],
  );

  const pointed = (clientX: number, clientY: number): number | null => {
    const box = root.current?.getBoundingClientRect();
    if (!box) return null;
    const column = Math.floor((clientX - box.left - gutter) / pitch);
    const row = list.current?.lineAt(clientY) ?? -1;
    const cell = row * columns + column;
    return column < 0 || column >= columns || row < 0 || cell >= cells ? null : cell;
  };

  const zoom = useRef(onZoom);
  const find = useRef(pointed);
  useLayoutEffect(() => {
    zoom.current = onZoom;
    find.current = pointed;
  });
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey || !zoom.current) return;
      event.preventDefault();
      const cell = find.current(event.clientX, event.clientY);
      if (cell !== null && event.deltaY !== 0) zoom.current(event.deltaY < 0 ? 'in' : 'out', cell);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);

  const go = (cell: number): void => {
    onCursor(cell);
    list.current?.show(Math.floor(cell / columns));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (onKey?.(event)) {
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moveCell(cursor ?? 0, event.key, layout, list.current?.page() ?? 1);
    if (next === null) return;
    event.preventDefault();
    go(next);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const cell = pointed(event.clientX, event.clientY);
    if (cell === hover?.cell) return;
    const box = root.current?.getBoundingClientRect();
    setHover(cell === null || !box ? null : { cell, x: event.clientX - box.left, y: event.clientY - box.top });
  };

  return (
    <div ref={root} className={css.map} onPointerLeave={() => setHover(null)}>
      <VirtualList
        count={rows}
        lineHeight={pitch}
        label={`${label}: place`}
        handle={list}
        onRange={range}
        body={{
          'role': 'application',
          'aria-roledescription': 'map',
          'aria-label': label,
          'tabIndex': 0,
          onKeyDown,
          onPointerMove,
          'onPointerDown': (event) => {
            const cell = event.button === 0 ? pointed(event.clientX, event.clientY) : null;
            setHover(null);
            if (cell !== null) onCursor(cell);
          },
        }}
        renderAll={(top, shown) => (
          <CellCanvas
            layout={layout}
            look={look}
            version={version}
            cursor={cursor}
            top={top}
            shown={shown}
            gutter={gutter}
            rowLabel={rowLabel}
          />
        )}
      />
      <div className="visually-hidden" aria-live="polite">
        {cursor === null ? null : describe(cursor)}
      </div>
      {hover && tip ? <MapTip key={hover.cell} at={hover} render={tip} box={root} /> : null}
    </div>
  );
}

function CellCanvas({
  layout,
  look,
  version,
  cursor,
  top,
  shown,
  gutter,
  rowLabel,
}: {
  layout: MapLayout;
  look: (cell: number) => CellLook;
  version: unknown;
  cursor: number | null;
  top: number;
  shown: number;
  gutter: number;
  rowLabel: (firstCell: number) => string;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useSyncExternalStore(subscribeTheme, themeNow);
  const { columns, cells, pitch } = layout;
  const width = gutter + columns * pitch;
  const height = Math.ceil(shown * pitch);
  useLayoutEffect(() => {
    const element = canvas.current;
    const to = element?.getContext('2d');
    if (!element || !to || height === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const wide = Math.round(width * ratio);
    const high = Math.round(height * ratio);
    if (element.width !== wide || element.height !== high) {
      element.width = wide;
      element.height = high;
    }
    to.setTransform(ratio, 0, 0, ratio, 0, 0);
    to.clearRect(0, 0, width, height);
    const colours = coloursOf(element);
    const size = pitch - 1;
    const first = Math.floor(top);
    const shift = Math.round((top - first) * pitch);
    to.font = `10.5px ${getComputedStyle(element).fontFamily}`;
    to.textBaseline = 'middle';
    to.textAlign = 'right';
    for (let row = first; (row - first) * pitch - shift < height; row += 1) {
      const y = (row - first) * pitch - shift;
      if (row * columns >= cells) break;
      if (row % LABELLED === 0 && y > -pitch / 2) {
        to.fillStyle = colours.text;
        to.fillText(rowLabel(row * columns), gutter - 6, Math.max(5.5, y + size / 2 + 0.5));
      }
      for (let column = 0; column < columns; column += 1) {
        const cell = row * columns + column;
        if (cell >= cells) break;
        drawCell(to, { x: gutter + column * pitch, y, size }, look(cell), colours);
      }
    }
    if (cursor !== null) {
      const row = Math.floor(cursor / columns);
      const y = (row - first) * pitch - shift;
      // a light line around the dark one, so that it is seen on any colour
      for (const [colour, wide] of [
        [colours.surface, 4.5],
        [colours.cursor, 1.5],
      ] as const) {
        to.strokeStyle = colour;
        to.lineWidth = wide;
        to.beginPath();
        to.roundRect(gutter + (cursor % columns) * pitch - 1.25, y - 1.25, size + 2.5, size + 2.5, 2);
        to.stroke();
      }
    }
    // `version` and `theme` say when what is drawn would be drawn otherwise
  }, [layout, look, version, cursor, top, shown, gutter, rowLabel, theme, width, height, columns, cells, pitch]);
  return <canvas ref={canvas} aria-hidden="true" className={css.canvas} style={{ width, height }} />;
}

/** Rest of the pointer before a tip shows, in milliseconds. */
const REST = 400;

function MapTip({
  at,
  render,
  box,
}: {
  at: Hover;
  render: (cell: number) => ReactNode;
  box: React.RefObject<HTMLDivElement | null>;
}) {
  const [rested, setRested] = useState(false);
  const tip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const timer = setTimeout(() => setRested(true), REST);
    return () => clearTimeout(timer);
  }, []);
  useLayoutEffect(() => {
    const element = tip.current;
    const around = box.current?.getBoundingClientRect();
    if (!element || !around) return;
    const { width, height } = element.getBoundingClientRect();
    const left = Math.min(around.left + at.x + 14, window.innerWidth - width - 8);
    const below = around.top + at.y + 16;
    const top = below + height < window.innerHeight ? below : around.top + at.y - height - 10;
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  if (!rested) return null;
  return (
    <div ref={tip} className={css.tip} role="tooltip">
      {render(at.cell)}
    </div>
  );
}
